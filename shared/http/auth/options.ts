import { type Static, Type } from 'typebox'
import { roles } from '../../contracts/endpoint.ts'
import { isContainerHost } from './container-host.ts'
import { createJwtVerifier, type JwtVerifier } from './jwt.ts'
import { createTokenList, monitoringTokens, type TokenList, withFixed } from './token-list.ts'

/** Settings for authentication. Their secrets are never logged and never part of an answer. */
export const authConfigProperties = {
  KOPS_TOKENS: Type.String({
    default: '',
    description:
      'Comma-separated bearer tokens as name:role:sha256:<hex>[;expires=<time>][;topics=<globs>]; ./kops token creates one'
  }),
  KOPS_TOKENS_FILE: Type.String({
    default: '',
    description: 'File of further such tokens, one a line; the service takes changes over while it runs'
  }),
  KOPS_MONITORING_TOKENS_FILE: Type.String({
    default: '',
    description:
      'File of such tokens for Prometheus (role metrics) and Alertmanager (webhook), accepted where another setting requires callers to authenticate. setup.sh and Compose set it'
  }),
  KOPS_TRUST_NETWORK: Type.Enum(['false', 'true', 'gateway'], {
    default: 'false',
    description:
      'Allow a non-loopback address without authentication, for a network that only kops uses. gateway, in a container: only the machine that it runs on needs none, other containers do. setup.sh sets gateway under Compose'
  }),
  KOPS_JWT_JWKS_URL: Type.String({ default: '', description: 'URL where the issuer of JWTs publishes its keys' }),
  KOPS_JWT_SECRET: Type.String({
    default: '',
    description: 'Alternatively, the secret shared with the issuer, at least 32 bytes (HS256)'
  }),
  KOPS_JWT_ISSUER: Type.String({
    default: '',
    description: 'Required value of iss; mandatory with KOPS_JWT_JWKS_URL'
  }),
  KOPS_JWT_AUDIENCE: Type.String({
    default: '',
    description: 'Required value of aud; mandatory with KOPS_JWT_JWKS_URL'
  }),
  KOPS_JWT_ROLE_CLAIM: Type.String({
    default: 'role',
    description: `Claim that contains the role: one of ${roles.join(', ')}`
  }),
  KOPS_JWT_TOPICS_CLAIM: Type.String({
    default: '',
    description:
      'Claim that contains globs of the only topics that a JWT is for, as a list or as orders-*|billing; a JWT without it is not limited. Empty: none is'
  })
}

const AuthConfigSchema = Type.Object(authConfigProperties)
export type AuthConfig = Static<typeof AuthConfigSchema>

/** How callers authenticate. */
export interface Authentication {
  tokens: TokenList | undefined
  jwt: JwtVerifier | undefined
  /** Whether a caller at an address needs to authenticate; absent: each does. */
  isExempt?: (address: string) => boolean
}

/**
 * What the settings say about authentication: undefined if callers need none. Everything that depends on whether they do
 * depends on this value, never on the text of a setting.
 * @throws Error naming the setting that is not valid, without its value
 */
export function parseAuthentication(config: AuthConfig): Authentication | undefined {
  const tokens = createTokenList(config)
  const jwt = createJwtVerifier({
    jwksUrl: config.KOPS_JWT_JWKS_URL || undefined,
    secret: config.KOPS_JWT_SECRET || undefined,
    issuer: config.KOPS_JWT_ISSUER || undefined,
    audience: config.KOPS_JWT_AUDIENCE || undefined,
    roleClaim: config.KOPS_JWT_ROLE_CLAIM,
    topicsClaim: config.KOPS_JWT_TOPICS_CLAIM || undefined
  })
  const monitoring = monitoringTokens(config.KOPS_MONITORING_TOKENS_FILE)
  if (tokens || jwt) return { tokens: withFixed(tokens, monitoring), jwt }
  if (config.KOPS_TRUST_NETWORK !== 'gateway') return undefined
  return { tokens: withFixed(undefined, monitoring), jwt: undefined, isExempt: isContainerHost }
}

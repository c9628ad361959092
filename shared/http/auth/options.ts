import { type Static, Type } from 'typebox'
import { createJwtVerifier } from './jwt.ts'
import type { AuthOptions } from './plugin.ts'
import { parseTokens } from './tokens.ts'

/** Settings for authentication. Their secrets are never logged and never part of an answer. */
export const authConfigProperties = {
  KOPS_TOKENS: Type.String({
    default: '',
    description: 'Comma-separated bearer tokens as name:role:sha256:<hex>; ./kops token creates one'
  }),
  KOPS_JWT_JWKS_URL: Type.String({ default: '', description: 'URL where the issuer of JWTs publishes its keys' }),
  KOPS_JWT_SECRET: Type.String({
    default: '',
    description: 'Alternatively, the secret shared with the issuer, at least 32 bytes (HS256)'
  }),
  KOPS_JWT_ISSUER: Type.String({ default: '', description: 'Required value of iss, if any' }),
  KOPS_JWT_AUDIENCE: Type.String({ default: '', description: 'Required value of aud, if any' }),
  KOPS_JWT_ROLE_CLAIM: Type.String({ default: 'role', description: 'Claim that contains viewer, operator or admin' })
}

const AuthConfigSchema = Type.Object(authConfigProperties)
export type AuthConfig = Static<typeof AuthConfigSchema>

/** Whether callers must authenticate. */
export function authConfigured(
  config: Pick<AuthConfig, 'KOPS_TOKENS' | 'KOPS_JWT_JWKS_URL' | 'KOPS_JWT_SECRET'>
): boolean {
  return [config.KOPS_TOKENS, config.KOPS_JWT_JWKS_URL, config.KOPS_JWT_SECRET].some((value) => value.trim() !== '')
}

/** @throws Error naming the setting that is not valid, without its value */
export function authOptions(config: AuthConfig): Pick<AuthOptions, 'tokens' | 'jwt'> {
  return {
    tokens: parseTokens(config.KOPS_TOKENS),
    jwt: createJwtVerifier({
      jwksUrl: config.KOPS_JWT_JWKS_URL || undefined,
      secret: config.KOPS_JWT_SECRET || undefined,
      issuer: config.KOPS_JWT_ISSUER || undefined,
      audience: config.KOPS_JWT_AUDIENCE || undefined,
      roleClaim: config.KOPS_JWT_ROLE_CLAIM
    })
  }
}

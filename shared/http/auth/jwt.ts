import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import Value from 'typebox/value'
import { ActorNameSchema, actorNameDescription } from '../../contracts/audit.ts'
import { roles } from '../../contracts/endpoint.ts'
import { KopsError } from '../../errors/catalog.ts'
import { isRole, type Principal } from './roles.ts'
import { parseTopicGlobs } from './tokens.ts'

export interface JwtOptions {
  /** The URL of the issuer's keys (RFC 7517). Needs issuer and audience: one set of keys often signs for many services. */
  jwksUrl?: string | undefined
  /** A secret shared with the issuer, 32 bytes or more (HS256). One of the two. */
  secret?: string | undefined
  issuer?: string | undefined
  audience?: string | undefined
  /** The claim with the role. */
  roleClaim: string
  /** The claim with the globs of the only topics that the caller may use; undefined: no JWT is limited. */
  topicsClaim?: string | undefined
}

export type JwtVerifier = (token: string) => Promise<Principal>

// Named for each kind of key: a public key must never be taken for an HMAC secret.
const signedByKey = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
const signedBySecret = ['HS256', 'HS384', 'HS512']

/**
 * Verifies JSON Web Tokens (RFC 7519): signature, expiry (required), and issuer and audience where they are configured.
 * The verifier throws KopsError unauthenticated, forbidden (no known role, no name for the audit trail) or identity_unavailable (the keys cannot
 * be had).
 * @throws Error naming the setting, when the options are of no use
 */
export function createJwtVerifier(options: JwtOptions): JwtVerifier | undefined {
  const { jwksUrl, secret, issuer, audience, roleClaim, topicsClaim } = options
  assertUsable(options)
  if (!jwksUrl && !secret) return undefined
  const checks = { requiredClaims: ['exp', 'sub'], ...(issuer ? { issuer } : {}), ...(audience ? { audience } : {}) }
  const verify = jwksUrl
    ? verifyWithKeys(createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3000 }), checks)
    : verifyWithSecret(Buffer.from(secret ?? ''), checks)

  return async (token) => {
    const payload = await verify(token).catch((cause) => {
      throw toKopsError(cause)
    })
    const role = payload[roleClaim]
    if (!isRole(role)) {
      throw new KopsError('forbidden', `the token's claim ${roleClaim} is not one of ${roles.join(', ')}`)
    }
    const topics = topicsClaim === undefined ? undefined : topicsOf(payload, topicsClaim)
    const expiresAt = new Date((payload.exp ?? 0) * 1000)
    return { name: actorNameOf(payload), role, how: 'jwt', expiresAt, ...(topics && { topics }) }
  }
}

/** @throws Error naming the setting, if the settings contradict each other or one is missing */
function assertUsable({ jwksUrl, secret, issuer, audience, roleClaim, topicsClaim }: JwtOptions): void {
  if (jwksUrl && secret) throw new Error('KOPS_JWT_JWKS_URL and KOPS_JWT_SECRET are mutually exclusive')
  if (secret && Buffer.byteLength(secret.trim()) < 32) throw new Error('KOPS_JWT_SECRET is shorter than 32 bytes')
  if (jwksUrl && !/^https?:$/.test(URL.parse(jwksUrl)?.protocol ?? '')) {
    throw new Error('KOPS_JWT_JWKS_URL is not an HTTP address')
  }
  const limits = { KOPS_JWT_ISSUER: issuer?.trim(), KOPS_JWT_AUDIENCE: audience?.trim() }
  for (const [name, value] of Object.entries(limits)) {
    if (jwksUrl && !value) {
      throw new Error(`KOPS_JWT_JWKS_URL needs ${name}: those keys may sign tokens that are not for this service`)
    }
    if (value && !jwksUrl && !secret) {
      throw new Error(`${name} requires no token by itself: set KOPS_JWT_JWKS_URL or KOPS_JWT_SECRET too`)
    }
  }
  if (topicsClaim !== undefined && !jwksUrl && !secret) {
    throw new Error('KOPS_JWT_TOPICS_CLAIM limits nobody by itself: set KOPS_JWT_JWKS_URL or KOPS_JWT_SECRET too')
  }
  if (topicsClaim?.trim() === '') throw new Error('KOPS_JWT_TOPICS_CLAIM is blank')
  if ((jwksUrl || secret) && roleClaim.trim() === '') throw new Error('KOPS_JWT_ROLE_CLAIM is empty')
}

/** The names by which the audit trail shows callers without a name. */
const reservedNames = new Set(['anonymous', 'unauthenticated'])

/**
 * The subject as the audit trail shows it.
 * @throws KopsError unauthenticated, forbidden: a caller whom the trail could not show must not change anything
 */
function actorNameOf({ sub }: Record<string, unknown>): string {
  if (typeof sub !== 'string') throw new KopsError('unauthenticated', "the token's claim sub is not a string")
  if (!Value.Check(ActorNameSchema, sub)) {
    throw new KopsError('forbidden', `the token's claim sub is not ${actorNameDescription}`)
  }
  if (reservedNames.has(sub)) throw new KopsError('forbidden', "the token's claim sub is a reserved name")
  return sub
}

/**
 * The topics that a token is limited to: globs in a list, or in one string as `KOPS_TOKENS` has them.
 * @returns undefined without the claim
 * @throws KopsError unauthenticated for a claim that is anything else: a limit must never be taken for none
 */
function topicsOf(payload: JWTPayload, claim: string): string[] | undefined {
  if (!Object.hasOwn(payload, claim)) return undefined
  const value = payload[claim]
  const globs: unknown[] = Array.isArray(value) ? value : [value]
  try {
    if (globs.length > 0 && globs.every((glob) => typeof glob === 'string')) {
      return globs.flatMap((glob) => parseTopicGlobs(glob, `the token's claim ${claim}`))
    }
  } catch (cause) {
    throw new KopsError('unauthenticated', `the token's claim ${claim} has something else than globs`, { cause })
  }
  throw new KopsError('unauthenticated', `the token's claim ${claim} is neither a list of globs nor a string of them`)
}

type Verify = (token: string) => Promise<JWTPayload>
type Checks = { requiredClaims: string[]; issuer?: string; audience?: string }

function verifyWithKeys(keys: JWTVerifyGetKey, checks: Checks): Verify {
  return async (token) => (await jwtVerify(token, keys, { ...checks, algorithms: signedByKey })).payload
}

function verifyWithSecret(secret: Uint8Array, checks: Checks): Verify {
  return async (token) => (await jwtVerify(token, secret, { ...checks, algorithms: signedBySecret })).payload
}

/** jose's errors are the token's fault, except for failures to fetch the keys. */
function toKopsError(cause: unknown): KopsError {
  const ofToken = cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout)
  if (!ofToken || cause.code === 'ERR_JOSE_GENERIC') {
    return new KopsError('identity_unavailable', "the issuer's keys are unavailable", { cause })
  }
  return new KopsError('unauthenticated', `the token is not valid: ${cause.message}`, { cause })
}

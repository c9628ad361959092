import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { KopsError } from '../../errors/catalog.ts'
import { isRole, type Principal } from './roles.ts'

export interface JwtOptions {
  /** The URL of the issuer's keys (RFC 7517). */
  jwksUrl?: string | undefined
  /** A secret shared with the issuer, 32 bytes or more (HS256). One of the two. */
  secret?: string | undefined
  issuer?: string | undefined
  audience?: string | undefined
  /** The claim with the role. */
  roleClaim: string
}

export type JwtVerifier = (token: string) => Promise<Principal>

// Named for each kind of key: a public key must never be taken for an HMAC secret.
const signedByKey = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
const signedBySecret = ['HS256', 'HS384', 'HS512']

/**
 * Verifies JSON Web Tokens (RFC 7519): signature, expiry (required), and issuer and audience where they are configured.
 * The verifier throws KopsError unauthenticated, forbidden (no role that is known) or identity_unavailable (the keys cannot
 * be had).
 * @throws Error naming the setting, when the options are of no use
 */
export function createJwtVerifier(options: JwtOptions): JwtVerifier | undefined {
  const { jwksUrl, secret, issuer, audience, roleClaim } = options
  if (!jwksUrl && !secret) return undefined
  if (jwksUrl && secret) throw new Error('KOPS_JWT_JWKS_URL and KOPS_JWT_SECRET are mutually exclusive')
  if (secret && Buffer.byteLength(secret) < 32) throw new Error('KOPS_JWT_SECRET is shorter than 32 bytes')
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
      throw new KopsError('forbidden', `the token's claim ${roleClaim} is not viewer, operator or admin`)
    }
    return { name: payload.sub ?? '', role, how: 'jwt' }
  }
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

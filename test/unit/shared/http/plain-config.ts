import type { CreateAppOptions } from '#shared/http/create-app.ts'

/** The configuration of every service without authentication; quiet. */
export function plainConfig(given: Partial<CreateAppOptions['config']> = {}): CreateAppOptions['config'] {
  return {
    KOPS_ALLOWED_HOSTS: '',
    KOPS_LOG_LEVEL: 'silent',
    KOPS_RATE_LIMIT_PER_MINUTE: 0,
    KOPS_TOKENS: '',
    KOPS_TOKENS_FILE: '',
    KOPS_MONITORING_TOKENS_FILE: '',
    KOPS_TRUST_NETWORK: 'false',
    KOPS_JWT_JWKS_URL: '',
    KOPS_JWT_SECRET: '',
    KOPS_JWT_ISSUER: '',
    KOPS_JWT_AUDIENCE: '',
    KOPS_JWT_ROLE_CLAIM: 'role',
    KOPS_JWT_TOPICS_CLAIM: '',
    ...given
  }
}

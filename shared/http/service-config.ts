import { isIP } from 'node:net'
import { type Static, Type } from 'typebox'
import { settingsFileProperty } from '../settings/load-settings.ts'
import { type AuthConfig, authConfigProperties, parseAuthentication } from './auth/options.ts'
import { publicUrlProperties } from './services.ts'
import { parseTls, type TlsConfig, tlsConfigProperties } from './tls.ts'

/** Settings of every service. Each is an environment variable of the same name. */
export const serviceConfigProperties = {
  ...settingsFileProperty,
  ...authConfigProperties,
  ...publicUrlProperties,
  ...tlsConfigProperties,
  KOPS_HOST: Type.String({ default: '127.0.0.1', description: 'Address to listen on' }),
  KOPS_ALLOWED_HOSTS: Type.String({
    default: '',
    description: 'Comma-separated additional host names that clients may use for the service'
  }),
  KOPS_TRUSTED_PROXIES: Type.String({
    default: '',
    description:
      'Comma-separated addresses and networks (10.0.0.0/8) of proxies whose X-Forwarded-For names the caller, for the audit trail, the rate limit and events. Empty: the header counts for nothing'
  }),
  KOPS_RATE_LIMIT_PER_MINUTE: Type.Integer({
    default: 3000,
    minimum: 0,
    description: 'Maximum requests per minute from one address, if authentication is configured; 0: unlimited'
  }),
  KOPS_LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    description: 'Minimum level of log lines, which go to standard output as JSON'
  })
}

const ServiceConfigSchema = Type.Object(serviceConfigProperties)
export type ServiceConfig = Static<typeof ServiceConfigSchema>

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Enforces that a service is reachable from other machines only with authentication and over TLS, unless the network is
 * declared trusted.
 * @throws Error naming the setting that is not valid, or missing for this address
 */
export function assertBindable(config: Pick<ServiceConfig, 'KOPS_HOST'> & AuthConfig & TlsConfig): void {
  const authentication = parseAuthentication(config)
  const tls = parseTls(config)
  if (loopback.has(config.KOPS_HOST) || config.KOPS_TRUST_NETWORK !== 'false') return
  if (authentication === undefined) {
    throw new Error(
      `KOPS_HOST=${config.KOPS_HOST} would open this service to other machines without authentication. ` +
        'Use 127.0.0.1, configure KOPS_TOKENS, KOPS_TOKENS_FILE or a JWT issuer, or set KOPS_TRUST_NETWORK=true inside a network that only kops uses.'
    )
  }
  if (tls === undefined && config.KOPS_BEHIND_TLS_PROXY !== true) {
    throw new Error(
      `KOPS_HOST=${config.KOPS_HOST} would send tokens to other machines in plain text. ` +
        'Set KOPS_TLS_CERT and KOPS_TLS_KEY, or KOPS_BEHIND_TLS_PROXY=true if a proxy in front of the service ends TLS.'
    )
  }
}

/**
 * Whom to believe who a request is from.
 * @throws Error naming what is neither an address nor a network
 */
export function trustedProxies(setting: string): string[] {
  const proxies = listOf(setting)
  for (const proxy of proxies) {
    const [address = '', bits, ...rest] = proxy.split('/')
    const version = isIP(address)
    const most = version === 6 ? 128 : 32
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most)
    if (version === 0 || !isNetwork || rest.length > 0) {
      throw new Error(`KOPS_TRUSTED_PROXIES: ${proxy} is neither an address nor a network such as 10.0.0.0/8`)
    }
  }
  return proxies
}

/** A comma-separated setting as a list without empty items. */
export function listOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** `name=value,...` as pairs. */
export function labelsOf(value: string): [name: string, value: string][] {
  return listOf(value).map((item) => {
    const at = item.indexOf('=')
    return [item.slice(0, at), item.slice(at + 1)]
  })
}

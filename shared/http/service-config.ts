import { type Static, Type } from 'typebox'
import { authConfigProperties, authConfigured } from './auth/options.ts'
import { publicUrlProperties } from './services.ts'

/** Settings that every service has. Each is an environment variable of the same name. */
export const serviceConfigProperties = {
  ...authConfigProperties,
  ...publicUrlProperties,
  KOPS_HOST: Type.String({ default: '127.0.0.1', description: 'Address to listen on' }),
  KOPS_TRUST_NETWORK: Type.Boolean({
    default: false,
    description: 'Allow an address other than loopback without authentication: for a network that only kops is on'
  }),
  KOPS_ALLOWED_HOSTS: Type.String({
    default: '',
    description: 'Further names, separated by commas, under which the service may be asked for'
  }),
  KOPS_RATE_LIMIT_PER_MINUTE: Type.Integer({
    default: 3000,
    minimum: 0,
    description: 'Requests that one address may send in a minute, where authentication is configured; 0: any number'
  }),
  KOPS_LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    description: 'Least important log lines that are written, as JSON, to standard output'
  }),
  KOPS_BOOTSTRAP_SERVERS: Type.String({
    default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094',
    description: 'Kafka brokers as host:port, separated by commas'
  })
}

const ServiceConfigSchema = Type.Object(serviceConfigProperties)
export type ServiceConfig = Static<typeof ServiceConfigSchema>

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Holds the rule that a service without authentication is reachable from its own machine only.
 * @throws Error, naming the setting, when the address is another one and the network was not declared trusted
 */
export function assertBindable(
  config: Pick<
    ServiceConfig,
    'KOPS_HOST' | 'KOPS_TRUST_NETWORK' | 'KOPS_TOKENS' | 'KOPS_JWT_JWKS_URL' | 'KOPS_JWT_SECRET'
  >
): void {
  if (loopback.has(config.KOPS_HOST) || config.KOPS_TRUST_NETWORK || authConfigured(config)) return
  throw new Error(
    `KOPS_HOST=${config.KOPS_HOST} would open this service to other machines without authentication. ` +
      'Use 127.0.0.1, configure KOPS_TOKENS or a JWT issuer, or set KOPS_TRUST_NETWORK=true inside a network that only kops is on.'
  )
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

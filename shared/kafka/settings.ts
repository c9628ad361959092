import { type Static, Type } from 'typebox'
import { readSecret, secretOf } from '../secret-settings.ts'
import { type TlsFiles, tlsFilesOf } from '../tls-files.ts'
import type { ConnectionOptions } from './connection/options.ts'
import { type KafkaSecurity, type SaslCredentials, saslMechanisms } from './connection/security.ts'
import { createTokenSource } from './connection/token-source.ts'
import { parseEndpoints } from './model.ts'

/** Settings of whatever connects to Kafka. Their secrets are never logged and never part of an answer. */
export const kafkaConfigProperties = {
  KOPS_BOOTSTRAP_SERVERS: Type.String({
    default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094',
    aliases: ['KAFKA_BROKERS', 'KAFKA_BROKER', 'STREAMING_KAFKA__BOOTSTRAP_SERVERS'],
    json: 'list',
    description: 'Kafka brokers as host:port, separated by commas'
  }),
  KOPS_INTERNAL_BOOTSTRAP_SERVERS: Type.String({
    default: '',
    aliases: ['KAFKA_INTERNAL_BROKER'],
    json: 'list',
    description: 'The same brokers, as their own network knows them: used with KOPS_KAFKA_LISTENER=internal'
  }),
  KOPS_KAFKA_LISTENER: Type.Enum(['external', 'internal'], {
    default: 'external',
    description:
      'Which addresses of the brokers to use: KOPS_BOOTSTRAP_SERVERS, or KOPS_INTERNAL_BOOTSTRAP_SERVERS. One file of variables so serves processes on both sides'
  }),
  KOPS_KAFKA_SECURITY_PROTOCOL: Type.Enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], {
    default: 'PLAINTEXT',
    aliases: ['STREAMING_KAFKA__SECURITY_PROTOCOL'],
    description: 'Protocol of the brokers’ listener, as security.protocol of Kafka’s own clients'
  }),
  KOPS_KAFKA_SSL_CA: Type.String({
    default: '',
    aliases: ['STREAMING_KAFKA__SSL_CA_LOCATION'],
    description:
      'PEM file of the authorities that signed the brokers’ certificates; empty: those that Node.js trusts. Files and passwords are read again for each new connection'
  }),
  KOPS_KAFKA_SSL_CERT: Type.String({
    default: '',
    aliases: ['STREAMING_KAFKA__SSL_CERT_LOCATION'],
    description: 'PEM file of the client certificate, for brokers that require one (mutual TLS)'
  }),
  KOPS_KAFKA_SSL_KEY: Type.String({
    default: '',
    aliases: ['STREAMING_KAFKA__SSL_KEY_LOCATION'],
    description: 'PEM file of the key of KOPS_KAFKA_SSL_CERT'
  }),
  KOPS_KAFKA_SSL_KEY_PASSWORD: Type.String({ default: '', description: 'Password of an encrypted KOPS_KAFKA_SSL_KEY' }),
  KOPS_KAFKA_SSL_KEY_PASSWORD_FILE: Type.String({ default: '', description: 'File with that password instead' }),
  KOPS_KAFKA_SASL_MECHANISM: Type.Enum([...saslMechanisms], {
    default: 'SCRAM-SHA-512',
    aliases: ['STREAMING_KAFKA__SASL_MECHANISM'],
    description: 'SASL mechanism, with SASL_PLAINTEXT and SASL_SSL'
  }),
  KOPS_KAFKA_SASL_USERNAME: Type.String({
    default: '',
    aliases: ['STREAMING_KAFKA__SASL_USERNAME'],
    description: 'User name for PLAIN and SCRAM'
  }),
  KOPS_KAFKA_SASL_PASSWORD: Type.String({
    default: '',
    aliases: ['STREAMING_KAFKA__SASL_PASSWORD'],
    description: 'Password for PLAIN and SCRAM'
  }),
  KOPS_KAFKA_SASL_PASSWORD_FILE: Type.String({ default: '', description: 'File with that password instead' }),
  KOPS_KAFKA_SASL_TOKEN_FILE: Type.String({
    default: '',
    description: 'File with the token for OAUTHBEARER, which another process keeps fresh'
  }),
  KOPS_KAFKA_SASL_TOKEN_URL: Type.String({
    default: '',
    description: 'Alternatively, the token endpoint of an OAuth server: OAUTHBEARER with the client credentials grant'
  }),
  KOPS_KAFKA_SASL_CLIENT_ID: Type.String({ default: '', description: 'Client id at KOPS_KAFKA_SASL_TOKEN_URL' }),
  KOPS_KAFKA_SASL_CLIENT_SECRET: Type.String({
    default: '',
    description: 'Client secret at KOPS_KAFKA_SASL_TOKEN_URL'
  }),
  KOPS_KAFKA_SASL_CLIENT_SECRET_FILE: Type.String({ default: '', description: 'File with that client secret instead' }),
  KOPS_KAFKA_SASL_SCOPE: Type.String({ default: '', description: 'Scope to request at KOPS_KAFKA_SASL_TOKEN_URL' })
}

const KafkaConfigSchema = Type.Object(kafkaConfigProperties)
export type KafkaConfig = Static<typeof KafkaConfigSchema>
type Setting = keyof KafkaConfig

/**
 * The brokers and how to reach them. Reads the files that the settings name once, so that a wrong one shows at the start.
 * @throws Error naming the setting that is missing, has no effect or is not valid, without a secret
 */
export function parseKafka(config: KafkaConfig): { bootstrapServers: string[] } & Pick<ConnectionOptions, 'security'> {
  const servers = config.KOPS_KAFKA_LISTENER === 'internal' ? internalServers(config) : config.KOPS_BOOTSTRAP_SERVERS
  const endpoints = servers.split(',').map((server) => server.trim())
  const bootstrapServers = endpoints.filter((server) => server !== '')
  parseEndpoints(bootstrapServers)
  return { bootstrapServers, security: securityOf(config) }
}

function internalServers({ KOPS_INTERNAL_BOOTSTRAP_SERVERS: servers }: KafkaConfig): string {
  if (servers !== '') return servers
  throw new Error('KOPS_INTERNAL_BOOTSTRAP_SERVERS is required with KOPS_KAFKA_LISTENER=internal')
}

function securityOf(config: KafkaConfig): KafkaSecurity {
  const protocol = config.KOPS_KAFKA_SECURITY_PROTOCOL
  const tls = protocol.endsWith('SSL') ? tlsOf(config) : refuseAny(config, 'KOPS_KAFKA_SSL_', protocol)
  const sasl = protocol.startsWith('SASL') ? saslOf(config) : refuseAny(config, 'KOPS_KAFKA_SASL_', protocol)
  return { tls, sasl }
}

/** A certificate that is never shown, or a password that is never asked for, is a mistake. */
function refuseAny(config: KafkaConfig, prefix: string, protocol: string): undefined {
  const names = Object.keys(kafkaConfigProperties) as Setting[]
  const given = names.find(
    (name) => name.startsWith(prefix) && name !== 'KOPS_KAFKA_SASL_MECHANISM' && config[name] !== ''
  )
  if (given) throw new Error(`${given} has no effect with KOPS_KAFKA_SECURITY_PROTOCOL=${protocol}`)
  return undefined
}

function tlsOf(config: KafkaConfig): TlsFiles {
  const { KOPS_KAFKA_SSL_CA: ca, KOPS_KAFKA_SSL_CERT: cert, KOPS_KAFKA_SSL_KEY: key } = config
  const keyPassword = secretOf(config, 'KOPS_KAFKA_SSL_KEY_PASSWORD')
  return tlsFilesOf('KOPS_KAFKA_SSL_', { ca, cert, key, keyPassword })
}

function saslOf(config: KafkaConfig): SaslCredentials {
  const mechanism = config.KOPS_KAFKA_SASL_MECHANISM
  if (mechanism === 'OAUTHBEARER') return { mechanism, token: tokenOf(config) }
  const username = config.KOPS_KAFKA_SASL_USERNAME
  if (username === '') throw new Error(`KOPS_KAFKA_SASL_USERNAME is required with ${mechanism}`)
  // The client escapes only the first comma of a SCRAM user name.
  if (username.split(',').length > 2) throw new Error('KOPS_KAFKA_SASL_USERNAME may contain one comma at most')
  const password = secretOf(config, 'KOPS_KAFKA_SASL_PASSWORD')
  if (!password) {
    throw new Error(`KOPS_KAFKA_SASL_PASSWORD or KOPS_KAFKA_SASL_PASSWORD_FILE is required with ${mechanism}`)
  }
  return { mechanism, username, password }
}

function tokenOf(config: KafkaConfig): () => Promise<string> {
  const { KOPS_KAFKA_SASL_TOKEN_FILE: file, KOPS_KAFKA_SASL_TOKEN_URL: url } = config
  if (file !== '' && url !== '') {
    throw new Error('KOPS_KAFKA_SASL_TOKEN_FILE and KOPS_KAFKA_SASL_TOKEN_URL exclude each other')
  }
  if (file !== '') {
    readSecret('KOPS_KAFKA_SASL_TOKEN_FILE', file)
    return async () => readSecret('KOPS_KAFKA_SASL_TOKEN_FILE', file)
  }
  if (url === '') {
    throw new Error('KOPS_KAFKA_SASL_TOKEN_FILE or KOPS_KAFKA_SASL_TOKEN_URL is required with OAUTHBEARER')
  }
  if (!URL.canParse(url)) throw new Error('KOPS_KAFKA_SASL_TOKEN_URL is not a URL')
  const clientId = config.KOPS_KAFKA_SASL_CLIENT_ID
  const clientSecret = secretOf(config, 'KOPS_KAFKA_SASL_CLIENT_SECRET')
  if (clientId === '') throw new Error('KOPS_KAFKA_SASL_CLIENT_ID is required with KOPS_KAFKA_SASL_TOKEN_URL')
  if (!clientSecret) {
    throw new Error('KOPS_KAFKA_SASL_CLIENT_SECRET or its _FILE is required with KOPS_KAFKA_SASL_TOKEN_URL')
  }
  return createTokenSource({ url, clientId, clientSecret, scope: config.KOPS_KAFKA_SASL_SCOPE || undefined })
}

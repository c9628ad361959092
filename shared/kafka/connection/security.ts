import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { ConnectionOptions as ClientConnectionOptions } from '@platformatic/kafka'
import type { KafkaConfig } from 'kafkajs'

export const passwordMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export const saslMechanisms = [...passwordMechanisms, 'OAUTHBEARER'] as const

/** Files in PEM. A certificate and its key come together. */
export interface TlsFiles {
  /** The authorities that may have signed the brokers' certificates; without it, those that Node.js trusts. */
  ca?: string | undefined
  /** What this process shows to brokers that require a certificate. */
  cert?: string | undefined
  key?: string | undefined
  keyPassword?: (() => string) | undefined
}

export type SaslCredentials =
  | { mechanism: (typeof passwordMechanisms)[number]; username: string; password: () => string }
  | { mechanism: 'OAUTHBEARER'; token: () => Promise<string> }

/**
 * How the brokers are reached; nothing in it is plain text without a name. Files and passwords are read again for each new
 * connection, so a certificate or a password can be replaced while the process runs.
 */
export interface KafkaSecurity {
  tls?: TlsFiles | undefined
  sasl?: SaslCredentials | undefined
}

const contexts = new WeakMap<TlsFiles, { texts: string; context: SecureContext }>()

/**
 * The TLS context of the files as they are now. If they cannot be used, which is so while they are being replaced, it is the
 * previous one.
 * @throws TlsFileError if there is no previous one
 */
export function secureContextOf(files: TlsFiles): SecureContext {
  const previous = contexts.get(files)
  try {
    const [ca, cert, key] = (['ca', 'cert', 'key'] as const).map((kind) => read(files, kind))
    const passphrase = files.keyPassword?.()
    const texts = JSON.stringify([ca, cert, key, passphrase])
    if (previous?.texts === texts) return previous.context
    // Node.js takes any text for authorities, and then trusts none.
    usable('ca', files.ca, () => new X509Certificate(ca ?? ''))
    usable('cert', files.cert, () => new X509Certificate(cert ?? ''))
    usable('key', files.key, () => createSecureContext({ cert, key, passphrase }))
    const context = createSecureContext({ ca, cert, key, passphrase })
    contexts.set(files, { texts, context })
    return context
  } catch (error) {
    if (previous) return previous.context
    throw error
  }
}

/** A file of TlsFiles that cannot be read, or is not what it should be. */
export class TlsFileError extends Error {
  readonly kind: 'ca' | 'cert' | 'key'

  constructor(kind: 'ca' | 'cert' | 'key', message: string, cause: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

function read(files: TlsFiles, kind: 'ca' | 'cert' | 'key'): string | undefined {
  const path = files[kind]
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new TlsFileError(kind, `${path} cannot be read: ${messageOf(error)}`, error)
  }
}

function usable(kind: 'ca' | 'cert' | 'key', path: string | undefined, use: () => unknown): void {
  if (path === undefined) return
  try {
    use()
  } catch (error) {
    const what = { ca: 'a CA certificate', cert: 'a certificate', key: 'the key of the certificate' }[kind]
    throw new TlsFileError(kind, `${path} is not ${what} in PEM: ${messageOf(error)}`, error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Options of a connection of @platformatic/kafka to one host. */
export function connectionSecurity(
  { tls, sasl }: KafkaSecurity,
  host: string
): Pick<ClientConnectionOptions, 'tls' | 'tlsServerName' | 'sasl'> {
  return {
    ...(tls && { tls: { secureContext: secureContextOf(tls) }, tlsServerName: isIP(host) === 0 }),
    ...(sasl && { sasl: { ...sasl } })
  }
}

/** Re-authentication of kafkajs, so long before a session ends: its 10 s would be more than some sessions last. */
const reauthenticationThreshold = 1000

/** Options of kafkajs, which reads these properties anew for each connection. */
export function kafkajsSecurity({
  tls,
  sasl
}: KafkaSecurity): Pick<KafkaConfig, 'ssl' | 'sasl' | 'reauthenticationThreshold'> {
  return {
    reauthenticationThreshold,
    ...(tls && {
      ssl: {
        get secureContext() {
          return secureContextOf(tls)
        }
      }
    }),
    ...(sasl && { sasl: kafkajsSasl(sasl) })
  }
}

function kafkajsSasl(sasl: SaslCredentials): NonNullable<KafkaConfig['sasl']> {
  if (sasl.mechanism === 'OAUTHBEARER') {
    return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await sasl.token() }) }
  }
  const names = { PLAIN: 'plain', 'SCRAM-SHA-256': 'scram-sha-256', 'SCRAM-SHA-512': 'scram-sha-512' } as const
  const credentials = {
    username: sasl.username,
    get password() {
      return sasl.password()
    }
  }
  return Object.assign(credentials, { mechanism: names[sasl.mechanism] }) as NonNullable<KafkaConfig['sasl']>
}

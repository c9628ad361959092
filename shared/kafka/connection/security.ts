import { isIP } from 'node:net'
import { AuthenticationError, type ConnectionOptions as ClientConnectionOptions } from '@platformatic/kafka'
import type { KafkaConfig } from 'kafkajs'
import { readTlsFiles, type TlsFiles } from '../../tls-files.ts'

export const passwordMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export const saslMechanisms = [...passwordMechanisms, 'OAUTHBEARER'] as const

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

/** Options of a connection of @platformatic/kafka to one host. */
export function connectionSecurity(
  { tls, sasl }: KafkaSecurity,
  host: string
): Pick<ClientConnectionOptions, 'tls' | 'tlsServerName' | 'sasl'> {
  return {
    ...(tls && { tls: { secureContext: readTlsFiles(tls).context }, tlsServerName: isIP(host) === 0 }),
    ...(sasl && {
      sasl: { ...sasl, ...(sasl.mechanism === 'OAUTHBEARER' && { authBytesValidator: refuseOfToken }) }
    })
  }
}

/** Kafka answers a token that it refuses like one that it accepts, but with a reason (RFC 7628, 3.2.3). */
function refuseOfToken(answer: Buffer, callback: (error: Error | null, answer: Buffer) => void): void {
  callback(answer.length === 0 ? null : new AuthenticationError('the token is refused'), answer)
}

/** Re-authentication of kafkajs, so long before a session ends: its 10 s would be more than some sessions last. */
const reauthenticationThreshold = 1000

/** Options of kafkajs, which reads these properties again for each connection. */
export function kafkajsSecurity({
  tls,
  sasl
}: KafkaSecurity): Pick<KafkaConfig, 'ssl' | 'sasl' | 'reauthenticationThreshold'> {
  return {
    reauthenticationThreshold,
    ...(tls && {
      ssl: {
        get secureContext() {
          return readTlsFiles(tls).context
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

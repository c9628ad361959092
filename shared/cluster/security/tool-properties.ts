/** A certificate with its key in one file, or the password of a SCRAM user. */
export type ToolCredentials = { keystore: string } | { user: string; password: string }

/**
 * Settings with which Kafka's own clients and tools reach a secured listener.
 * @param ca the file of the authority's certificate
 */
export function toolProperties(ca: string, credentials: ToolCredentials): string {
  const lines =
    'keystore' in credentials
      ? [
          'security.protocol=SSL',
          'ssl.keystore.type=PEM',
          `ssl.keystore.location=${propertyValue(credentials.keystore)}`
        ]
      : [
          'security.protocol=SASL_SSL',
          'sasl.mechanism=SCRAM-SHA-512',
          `sasl.jaas.config=${loginModule('scram.ScramLoginModule', { username: credentials.user, password: credentials.password })}`
        ]
  return `${[...lines, 'ssl.truststore.type=PEM', `ssl.truststore.location=${propertyValue(ca)}`].join('\n')}\n`
}

/** An entry of JAAS. @param options neither with quotes nor with backslashes: names and random passwords of ours */
export function loginModule(name: string, options: Record<string, string>): string {
  const given = Object.entries(options).map(([key, value]) => ` ${key}="${value}"`)
  return `org.apache.kafka.common.security.${name} required${given.join('')};`
}

/** A value for a file of Java properties, where a backslash escapes. */
export function propertyValue(value: string): string {
  return value.replaceAll('\\', '\\\\')
}

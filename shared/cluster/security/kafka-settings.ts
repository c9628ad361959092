import { type ClusterDefinition, securityOf } from '../definition.ts'
import { kopsName } from './credentials.ts'
import { securityFiles } from './files.ts'

/** The settings of the services with which they reach the brokers; none in plain text, which is their default. */
export function kafkaSettings(definition: ClusterDefinition, stateDir: string): Record<string, string> {
  const { ca, kops } = securityFiles(stateDir)
  switch (securityOf(definition)) {
    case 'plaintext':
      return {}
    case 'ssl':
      return {
        KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL',
        KOPS_KAFKA_SSL_CA: ca,
        KOPS_KAFKA_SSL_CERT: kops.certificate,
        KOPS_KAFKA_SSL_KEY: kops.key
      }
    case 'sasl_ssl':
      return {
        KOPS_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
        KOPS_KAFKA_SSL_CA: ca,
        KOPS_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        KOPS_KAFKA_SASL_USERNAME: kopsName,
        KOPS_KAFKA_SASL_PASSWORD_FILE: kops.password
      }
  }
}

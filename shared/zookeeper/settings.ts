import { type Static, Type } from 'typebox'
import { type TlsFiles, tlsFilesOf } from '../tls-files.ts'

/** The nodes. @param more completes the description, with its punctuation */
export function zookeeperServersProperty({ default: byDefault, more }: { default: string; more: string }) {
  return {
    KOPS_ZOOKEEPER_SERVERS: Type.String({
      default: byDefault,
      aliases: ['ZOOKEEPER_HOST'],
      json: 'list',
      description: `ZooKeeper nodes as host:port, separated by commas${more}`
    })
  }
}

/** Settings of TLS with ZooKeeper nodes (secureClientPort). */
export const zookeeperTlsProperties = {
  KOPS_ZOOKEEPER_SSL_CA: Type.String({
    default: '',
    description: 'PEM file of the authorities that signed the ZooKeeper nodes’ certificates; empty: plain text'
  }),
  KOPS_ZOOKEEPER_SSL_CERT: Type.String({
    default: '',
    description: 'PEM file of the client certificate, for ZooKeeper nodes that require one'
  }),
  KOPS_ZOOKEEPER_SSL_KEY: Type.String({ default: '', description: 'PEM file of the key of KOPS_ZOOKEEPER_SSL_CERT' })
}

const ZookeeperTlsSchema = Type.Object(zookeeperTlsProperties)

/** @returns undefined for plain text @throws Error naming the setting that is not valid */
export function parseZookeeperTls({
  KOPS_ZOOKEEPER_SSL_CA: ca,
  KOPS_ZOOKEEPER_SSL_CERT: cert,
  KOPS_ZOOKEEPER_SSL_KEY: key
}: Static<typeof ZookeeperTlsSchema>): TlsFiles | undefined {
  if (ca === '' && (cert !== '' || key !== '')) {
    throw new Error('KOPS_ZOOKEEPER_SSL_CERT and KOPS_ZOOKEEPER_SSL_KEY have no effect without KOPS_ZOOKEEPER_SSL_CA')
  }
  return ca === '' ? undefined : tlsFilesOf('KOPS_ZOOKEEPER_SSL_', { ca, cert, key })
}

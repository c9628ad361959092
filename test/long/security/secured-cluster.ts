import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Test } from 'tap'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import { fetchDistribution } from '#shared/cluster/local/fetch-distribution.ts'
import { securityFiles } from '#shared/cluster/security/files.ts'
import type { ClusterMode } from '#shared/contracts/cluster.ts'
import type { KafkaConfig } from '#shared/kafka/settings.ts'
import type { KafkaSettings } from '../../integration/support/kafka-settings.ts'
import { createThrowawayCluster } from '../../integration/support/throwaway-cluster.ts'

export interface SecuredCluster {
  definition: ClusterDefinition
  stateDir: string
  /** With which one reaches it as kops: without a login, or with SCRAM-SHA-512. */
  settings: KafkaSettings
}

/**
 * A cluster with TLS, and where there are logins with every mechanism: as many brokers as the offsets of groups have
 * replicas, and one ZooKeeper node.
 * @param more of its listener for clients
 */
export async function startSecuredCluster(
  t: Test,
  mode: ClusterMode,
  security: 'ssl' | 'sasl_ssl',
  more: ClusterDefinition['clientListener'] = undefined
): Promise<SecuredCluster> {
  const { stateDir, definition, agent, takeDown } = await createThrowawayCluster({
    name: `kops-${security}-${mode}`,
    heap: { broker: '320m', zookeeper: '64m' },
    mode,
    adjust: ({ ports, ...three }) => ({
      ...three,
      ports: {
        ...ports,
        zookeeper: ports.zookeeper.slice(0, 1)
      },
      security,
      ...(more && { clientListener: more })
    })
  })
  t.teardown(takeDown)
  await fetchDistribution(join(import.meta.dirname, '../../../kafka'), mode, () => {})
  await agent.up()
  const files = securityFiles(stateDir)
  return {
    stateDir,
    definition,
    settings: {
      KOPS_BOOTSTRAP_SERVERS: `127.0.0.1:${definition.ports.kafka[0]}`,
      KOPS_KAFKA_SSL_CA: files.ca,
      ...(security === 'ssl'
        ? {
            KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL',
            KOPS_KAFKA_SSL_CERT: files.kops.certificate,
            KOPS_KAFKA_SSL_KEY: files.kops.key
          }
        : {
            KOPS_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
            KOPS_KAFKA_SASL_USERNAME: 'kops',
            KOPS_KAFKA_SASL_PASSWORD_FILE: files.kops.password
          })
    }
  }
}

const guide = new URL('../../../docs/security-of-kafka.md', import.meta.url)

/**
 * An example of docs/security-of-kafka.md, with the addresses and files of a test.
 * @param title of its section
 * @param places for every setting of the example that is an address or a file
 */
export async function exampleOf(title: string, places: KafkaSettings): Promise<KafkaSettings> {
  const [, section = ''] = (await readFile(guide, 'utf8')).split(`### ${title}\n`)
  const [, block = ''] = section.split('```')
  const entries = block
    .trim()
    .split('\n')
    .map((line) => line.split('=', 2) as [keyof KafkaConfig, string])
  if (entries.length < 2) throw new Error(`docs/security-of-kafka.md has no example of ${title}`)
  return Object.fromEntries(entries.map(([name, value]) => [name, places[name] ?? value]))
}

export const audience = 'kafka'

/** An issuer of tokens, of which brokers read the key in a file, and a token of kops in another one. */
export async function createIssuer(folder: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwks = join(folder, 'jwks.json')
  const token = join(folder, 'token')
  const key = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'RS256', use: 'sig' }
  await writeFile(jwks, JSON.stringify({ keys: [key] }))
  await chmod(folder, 0o755)
  const sign = (expiresIn: string) =>
    new SignJWT({ scope: 'kafka' })
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      .setSubject('kops')
      .setIssuer('https://id.example')
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expiresIn)
      .sign(privateKey)
  await writeFile(token, await sign('1h'))
  return { jwksUrl: `file://${jwks}`, token, sign }
}

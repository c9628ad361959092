// Brings its own cluster: brokers with short sessions.
import { pbkdf2Sync, randomBytes, X509Certificate } from 'node:crypto'
import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { alterUserScramCredentialsV0 } from '@platformatic/kafka'
import t from 'tap'
import { createAuthority, issue } from '#shared/cluster/security/certificates.ts'
import { securityFiles, writePrivate } from '#shared/cluster/security/files.ts'
import type { ClusterMode } from '#shared/contracts/cluster.ts'
import { createBrokerAdmin } from '#shared/kafka/brokers/broker-admin.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createController } from '#shared/kafka/connection/controller.ts'
import { createPool } from '#shared/kafka/connection/pool.ts'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { type BatchOutcome, durableSettings } from '#shared/kafka/producing/port.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createIndependentReader } from '#shared/kafka/verifying/kafkajs-reader.ts'
import { parseSettings } from '../../integration/support/kafka-settings.ts'
import { testMode } from '../../integration/support/test-cluster.ts'
import { type SecuredCluster, startSecuredCluster } from './secured-cluster.ts'

/** Five minutes for a figure that is published; a shorter time shows the same. */
const seconds = Number(process.env['KOPS_TEST_ROTATION_SECONDS'] ?? 60)
const sessionMs = 5000
const recordsPerSecond = 1000
const topic = 'rotation'
const scramSha512 = 2
const iterations = 8192

t.setTimeout((seconds + 180) * 1000)

/** Gives kops another password in Kafka, and then in the file that the clients read: as people do it. */
async function replacePassword(cluster: SecuredCluster, kafka: Kafka): Promise<void> {
  const password = randomBytes(24).toString('base64url')
  const salt = randomBytes(16)
  const saltedPassword = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
  const controller = createController(kafka)
  await controller.change(10_000, (connection) =>
    alterUserScramCredentialsV0.api.async(
      connection,
      [],
      [{ name: 'kops', mechanism: scramSha512, iterations, salt, saltedPassword }]
    )
  )
  await writeFile(securityFiles(cluster.stateDir).kops.password, `${password}\n`)
}

/** Gives every broker a certificate of another authority, which the clients trust beside the old one. */
async function replaceCertificates({ stateDir, definition }: SecuredCluster, kafka: Kafka, caFile: string) {
  const files = securityFiles(stateDir)
  const authority = await createAuthority('the next authority', new Date())
  await writeFile(caFile, `${await readFile(files.ca, 'utf8')}${authority.certificate}`)
  const admin = createBrokerAdmin(kafka)
  for (const id of definition.ports.kafka.map((_, index) => index + 1)) {
    // Kafka takes a certificate over only if it is for the same addresses.
    const addresses = addressesOf(await readFile(files.brokers.keystore(`kafka-${id}`), 'utf8'))
    const { key, certificate } = await issue(authority, { commonName: `kafka-${id}`, addresses }, new Date())
    const keystore = files.brokers.keystore(`kafka-${id}-clients`)
    await writePrivate(keystore, key + certificate)
    // As the broker's own: brokers may run as another user.
    const { mode, gid } = await stat(files.brokers.keystore(`kafka-${id}`))
    await chown(keystore, process.getuid?.() ?? -1, gid)
    await chmod(keystore, mode)
    // Of the listener for clients only: brokers go on with their own.
    await admin.alterConfigs(
      id,
      {
        'listener.name.external.ssl.keystore.type': 'PEM',
        'listener.name.external.ssl.keystore.location': keystore
      },
      { deadlineMs: 10_000, validateOnly: false }
    )
  }
  await admin.close()
}

function addressesOf(keystore: string): { ips: string[]; names: string[] } {
  const certificate = keystore.slice(keystore.indexOf('-----BEGIN CERTIFICATE-----'))
  const names = (new X509Certificate(certificate).subjectAltName ?? '').split(', ')
  const of = (kind: string) => names.flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []))
  return { ips: of('IP Address:'), names: of('DNS:') }
}

type Kafka = ReturnType<typeof parseSettings> & { clientId: string; pool: ReturnType<typeof createPool> }

const mode: ClusterMode = testMode
t.test(`a password and certificates are replaced under load, in sessions of ${sessionMs / 1000} s`, async (t) => {
  const cluster = await startSecuredCluster(t, mode, 'sasl_ssl', { maxReauthMs: sessionMs })
  const caFile = `${t.testdir({ 'ca.pem': await readFile(securityFiles(cluster.stateDir).ca, 'utf8') })}/ca.pem`
  const options = { ...parseSettings({ ...cluster.settings, KOPS_KAFKA_SSL_CA: caFile }), clientId: 'kops-test' }
  const pool = createPool(options)
  const kafka: Kafka = { ...options, pool }
  const reader = createClusterReader(kafka)
  const writer = createRecordWriter(kafka)
  const admin = createTopicAdmin(kafka)
  t.teardown(async () => {
    await Promise.all([reader.close(), writer.close(), admin.close()])
    pool.close()
  })
  await admin.createTopic(
    { name: topic, partitions: 3, replicationFactor: 3, configs: {} },
    { validateOnly: false, timeoutMs: 15_000 }
  )

  const outcomes: BatchOutcome[] = []
  const producer = createBulkProducer({
    ...durableSettings,
    ...options,
    topic,
    batchBytes: 16_384,
    lingerMs: 5,
    bufferBytes: 1_048_576,
    requestTimeoutMs: 5000,
    deliveryTimeoutMs: 60_000,
    onOutcome: (outcome) => outcomes.push(outcome)
  })
  await producer.open()
  const endsAt = performance.now() + seconds * 1000
  const running = () => performance.now() < endsAt
  let sent = 0
  const failures: string[] = []

  async function produce(): Promise<void> {
    while (running()) {
      for (let n = 0; n < recordsPerSecond / 20; n++, sent++) {
        producer.append({ partition: sent % 3, key: Buffer.from(`bulk-${sent}`), value: Buffer.alloc(100, 'x') })
      }
      await delay(50)
      await producer.drained()
    }
    await producer.flush()
  }

  /** What the services do all the time; each must succeed whole. */
  async function again(what: string, pauseMs: number, work: () => Promise<string[]>): Promise<number> {
    let times = 0
    for (; running(); times++) {
      const problems = await work().catch((error: Error) => [error.message])
      failures.push(...problems.map((problem) => `${what}: ${problem}`))
      await delay(pauseMs)
    }
    return times
  }
  const whole = ({ warnings }: { warnings: { message: string }[] }) => warnings.map(({ message }) => message)
  const written = new Set<string>()
  async function write(): Promise<string[]> {
    const key = `single-${written.size}`
    const records = [{ key: Buffer.from(key), value: Buffer.from('x'), headers: [] }]
    const [result] = await writer.write(topic, records, { deadlineMs: 5000 })
    if (result?.status === 'acknowledged') written.add(key)
    return result?.status === 'acknowledged' ? [] : [String(result?.error.message)]
  }
  const readOffsets = async () => {
    const metadata = await reader.metadata({ deadlineMs: 2000 })
    return [...whole(metadata), ...whole(await reader.offsets(metadata.value.topics, { deadlineMs: 2000 }))]
  }

  async function rotate(): Promise<void> {
    await delay(seconds * 250)
    await replacePassword(cluster, kafka)
    await delay(seconds * 250)
    await replaceCertificates(cluster, kafka, caFile)
    await delay(seconds * 200)
    await replacePassword(cluster, kafka)
  }

  const [readings, , writes] = await Promise.all([
    again('reading', 500, readOffsets),
    again('groups', 1000, async () => whole(await reader.groups({ deadlineMs: 2000 }))),
    again('writing', 200, write),
    produce(),
    rotate()
  ])
  await producer.close()
  t.same(failures, [], 'every reading was whole, every record was acknowledged')
  t.ok(outcomes.every(({ status }) => status === 'acknowledged'))
  const acknowledged = outcomes.reduce((sum, { records }) => sum + records, 0)
  t.equal(acknowledged, sent)
  t.ok(readings >= seconds / 2 && writes >= seconds, `${readings} readings, ${writes} single records`)

  const keys = new Set<string | null>()
  let records = 0
  const reading = await createIndependentReader(options).readTopic(topic, {
    isolation: 'read_committed',
    deadlineMs: 120_000,
    onRecord: ({ key }) => {
      records += 1
      keys.add(key)
    }
  })
  t.same(reading.unread, [])
  t.equal(keys.size, sent + written.size, 'nothing is lost')
  t.equal(records, keys.size, 'nothing is there twice')
  t.comment(`${sent} records in bulk, ${writes} single ones, ${readings} readings of offsets in ${seconds} s`)
})

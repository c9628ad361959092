// Brings its own cluster: brokers with each mechanism.
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createServer } from 'node:tls'
import t, { type Test } from 'tap'
import { createAuthority, type Identity, issue } from '#shared/cluster/security/certificates.ts'
import { securityFiles } from '#shared/cluster/security/files.ts'
import type { ClusterMode } from '#shared/contracts/cluster.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { type BatchOutcome, durableSettings } from '#shared/kafka/producing/port.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createIndependentReader } from '#shared/kafka/verifying/kafkajs-reader.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { type KafkaSettings, parseSettings } from '../../integration/support/kafka-settings.ts'
import { bootstrapServers } from '../../integration/support/under-test.ts'
import { audience, createIssuer, exampleOf, type SecuredCluster, startSecuredCluster } from './secured-cluster.ts'

t.setTimeout(900_000)

const records = 200
const clientId = 'kops-test'

/** One client creates a topic and writes, the other one reads what was written, both with the same settings. */
async function bothClientsWork(t: Test, settings: KafkaSettings, topic: string): Promise<void> {
  const kafka = { ...parseSettings(settings), clientId }
  const reader = createClusterReader(kafka)
  const admin = createTopicAdmin(kafka)
  t.teardown(async () => {
    await Promise.all([reader.close(), admin.close()])
  })
  await admin.createTopic(
    { name: topic, partitions: 2, replicationFactor: 1, configs: {} },
    { validateOnly: false, timeoutMs: 15_000 }
  )
  await eventually(
    'every broker knows the topic',
    () => reader.views({ deadlineMs: 5000, topics: [topic] }),
    (views) => views.every((view) => view.reachable && view.metadata.topics[0]?.partitions.length === 2),
    20_000
  )
  const outcomes: BatchOutcome[] = []
  const producer = createBulkProducer({
    ...durableSettings,
    ...kafka,
    topic,
    batchBytes: 4096,
    lingerMs: 1,
    bufferBytes: 1_048_576,
    requestTimeoutMs: 5000,
    deliveryTimeoutMs: 20_000,
    onOutcome: (outcome) => outcomes.push(outcome)
  })
  await producer.open()
  for (let nth = 0; nth < records; nth++)
    producer.append({ partition: nth % 2, key: Buffer.from(`k${nth}`), value: Buffer.from(`v${nth}`) })
  await producer.flush()
  await producer.close()
  t.ok(outcomes.every(({ status }) => status === 'acknowledged'))
  const keys = new Set<string | null>()
  const reading = await createIndependentReader(kafka).readTopic(topic, {
    isolation: 'read_committed',
    deadlineMs: 30_000,
    onRecord: ({ key }) => keys.add(key)
  })
  t.same(
    { complete: reading.complete, unread: reading.unread, keys: keys.size },
    { complete: true, unread: [], keys: records }
  )
}

/** What both clients report of a connection that is refused. */
async function refusals(settings: KafkaSettings): Promise<string[]> {
  const kafka = { ...parseSettings(settings), clientId }
  const reader = createClusterReader(kafka)
  const [view] = await reader.views({ deadlineMs: 8000, topics: [] })
  await reader.close()
  const other = await createIndependentReader(kafka)
    .readTopic('any', { isolation: 'read_committed', deadlineMs: 40_000, onRecord: () => {} })
    .then(
      () => 'it could read',
      (error: Error) => error.message
    )
  return [view?.reachable === false ? view.error.message : 'it answered', other]
}

async function eachIsRefused(t: Test, cases: [setting: string, settings: KafkaSettings][]): Promise<void> {
  // At once: kafkajs tries again and again.
  const answers = await Promise.all(
    cases.map(async ([setting, settings]) => [setting, await refusals(settings)] as const)
  )
  for (const [setting, messages] of answers) for (const message of messages) t.match(message, setting, message)
}

/** Refusals that have nothing to do with the login. */
async function commonRefusals(
  t: Test,
  { stateDir, settings }: SecuredCluster,
  withoutUser: KafkaSettings
): Promise<[setting: string, settings: KafkaSettings][]> {
  const now = new Date()
  const old = new Date(now.getTime() - 5 * 365 * 86_400_000)
  const stranger = await createAuthority('a stranger', now)
  const own = await authorityOf(stateDir)
  const here = { ips: ['127.0.0.1'], names: ['localhost'] }
  const elsewhere = { ips: ['192.0.2.1'], names: ['kafka.example'] }
  const strangers = await fileWith(t, 'stranger.pem', stranger.certificate)
  const expired = await listenWith(t, await issue(own, { commonName: 'kafka-1', addresses: here }, old))
  const misnamed = await listenWith(t, await issue(own, { commonName: 'kafka-1', addresses: elsewhere }, now))
  return [
    ['KOPS_KAFKA_SSL_CA', { ...settings, KOPS_KAFKA_SSL_CA: strangers }],
    ['expired', { ...settings, KOPS_BOOTSTRAP_SERVERS: expired }],
    ['KOPS_BOOTSTRAP_SERVERS', { ...settings, KOPS_BOOTSTRAP_SERVERS: misnamed }],
    ['KOPS_KAFKA_SECURITY_PROTOCOL', { KOPS_BOOTSTRAP_SERVERS: settings.KOPS_BOOTSTRAP_SERVERS ?? '' }],
    ['KOPS_KAFKA_SECURITY_PROTOCOL', { ...withoutUser, KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL' }],
    // The cluster of this run speaks no TLS.
    ['KOPS_KAFKA_SECURITY_PROTOCOL', { ...settings, KOPS_BOOTSTRAP_SERVERS: bootstrapServers[0] ?? '' }]
  ]
}

/** An OAuth server that gives tokens to kops, and to nobody else. */
async function tokenEndpoint(
  t: Test,
  { sign }: Pick<Awaited<ReturnType<typeof createIssuer>>, 'sign'>
): Promise<string> {
  const expected = `Basic ${Buffer.from('kops:of%20kops').toString('base64')}`
  const server = createHttpServer(async (request, response) => {
    const body = await text(request)
    const isKops = request.headers.authorization === expected && body.includes('grant_type=client_credentials')
    response.writeHead(isKops ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isKops ? { access_token: await sign('1h'), expires_in: 3600 } : {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
}

async function fileWith(t: Test, name: string, text: string): Promise<string> {
  const path = join(t.testdir(), name)
  await writeFile(path, text)
  return path
}

/** A port where a certificate is shown, and nothing more: the client must end the connection by itself. */
async function listenWith(t: Test, { certificate, key }: Identity): Promise<string> {
  const server = createServer({ cert: certificate, key }, (socket) => socket.destroy()).listen(0, '127.0.0.1')
  server.on('tlsClientError', () => {})
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function authorityOf(stateDir: string): Promise<Identity> {
  const { ca, authority } = securityFiles(stateDir)
  const [certificate, key] = await Promise.all([readFile(ca, 'utf8'), readFile(authority.key, 'utf8')])
  return { certificate, key }
}

/** The client certificate of an authority that the brokers do not know. */
async function certificateOfStranger(t: Test): Promise<KafkaSettings> {
  const authority = await createAuthority('a stranger', new Date())
  const { certificate, key } = await issue(authority, { commonName: 'kops', addresses: undefined }, new Date())
  const folder = t.testdir({ 'certificate.pem': certificate, 'key.pem': key })
  return {
    KOPS_KAFKA_SSL_CERT: join(folder, 'certificate.pem'),
    KOPS_KAFKA_SSL_KEY: join(folder, 'key.pem')
  }
}

for (const mode of ['zookeeper', 'kraft'] satisfies ClusterMode[]) {
  t.test(`${mode}: both clients log in with every mechanism, and a refusal names the setting`, async (t) => {
    const folder = t.testdir({ issuer: {}, other: {}, secret: 'of kops' })
    const issuer = await createIssuer(join(folder, 'issuer'))
    const cluster = await startSecuredCluster(t, mode, 'sasl_ssl', {
      saslMechanisms: ['SCRAM-SHA-256', 'PLAIN', 'OAUTHBEARER'],
      jwksUrl: issuer.jwksUrl,
      audience
    })
    const withMechanism = (mechanism: string): KafkaSettings => ({
      ...cluster.settings,
      KOPS_KAFKA_SASL_MECHANISM: mechanism
    })
    const { KOPS_KAFKA_SASL_USERNAME: _, KOPS_KAFKA_SASL_PASSWORD_FILE: __, ...withoutUser } = cluster.settings
    const withToken = (file: string): KafkaSettings => ({
      ...withoutUser,
      KOPS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
      KOPS_KAFKA_SASL_TOKEN_FILE: file
    })
    const places: KafkaSettings = {
      ...cluster.settings,
      KOPS_KAFKA_SASL_TOKEN_FILE: issuer.token,
      KOPS_KAFKA_SASL_TOKEN_URL: await tokenEndpoint(t, issuer),
      KOPS_KAFKA_SASL_CLIENT_SECRET_FILE: join(folder, 'secret')
    }
    for (const title of ['SCRAM', 'PLAIN', 'OAUTHBEARER with a token file', 'OAUTHBEARER with an OAuth server']) {
      const settings = await exampleOf(title, places)
      await t.test(title, (t) => bothClientsWork(t, settings, title.toLowerCase().replaceAll(' ', '-')))
    }
    await t.test('SCRAM-SHA-256', (t) => bothClientsWork(t, withMechanism('SCRAM-SHA-256'), 'scram-sha-256'))

    await t.test('refusals', async (t) => {
      const wrongPassword = { KOPS_KAFKA_SASL_PASSWORD_FILE: '', KOPS_KAFKA_SASL_PASSWORD: 'wrong' }
      const otherIssuer = await createIssuer(join(folder, 'other'))
      await eachIsRefused(t, [
        ['KOPS_KAFKA_SASL_PASSWORD', { ...cluster.settings, ...wrongPassword }],
        ['KOPS_KAFKA_SASL_PASSWORD', { ...withMechanism('SCRAM-SHA-256'), ...wrongPassword }],
        ['KOPS_KAFKA_SASL_PASSWORD', { ...withMechanism('PLAIN'), ...wrongPassword }],
        ['KOPS_KAFKA_SASL_USERNAME', { ...cluster.settings, KOPS_KAFKA_SASL_USERNAME: 'nobody' }],
        ['KOPS_KAFKA_SASL_TOKEN', withToken(otherIssuer.token)],
        ...(await commonRefusals(t, cluster, withoutUser))
      ])
    })
  })

  t.test(`${mode}: both clients are known by their certificate, and a refusal names the setting`, async (t) => {
    const cluster = await startSecuredCluster(t, mode, 'ssl')
    const settings = await exampleOf('Mutual TLS', cluster.settings)
    await t.test('Mutual TLS', (t) => bothClientsWork(t, settings, 'mutual-tls'))
    await t.test('refusals', async (t) => {
      const { KOPS_KAFKA_SSL_CERT: _, KOPS_KAFKA_SSL_KEY: __, ...withoutCertificate } = cluster.settings
      await eachIsRefused(t, [
        ['KOPS_KAFKA_SSL_CERT', withoutCertificate],
        ['KOPS_KAFKA_SSL_CERT', { ...cluster.settings, ...(await certificateOfStranger(t)) }],
        [
          'KOPS_KAFKA_SECURITY_PROTOCOL',
          {
            ...cluster.settings,
            KOPS_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
            KOPS_KAFKA_SASL_USERNAME: 'kops',
            KOPS_KAFKA_SASL_PASSWORD: 'any'
          }
        ]
      ])
    })
  })
}

// Brings its own cluster: brokers with an authorizer.
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { alterUserScramCredentialsV0 } from '@platformatic/kafka'
import t, { type Test } from 'tap'
import { buildApp as buildAdmin } from '#services/admin/app.ts'
import { loadConfig as loadAdmin } from '#services/admin/config.ts'
import { buildApp as buildHealth } from '#services/health/app.ts'
import { loadConfig as loadHealth } from '#services/health/config.ts'
import { patternTypeOf, type Right, rights } from '#shared/cluster/security/rights.ts'
import type { Acl } from '#shared/contracts/acls.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { App } from '#shared/http/create-app.ts'
import { createAclAdmin } from '#shared/kafka/acls/acl-admin.ts'
import { createController } from '#shared/kafka/connection/controller.ts'
import { createPool } from '#shared/kafka/connection/pool.ts'
import { createGroupAdmin } from '#shared/kafka/groups/group-admin.ts'
import { durableSettings } from '#shared/kafka/producing/port.ts'
import { createTransactionalProducer } from '#shared/kafka/producing/transactional-producer.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createIndependentReader } from '#shared/kafka/verifying/kafkajs-reader.ts'
import { retry } from '#shared/poll.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { type KafkaSettings, parseSettings } from '../../integration/support/kafka-settings.ts'
import { testMode } from '../../integration/support/test-cluster.ts'
import { startSecuredCluster } from './secured-cluster.ts'

t.setTimeout(600_000)

const topic = 'rights'
const queue = 'rights.dlq'
const group = 'rights-readers'
const password = 'a password for tests'
const scramSha512 = 2
const iterations = 4096
const records = 30

const nameOf = ({ operation, resource }: Right) => `${operation} on ${resource}`

/** Something that shows a part of the cluster, and what it shows; not what differs from one moment to the next. */
interface Reading {
  service: 'admin' | 'health'
  path: string
  essence(body: never): unknown
}

const has = (items: object[] = [], key: string, value: unknown) =>
  items.some((item) => Reflect.get(item, key) === value)
const readings: Reading[] = [
  { service: 'admin', path: '/api/topics?limit=1000', essence: ({ topics }) => has(topics, 'name', topic) },
  {
    service: 'admin',
    path: `/api/topics/${topic}`,
    essence: ({ partitions = [] }: { partitions: Record<string, unknown>[] }) =>
      partitions.map(({ partition, leader, startOffset, endOffset }) => [partition, leader, startOffset, endOffset])
  },
  {
    service: 'admin',
    path: `/api/topics/${topic}/configs`,
    essence: ({ configs = [] }: { configs: [] }) => configs.length
  },
  {
    service: 'admin',
    path: `/api/topics/${topic}/messages?from=earliest&limit=100`,
    essence: ({ messages = [] }: { messages: object[] }) => messages.map((message) => Reflect.get(message, 'offset'))
  },
  {
    service: 'admin',
    path: '/api/dead-letters',
    essence: ({ queues = [] }: { queues: Record<string, unknown>[] }) =>
      queues.filter((each) => each['topic'] === queue).map((each) => each['letters'])
  },
  {
    service: 'admin',
    path: `/api/dead-letters/${queue}/letters?status=all`,
    essence: ({ letters = [] }: { letters: object[] }) => letters.map((letter) => Reflect.get(letter, 'offset'))
  },
  { service: 'admin', path: '/api/groups', essence: ({ groups }) => has(groups, 'group', group) },
  { service: 'admin', path: `/api/groups/${group}`, essence: ({ totalLag }: { totalLag: unknown }) => totalLag },
  { service: 'admin', path: '/api/brokers', essence: ({ brokers }) => has(brokers, 'id', 1) },
  { service: 'admin', path: '/api/brokers/1/configs', essence: ({ configs = [] }: { configs: [] }) => configs.length },
  { service: 'admin', path: '/api/reassignments', essence: ({ partitions }: { partitions: unknown }) => partitions },
  { service: 'admin', path: '/api/acls?resourceType=GROUP&limit=1', essence: () => 'read' },
  { service: 'health', path: '/api/health/topics', essence: ({ topics }) => has(topics, 'topic', topic) },
  {
    service: 'health',
    path: '/api/health/groups',
    essence: ({ groups = [] }: { groups: Record<string, unknown>[] }) =>
      groups.filter((each) => each['group'] === group).map((each) => each['totalLag'])
  }
]

/** What is made for each user before, to be changed by that user. */
const topicOf = (user: string) => `of-${user}`
const groupOf = (user: string) => `readers-of-${user}`
const goneOf = (user: string) => `gone-of-${user}`

/** Changes, in this order; each is a new one for each user, because a change to what is already so sends nothing. */
const changes = (user: string, nth: number): Request[] => [
  { method: 'POST', url: `/api/topics?topicName=new-${user}&partitions=1&replicationFactor=3` },
  {
    method: 'PATCH',
    url: `/api/topics/${topicOf(user)}/configs`,
    payload: { configs: { 'retention.ms': '600000' } }
  },
  {
    method: 'PATCH',
    url: '/api/brokers/1/configs',
    payload: { configs: { 'log.cleaner.backoff.ms': String(15_001 + nth) } }
  },
  { method: 'POST', url: `/api/topics/${topicOf(user)}/messages`, payload: { records: [{ key: 'k', value: 'v' }] } },
  {
    method: 'POST',
    url: '/api/acls',
    payload: {
      acls: [{ resourceType: 'TOPIC', resourceName: 'a', principal: `User:guest-of-${user}`, operation: 'READ' }]
    }
  },
  {
    method: 'POST',
    url: `/api/dead-letters/${queue}/replay`,
    payload: { letters: [{ partition: 0, from: 0 }], to: topicOf(user), force: true, reason: 'test' }
  },
  { method: 'POST', url: `/api/topics/${topicOf(user)}/partitions?partitions=2` },
  { method: 'DELETE', url: `/api/topics/${topicOf(user)}/records?beforeOffset=1` },
  { method: 'POST', url: `/api/groups/${groupOf(user)}/reset-offsets`, payload: { to: 'latest' } },
  { method: 'DELETE', url: `/api/groups/${groupOf(user)}/offsets?topic=${topicOf(user)}` },
  { method: 'DELETE', url: `/api/groups/${goneOf(user)}` },
  { method: 'DELETE', url: `/api/topics/${topicOf(user)}?force=true&reason=test` }
]

interface Kafka extends ReturnType<typeof parseSettings> {
  clientId: string
  pool: ReturnType<typeof createPool>
}

/** Kafka authorizes an operation also to whoever may do one of these to the same resource. */
const impliedBy: Partial<Record<Right['operation'], Right['operation'][]>> = {
  Describe: ['Read', 'Write', 'Delete', 'Alter'],
  DescribeConfigs: ['AlterConfigs']
}

/** Whether the one right is enough for what the other one allows. */
function covers(one: Right, other: Right): boolean {
  const { resource, operation } = other
  return one.resource === resource && [operation, ...(impliedBy[operation] ?? [])].includes(one.operation)
}

/** A user for each right, who has all but that one and those that imply it; and one who has all. */
async function createUsers(kafka: Kafka): Promise<{ user: string; lacks: Right | undefined }[]> {
  const users = [undefined, ...rights].map((lacks, nth) => ({ user: `user-${nth}`, lacks }))
  const controller = createController(kafka)
  const salt = randomBytes(16)
  const saltedPassword = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
  await controller.change(15_000, (connection) =>
    alterUserScramCredentialsV0.api.async(
      connection,
      [],
      users.map(({ user }) => ({ name: user, mechanism: scramSha512, iterations, salt, saltedPassword }))
    )
  )
  const acls = createAclAdmin(kafka)
  const wanted = users.flatMap(({ user, lacks }) =>
    rights
      .filter((right) => lacks === undefined || !covers(right, lacks))
      .map(
        ({ resource, pattern, operation }): Acl => ({
          resourceType: resource.replace('-', '_').toUpperCase() as Acl['resourceType'],
          resourceName: pattern,
          patternType: patternTypeOf(pattern).toUpperCase() as Acl['patternType'],
          principal: `User:${user}`,
          host: '*',
          operation: operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() as Acl['operation'],
          permission: 'ALLOW'
        })
      )
  )
  const refused = await acls.create(wanted, { timeoutMs: 30_000 })
  if (refused.size > 0) throw refused.values().next().value
  await acls.close()
  return users
}

interface Request {
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  payload?: object
}

interface Answer {
  what: string
  /** It says itself that kops may not. */
  named: boolean
  done: boolean
  essence: unknown
  text: string
}

/** As the producers of load tests do. */
async function writeInTransaction(settings: KafkaSettings, user: string): Promise<undefined> {
  const producer = createTransactionalProducer({
    ...{ ...parseSettings(settings), ...durableSettings, clientId: 'kops-test', topic },
    ...{ transactionalId: `kops-test-${user}`, transactionTimeoutMs: 60_000 },
    ...{ requestTimeoutMs: 5000, deliveryTimeoutMs: 20_000, onOutcome: () => {} }
  })
  try {
    await producer.open()
    await producer.begin()
    producer.append({ partition: 0, key: null, value: Buffer.from('v') })
    await producer.abort()
  } finally {
    await producer.close()
  }
}

async function answersOf(t: Test, user: string, nth: number, settings: KafkaSettings): Promise<Answer[]> {
  const folder = t.testdir()
  const { KOPS_KAFKA_SASL_PASSWORD_FILE: _, ...common } = settings
  const own = {
    ...common,
    KOPS_KAFKA_SASL_USERNAME: user,
    KOPS_KAFKA_SASL_PASSWORD: password,
    KOPS_LOG_LEVEL: 'silent',
    KOPS_ZOOKEEPER_SERVERS: ''
  }
  const admin = await buildAdmin(loadAdmin({ ...own, KOPS_DATA_DIR: join(folder, 'admin'), KOPS_AUDIT: 'spool' }))
  const health = await buildHealth(
    loadHealth({ ...own, KOPS_DATA_DIR: join(folder, 'health'), KOPS_POLL_INTERVAL_MS: '1000' })
  )
  t.teardown(async () => {
    await Promise.all([admin.close(), health.close()])
  })
  await Promise.all([admin.ready(), health.ready()])
  await eventually(
    'a full sweep',
    async () => (await health.inject('/api/health')).body,
    (body) => !body.includes('Not read yet') && !body.includes('"code":"service_unreachable"'),
    30_000
  )
  const answers: Answer[] = []
  const note = async (app: App, request: Request, essence: (body: never) => unknown) => {
    const startedAt = performance.now()
    const { statusCode, body } = await app.inject(request)
    const ms = Math.round(performance.now() - startedAt)
    if (ms > 3000) t.comment(`${ms} ms ${request.method ?? 'GET'} ${request.url}`)
    const done = statusCode < 300
    answers.push({
      what: `${request.method ?? 'GET'} ${request.url.replaceAll(user, 'user')}`,
      named: /not_authorized|AUTHORIZATION_FAILED|lacks Describe/.test(body),
      done,
      essence: done ? essence(JSON.parse(body) as never) : statusCode,
      text: `${statusCode} ${body.slice(0, 600)}`
    })
  }
  for (const { service, path, essence } of readings) {
    await note(service === 'admin' ? admin : health, { url: path }, essence)
  }
  for (const request of changes(user, nth)) await note(admin, request, () => 'done')
  const error = await writeInTransaction(own, user).catch((error: unknown) => error)
  const text = error === undefined ? 'committed' : String(error)
  const named = isKopsError(error, 'kafka_not_authorized')
  answers.push({ what: 'a transaction', named, done: error === undefined, essence: text, text })
  return answers
}

t.test('a missing right is named, and no reading shows less without a warning', async (t) => {
  const { settings } = await startSecuredCluster(t, testMode, 'sasl_ssl')
  const options = { ...parseSettings(settings), clientId: 'kops-test' }
  const pool = createPool(options)
  t.teardown(() => pool.close())
  const kafka = { ...options, pool }
  const admin = createTopicAdmin(kafka)
  for (const [name, partitions] of [
    [topic, 3],
    [queue, 1]
  ] as const) {
    await admin.createTopic(
      { name, partitions, replicationFactor: 3, configs: {} },
      { validateOnly: false, timeoutMs: 15_000 }
    )
  }
  const writer = createRecordWriter(kafka)
  const write = () =>
    writer.write(
      topic,
      Array.from({ length: records }, (_, nth) => ({
        partition: nth % 3,
        key: Buffer.from(`k${nth}`),
        value: Buffer.from('v'),
        headers: []
      })),
      { deadlineMs: 15_000 }
    )
  // Brokers learn of a topic a moment after the controller has created it.
  const written = await retry(write, (error) => isKopsError(error, 'topic_not_found'), {
    timeoutMs: 10_000,
    pauseMs: 100
  })
  const letter = { partition: 0, key: null, value: Buffer.from('letter'), headers: [] }
  const letters = await writer.write(queue, [letter], { deadlineMs: 15_000 })
  t.ok([...written, ...letters].every(({ status }) => status === 'acknowledged'))
  // A group's first member makes Kafka create the topic of offsets.
  const reading = await createIndependentReader(options).readTopic(topic, {
    isolation: 'read_committed',
    deadlineMs: 60_000,
    onRecord: () => {}
  })
  t.equal(reading.complete, true)
  const groups = createGroupAdmin(kafka)
  await groups.commitOffsets(group, topic, new Map([0, 1, 2].map((partition) => [partition, 3])), {
    deadlineMs: 15_000
  })
  t.teardown(async () => {
    await Promise.all([admin.close(), writer.close(), groups.close()])
  })

  const users = await createUsers(kafka)
  for (const { user } of users) {
    await admin.createTopic(
      { name: topicOf(user), partitions: 1, replicationFactor: 3, configs: {} },
      { validateOnly: false, timeoutMs: 15_000 }
    )
    for (const name of [groupOf(user), goneOf(user)]) {
      const commit = () => groups.commitOffsets(name, topicOf(user), new Map([[0, 0]]), { deadlineMs: 15_000 })
      // Its coordinator hears of a new topic a moment after the controller.
      await retry(commit, (error) => isKopsError(error, 'topic_not_found'), { timeoutMs: 20_000, pauseMs: 200 })
    }
  }
  let whole: Answer[] = []
  for (const [nth, { user, lacks }] of users.entries()) {
    await t.test(lacks ? `without ${nameOf(lacks)}` : 'with all rights', async (t) => {
      const answers = await answersOf(t, user, nth, settings)
      if (lacks === undefined) {
        whole = answers
        for (const { what, done, named, text } of answers) t.ok(done && !named, what, { text })
        return
      }
      const affected = answers.filter(({ named }) => named)
      t.ok(affected.length > 0, `it is needed: ${affected.map(({ what }) => what).join(', ')}`)
      for (const [index, { what, named, done, essence, text }] of answers.entries()) {
        const expected = whole[index]?.essence
        if (!named) t.same(essence, expected, what, { text })
        else if (done && typeof expected === 'number') t.ok(essence === null || essence === expected, what, { text })
      }
    })
  }
})

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t, { type Test } from 'tap'
import { buildApp } from '../../../services/admin/app.ts'
import { loadConfig } from '../../../services/admin/config.ts'
import type { AuditEvent, AuditList } from '../../../shared/contracts/audit.ts'
import { hashToken } from '../../../shared/http/auth/tokens.ts'
import { registerSnappy } from '../../../shared/kafka/verifying/index.ts'

const bootstrap = process.env['KOPS_TEST_BOOTSTRAP_SERVERS'] ?? ''
const kafka = new kafkajs.Kafka({
  brokers: bootstrap.split(','),
  clientId: 'audit-test',
  logLevel: kafkajs.logLevel.NOTHING
})
registerSnappy()
const run = randomBytes(3).toString('hex')

/** A service of this test's own, with an audit topic of its own. */
async function service(t: Test, topic: string, settings: Record<string, string> = {}) {
  const dataDir = t.testdir()
  const app = await buildApp(
    loadConfig({
      KOPS_BOOTSTRAP_SERVERS: bootstrap,
      KOPS_LOG_LEVEL: 'silent',
      KOPS_AUDIT_TOPIC: topic,
      KOPS_DATA_DIR: dataDir,
      ...settings
    })
  )
  t.teardown(async () => {
    await app.close()
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic] })).catch(() => undefined)
  })
  return { app, dataDir }
}

async function withAdmin<T>(use: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

t.test('what is done, planned, refused and denied can be found, newest first', async (t) => {
  const tokens = { alice: 'alice-token', eve: 'eve-token' }
  const entry = (name: keyof typeof tokens, role: string) =>
    `${name}:${role}:sha256:${hashToken(tokens[name]).toString('hex')}`
  const { app } = await service(t, `audit-found-${run}`, {
    KOPS_TOKENS: `${entry('alice', 'admin')},${entry('eve', 'viewer')}`
  })
  const as = (name: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[name]}` })
  const name = `audited-${run}`
  const url = `/api/topics?topicName=${name}&partitions=1&replicationFactor=3`

  t.equal((await app.inject({ method: 'POST', url: `${url}&dryRun=true`, headers: as('alice') })).statusCode, 200)
  t.equal((await app.inject({ method: 'POST', url, headers: as('eve') })).statusCode, 403)
  t.equal((await app.inject({ method: 'POST', url, headers: as('alice') })).statusCode, 201)
  t.equal((await app.inject({ method: 'POST', url, headers: as('alice') })).statusCode, 409)
  t.equal((await app.inject({ method: 'DELETE', url: `/api/topics/${name}`, headers: as('alice') })).statusCode, 200)

  const response = await app.inject({ url: `/api/audit?target=${name}`, headers: as('alice') })
  const { events, warnings }: AuditList = response.json()
  t.same(warnings, [])
  t.match(
    events.map(({ action, outcome, actor }) => `${actor.name} ${action} ${outcome}`),
    [
      'alice topic.delete applied',
      'alice topic.delete requested',
      'alice topic.create refused',
      'alice topic.create requested',
      'alice topic.create applied',
      'alice topic.create requested',
      'eve topic.create denied',
      'alice topic.create planned'
    ]
  )
  t.notMatch(JSON.stringify(events), /-token/)
  const one: AuditList = (await app.inject({ url: `/api/audit?actor=eve`, headers: as('alice') })).json()
  t.equal(one.events.length, 1)
  t.equal((await app.inject({ url: '/api/audit', headers: as('eve') })).statusCode, 403, 'a viewer does not read it')
})

t.test('events are in the topic as another client reads it, each under a key of its own', async (t) => {
  const topic = `audit-read-${run}`
  const { app } = await service(t, topic)
  await app.inject({ method: 'DELETE', url: `/api/topics/no-such-topic-${run}` })
  const read: { key: string; event: AuditEvent }[] = []
  const consumer = kafka.consumer({ groupId: `audit-read-${run}` })
  t.teardown(async () => {
    await consumer.disconnect()
    await withAdmin((admin) => admin.deleteGroups([`audit-read-${run}`])).catch(() => undefined)
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        read.push({ key: String(message.key), event: JSON.parse(String(message.value)) })
        if (read.length === 2) resolve()
      }
    })
  })
  t.same(read.map(({ event }) => event.outcome).sort(), ['refused', 'requested'])
  t.ok(read.every(({ key, event }) => key === event.id))
})

/** A topic that exists and takes nothing: every record is too large for it. */
async function deafTopic(topic: string): Promise<void> {
  await withAdmin((admin) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: [
        { topic, numPartitions: 3, replicationFactor: 1, configEntries: [{ name: 'max.message.bytes', value: '10' }] }
      ]
    })
  )
}

t.test('when Kafka does not take the event nothing is changed', async (t) => {
  const topic = `audit-deaf-${run}`
  await deafTopic(topic)
  const { app } = await service(t, topic)
  const name = `unseen-${run}`
  const response = await app.inject({
    method: 'POST',
    url: `/api/topics?topicName=${name}&partitions=1&replicationFactor=1`
  })
  t.match(response.json(), { status: 503, code: 'audit_unavailable' })
  t.notOk((await withAdmin((admin) => admin.listTopics())).includes(name))
})

t.test('where the setting says so it waits on disk, and reaches the topic when Kafka takes it again', async (t) => {
  const topic = `audit-spool-${run}`
  await deafTopic(topic)
  const { app, dataDir } = await service(t, topic, { KOPS_AUDIT: 'spool' })
  const name = `spooled-${run}`
  const create = `/api/topics?topicName=${name}&partitions=1&replicationFactor=1`
  t.equal((await app.inject({ method: 'POST', url: create })).statusCode, 201)
  t.equal((await readFile(join(dataDir, 'audit-spool.jsonl'), 'utf8')).trim().split('\n').length, 2)

  await withAdmin((admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [{ name: 'max.message.bytes', value: '1048576' }]
        }
      ]
    })
  )
  t.equal((await app.inject({ method: 'DELETE', url: `/api/topics/${name}` })).statusCode, 200)
  const outcomes = new Set<string>()
  for (let tries = 0; tries < 100 && outcomes.size < 4; tries++) {
    const { events }: AuditList = (await app.inject({ url: `/api/audit?target=${name}` })).json()
    for (const { action, outcome } of events) outcomes.add(`${action} ${outcome}`)
  }
  t.same([...outcomes].sort(), [
    'topic.create applied',
    'topic.create requested',
    'topic.delete applied',
    'topic.delete requested'
  ])
})

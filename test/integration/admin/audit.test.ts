import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { inOrder } from '#cli/audit-trail.ts'
import { verifyChain } from '#shared/audit/verify-chain.ts'
import type { AuditEvent, AuditList } from '#shared/contracts/audit.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { kafka, run, service, withAdmin } from './audit-service.ts'

t.test('completed, refused and denied mutations can be found, newest first; dry runs leave no event', async (t) => {
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
      'eve topic.create denied'
    ]
  )
  t.notMatch(JSON.stringify(events), /-token/)
  const one: AuditList = (await app.inject({ url: `/api/audit?actor=eve`, headers: as('alice') })).json()
  t.equal(one.events.length, 1)
  const search = async (query: string): Promise<AuditList> =>
    (await app.inject({ url: `/api/audit?${query}`, headers: as('alice') })).json()
  t.same(
    events.flatMap(({ concludedAs }) => concludedAs ?? []),
    ['applied', 'refused', 'applied'],
    'the request has its outcome'
  )
  const ids = (list: AuditList) => list.events.map(({ id }) => id)
  const all = ids({ events, asOf: '', warnings: [] })
  for (const limit of [1, 3, 100]) {
    const paged: string[] = []
    const concluded: unknown[] = []
    let page = await search(`target=${name}&limit=${limit}`)
    for (;;) {
      t.ok(page.events.length <= limit)
      paged.push(...ids(page))
      concluded.push(...page.events.flatMap(({ concludedAs }) => concludedAs ?? []))
      if (page.nextCursor === undefined) break
      page = await search(`target=${name}&limit=${limit}&cursor=${page.nextCursor}`)
    }
    t.same(paged, all, `${limit} a page: all of them once, in order`)
    t.same(
      concluded,
      ['applied', 'refused', 'applied'],
      `${limit} a page: also where the outcome is on the page before`
    )
  }
  const refused = events.find(({ outcome }) => outcome === 'refused')
  const filters: [query: string, found: number][] = [
    ['action=topic', 7],
    ['action=topic.delete', 2],
    ['outcome=refused', 1],
    ['outcome=denied', 1],
    ['outcome=planned', 0],
    ['outcome=unknown', 0],
    ['actor=alice', 6],
    [`requestId=${refused?.requestId}`, 2],
    [`from=${refused?.at}&to=${refused?.at}&outcome=refused`, 1],
    ['to=2020-01-01T00:00:00Z', 0]
  ]
  for (const [query, found] of filters) t.equal((await search(`target=${name}&${query}`)).events.length, found, query)
  t.equal((await app.inject({ url: '/api/audit?cursor=zz', headers: as('alice') })).statusCode, 400)
  t.equal((await app.inject({ url: '/api/audit', headers: as('eve') })).statusCode, 403, 'a viewer does not read it')
})

t.test('another client reads the events from the topic, each with its own key', async (t) => {
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

t.test('the events of a service form one chain across a restart, however many changes there are at once', async (t) => {
  const topic = `audit-chain-${run}`
  const dataDir = t.testdir()
  for (const round of [1, 2]) {
    const { app } = await service(t, topic, {}, dataDir)
    const change = (nth: number) => app.inject({ method: 'DELETE', url: `/api/topics/none-${run}-${round}-${nth}` })
    await Promise.all(Array.from({ length: 20 }, (_, nth) => change(nth)))
    const { events, warnings }: AuditList = (await app.inject('/api/audit?limit=1000')).json()
    t.same(warnings, [])
    const written = events.map(({ concludedAs: _found, ...event }) => event)
    const report = verifyChain(inOrder(written))
    t.ok(report.intact, JSON.stringify(report.findings.filter(({ broken }) => broken)))
    t.match(report.chains, [{ events: round * 40, last: { sequence: round * 40 - 1 } }])
    t.equal(report.chains.length, 1)
    t.ok(written.every(({ outcome, request }) => outcome !== 'requested' || request?.params !== undefined))
    const [newest, ...older] = inOrder(written).toReversed()
    const forged = verifyChain(inOrder([...older.slice(0, 5), ...older.slice(6), ...(newest ? [newest] : [])]))
    t.match(forged.findings[0], { kind: 'missing', broken: true })
    await app.close()
  }
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

t.test('with the spool setting, events wait on disk and reach the topic once Kafka accepts them again', async (t) => {
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

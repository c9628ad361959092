import kafkajs, { type Producer } from 'kafkajs'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { Agent, request } from 'undici'
import type { Acl } from '#shared/contracts/acls.ts'
import { type MessagePage, MessagePageSchema } from '#shared/contracts/messages.ts'
import { createAclAdmin } from '#shared/kafka/acls/acl-admin.ts'
import { until } from '../cluster/own-cluster.ts'
import { kafkaTool } from '../support/kafka-tool.ts'
import { testSecurity } from '../support/test-cluster.ts'
import { bootstrapServers, connection, kafkajsConnection } from '../support/under-test.ts'
import { makeTopic, serve } from './message-service.ts'

/** kops has the right to its own transactional ids only. */
async function allowTransactions(t: Test, transactionalId: string): Promise<void> {
  if (testSecurity === 'plaintext') return
  const acls = createAclAdmin(connection)
  t.teardown(() => acls.close())
  const acl: Acl = {
    ...{ resourceType: 'TRANSACTIONAL_ID', resourceName: transactionalId, patternType: 'LITERAL' },
    ...{ principal: 'User:*', host: '*', operation: 'WRITE', permission: 'ALLOW' }
  }
  const refused = await acls.create([acl], { timeoutMs: 10_000 })
  t.equal(refused.size, 0)
}

async function transactional(t: Test, topic: string): Promise<Producer> {
  await allowTransactions(t, `${topic}-writer`)
  const kafka = new kafkajs.Kafka({ clientId: 'test', ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: `${topic}-writer`, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  t.teardown(() => producer.disconnect())
  return producer
}

const values = ({ messages }: MessagePage) => messages.map(({ value }) => value)
const numbered = (stem: string, count: number) =>
  Array.from({ length: count }, (_, nth) => ({ partition: 0, value: `${stem} ${nth}` }))

/** Every page of a topic. */
async function readAll(get: Awaited<ReturnType<typeof serve>>['get'], topic: string, query: string) {
  const pages: MessagePage[] = []
  let cursor: string | undefined
  do {
    const place = cursor === undefined ? '' : `&cursor=${cursor}`
    const { body } = await get(`/api/topics/${topic}/messages?${query}${place}`)
    pages.push(body)
    cursor = body.nextCursor
  } while (cursor !== undefined)
  return pages
}

t.test('aborted records are shown only on request, and transaction markers never', async (t) => {
  const topic = await makeTopic(t, 'transactions', 1)
  const { get, produce } = await serve(t)
  const producer = await transactional(t, topic)
  for (const [stem, end] of [
    ['aborted', 'abort'],
    ['committed', 'commit'],
    ['aborted again', 'abort']
  ] as const) {
    const transaction = await producer.transaction()
    // More than one batch each: what begins in the middle of a transaction is judged too.
    for (const nth of [0, 1, 2]) await transaction.send({ topic, messages: numbered(`${stem} ${nth}`, 40) })
    await transaction[end]()
    t.equal((await produce(topic, [{ value: `plain after ${stem}`, partition: 0 }])).status, 201)
  }
  const plain = ['plain after aborted', 'plain after committed', 'plain after aborted again']
  const committed = [0, 1, 2].flatMap((nth) => numbered(`committed ${nth}`, 40).map(({ value }) => value))
  const expected = [plain[0], ...committed, plain[1], plain[2]]

  const isolated = ['--isolation-level', 'read_committed', '--topic', topic, '--from-beginning']
  const printed = await kafkaTool(bootstrapServers, 'console-consumer', [
    ...isolated,
    ...['--max-messages', String(expected.length), '--timeout-ms', '30000']
  ])
  t.same(printed.trim().split('\n'), expected, 'as Kafka itself shows it')

  for (const limit of [1000, 17]) {
    const forward = await readAll(get, topic, `from=earliest&limit=${limit}`)
    t.ok(forward.every((page) => Value.Check(MessagePageSchema, page) && page.isolation === 'read_committed'))
    t.same(forward.flatMap(values), expected, `forwards, ${limit} a page`)
    const backward = await readAll(get, topic, `from=latest&limit=${limit}`)
    t.same(backward.flatMap(values), expected.toReversed(), `backwards, ${limit} a page`)
  }
  const everything = await readAll(get, topic, 'from=earliest&limit=1000&isolation=read_uncommitted')
  t.match(everything, [{ isolation: 'read_uncommitted', cutBy: null }])
  // 363 records, and the three markers that count as offsets.
  t.equal(everything.flatMap(values).length, 363)
  t.match(everything[0]?.partitions, [{ logEndOffset: 366, position: 366 }])
  t.equal((await get(`/api/topics/${topic}/messages?isolation=serializable`)).status, 400)
})

t.test('an open transaction is reported, and a tail sends its records once it is committed', async (t) => {
  const topic = await makeTopic(t, 'open-transaction', 1)
  const { url, get, produce } = await serve(t)
  const producer = await transactional(t, topic)
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.destroy())
  const streams = await Promise.all(
    ['read_committed', 'read_uncommitted'].map(async (isolation) => {
      const { body } = await request(`${url}/api/topics/${topic}/messages/tail?isolation=${isolation}`, { dispatcher })
      const stream = { received: '' }
      body.setEncoding('utf8').on('data', (chunk: string) => {
        stream.received += chunk
      })
      body.on('error', () => undefined)
      await until(`${isolation} is ready`, 20_000, async () => stream.received.includes(`"isolation":"${isolation}"`))
      return stream
    })
  )
  const [careful, eager] = streams
  await produce(topic, [{ value: 'before', partition: 0 }])
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: numbered('pending', 3) })
  await produce(topic, [{ value: 'behind', partition: 0 }])

  const { body } = await get(`/api/topics/${topic}/messages`)
  t.same(values(body), ['before'])
  t.match(body.partitions, [{ lastStableOffset: 1, logEndOffset: 5 }])
  t.match(body.warnings, [{ code: 'transaction_open', target: `${topic}-0` }])
  const eagerly = (await get(`/api/topics/${topic}/messages?isolation=read_uncommitted`)).body
  t.same(values(eagerly), ['behind', 'pending 2', 'pending 1', 'pending 0', 'before'])
  t.same(eagerly.warnings, [])
  await until('the eager tail has all', 20_000, async () => eager?.received.includes('"behind"') ?? false)
  await until(
    'the careful tail has what is settled',
    20_000,
    async () => careful?.received.includes('"before"') ?? false
  )
  t.notMatch(careful?.received, /pending|behind/)

  await transaction.commit()
  await until('the careful tail has all', 20_000, async () => careful?.received.includes('"behind"') ?? false)
  t.equal(careful?.received.match(/event: message/g)?.length, 5)
  t.same((await get(`/api/topics/${topic}/messages`)).body.warnings, [])
})

import kafkajs, { CompressionTypes } from 'kafkajs'
import t from 'tap'
import Value from 'typebox/value'
import { type Message, MessagePageSchema, ProduceResultSchema } from '#shared/contracts/messages.ts'
import { registerSnappy } from '#shared/kafka/verifying/snappy-codec.ts'
import { kafkaTool } from '../support/kafka-tool.ts'
import { bootstrapServers, kafkajsConnection } from '../support/under-test.ts'
import { makeTopic, serve } from './message-service.ts'

const place = ({ partition, offset }: Message) => `${partition}/${offset}`

t.test('produced records are what Kafka has: keys, headers, partitions, bytes and tombstones', async (t) => {
  const topic = await makeTopic(t, 'produce')
  const { produce, get } = await serve(t)
  const records = [
    {
      key: 'k1',
      value: { a: 1 },
      headers: [
        { name: 'h', value: 'x' },
        { name: 'h', value: null }
      ]
    },
    { key: 'k2', value: 'text' },
    { value: 'aGk=', valueEncoding: 'base64', partition: 2 },
    { key: 'k1', value: null }
  ]
  const planned = await produce(topic, records, '?dryRun=true')
  t.match(planned, { status: 200, body: { dryRun: true, applied: false } })
  t.ok(Value.Check(ProduceResultSchema, planned.body))
  t.same((await get(`/api/topics/${topic}/messages`)).body.messages, [])
  const written = await produce(topic, records)
  t.match(written, { status: 201, body: { applied: true } })
  t.same(
    written.body.records.map(({ partition }) => partition),
    planned.body.records.map(({ partition }) => partition)
  )
  const print = ['partition', 'offset', 'headers', 'key'].flatMap((name) => ['--property', `print.${name}=true`])
  const from = ['--topic', topic, '--from-beginning', '--max-messages', '4', '--timeout-ms', '20000']
  const printed = await kafkaTool(bootstrapServers, 'console-consumer', [...from, ...print])
  const [first, second, third, fourth] = written.body.records
  t.same(
    printed.trim().split('\n').sort(),
    [
      `Partition:${first?.partition}\tOffset:${first?.offset}\th:x,h:null\tk1\t{"a":1}`,
      `Partition:${second?.partition}\tOffset:${second?.offset}\tNO_HEADERS\tk2\ttext`,
      `Partition:2\tOffset:${third?.offset}\tNO_HEADERS\tnull\thi`,
      `Partition:${fourth?.partition}\tOffset:${fourth?.offset}\tNO_HEADERS\tk1\tnull`
    ].sort()
  )
  const page = await get(`/api/topics/${topic}/messages?from=earliest`)
  t.ok(Value.Check(MessagePageSchema, page.body))
  t.equal(page.body.messages.length, 4)
})

t.test('a record that cannot be written is refused, and nothing is', async (t) => {
  const topic = await makeTopic(t, 'refuse')
  const { produce, get } = await serve(t)
  const cases: [string, object[], number, string, string?][] = [
    [topic, [{ value: 'x', partition: 3 }], 400, 'validation_failed', 'records.0.partition'],
    [topic, [{ value: 'x' }, { value: '§', valueEncoding: 'base64' }], 400, 'validation_failed', 'records.1.value'],
    [topic, [], 400, 'validation_failed', 'records'],
    [topic, [{ key: 'no value' }], 400, 'validation_failed', 'records.0.value'],
    [topic, [{ value: 'x'.repeat(2_000_000) }], 413, 'record_too_large'],
    ['test-admin-none', [{ value: 'x' }], 404, 'topic_not_found'],
    ['__consumer_offsets', [{ value: 'x' }], 403, 'topic_protected'],
    ['audit-logs', [{ value: 'x' }], 403, 'topic_protected']
  ]
  for (const [name, records, status, code, field] of cases) {
    t.match(await produce(name, records), { status, body: { code, ...(field ? { errors: [{ field }] } : {}) } }, code)
  }
  t.same((await get(`/api/topics/${topic}/messages`)).body.messages, [])
})

t.test('every codec is read, from any end, in pages that neither miss nor repeat', async (t) => {
  const topic = await makeTopic(t, 'browse')
  const { get } = await serve(t)
  registerSnappy()
  const kafka = new kafkajs.Kafka({ clientId: 'test', ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  t.teardown(() => producer.disconnect())
  const start = Date.now() - 100_000
  const total = 3 * 3 * 50
  for (const [nth, compression] of [CompressionTypes.None, CompressionTypes.GZIP, CompressionTypes.Snappy].entries()) {
    const messages = Array.from({ length: 150 }, (_, index) => ({
      partition: index % 3,
      key: `key-${nth}-${index}`,
      value: JSON.stringify({ index, filler: 'x'.repeat(200) }),
      timestamp: String(start + (nth * 150 + index) * 10)
    }))
    await producer.send({ topic, messages, compression })
  }
  for (const from of ['earliest', 'latest']) {
    const seen: Message[] = []
    let cursor: string | undefined
    do {
      const next = cursor === undefined ? `from=${from}` : `cursor=${cursor}`
      const { status, body } = await get(`/api/topics/${topic}/messages?limit=47&${next}`)
      t.equal(status, 200)
      t.ok(body.messages.length <= 47)
      t.equal(body.cutBy, body.nextCursor === undefined ? null : 'limit')
      seen.push(...body.messages)
      cursor = body.nextCursor
    } while (cursor !== undefined)
    t.equal(seen.length, total, from)
    t.equal(new Set(seen.map(place)).size, total)
    const times = seen.map(({ timestamp }) => Date.parse(timestamp ?? ''))
    const sorted = [...times].sort((a, b) => (from === 'latest' ? b - a : a - b))
    t.same(times, sorted, `${from} is in order`)
  }

  const middle = new Date(start + 2000).toISOString()
  const since = (await get(`/api/topics/${topic}/messages?from=timestamp&timestamp=${middle}&limit=3`)).body
  t.same(
    since.messages.map(({ key }) => key),
    ['key-1-50', 'key-1-51', 'key-1-52']
  )
  const at = (await get(`/api/topics/${topic}/messages?from=offset&offset=149&partition=1`)).body
  t.match(at, { messages: [{ partition: 1, offset: 149 }], cutBy: null, partitions: [{ partition: 1, position: 150 }] })
  t.same((await get(`/api/topics/${topic}/messages?keyContains=key-2-14&from=earliest`)).body.messages.length, 11)
  const found = (await get(`/api/topics/${topic}/messages?valueContains="index":77,&limit=10`)).body
  t.equal(found.messages.length, 3)
  t.match(found, { scanned: { records: total }, cutBy: null })

  const bad: [string, string][] = [
    ['from=offset&offset=1', 'partition'],
    ['from=offset&partition=1', 'offset'],
    ['from=timestamp', 'timestamp'],
    ['offset=1', 'offset'],
    ['partition=3', 'partition'],
    ['cursor=zz', 'cursor'],
    ['limit=1001', 'limit'],
    ['from=yesterday', 'from']
  ]
  for (const [query, field] of bad) {
    t.match(await get(`/api/topics/${topic}/messages?${query}`), { status: 400, body: { errors: [{ field }] } }, query)
  }
  t.match(await get('/api/topics/test-admin-none/messages'), { status: 404, body: { code: 'topic_not_found' } })
})

t.test('a search without a match ends at its limits, reports that, and can be continued', async (t) => {
  const topic = await makeTopic(t, 'bounds', 1)
  const { produce, get } = await serve(t, { KOPS_BROWSE_MAX_BYTES: '65536' })
  const needle = 'needle'
  await produce(topic, [{ value: needle }])
  for (let nth = 0; nth < 20; nth += 1) {
    t.equal(
      (
        await produce(
          topic,
          Array.from({ length: 10 }, () => ({ value: 'x'.repeat(2000) }))
        )
      ).status,
      201
    )
  }
  let path = `/api/topics/${topic}/messages?valueContains=${needle}`
  let pages = 0
  for (;;) {
    const { body } = await get(path)
    pages += 1
    t.ok(body.scanned.bytes < 65_536 * 2, `${body.scanned.bytes} bytes`)
    if (body.messages.length > 0 || body.nextCursor === undefined || pages > 50) {
      t.match(body.messages, [{ offset: 0, value: needle }])
      break
    }
    t.equal(body.cutBy, 'bytes')
    path = `/api/topics/${topic}/messages?valueContains=${needle}&cursor=${body.nextCursor}`
  }
  t.ok(pages >= 5 && pages <= 15, `${pages} pages`)
})

t.test('a masked field is neither shown nor found', async (t) => {
  const topic = await makeTopic(t, 'masked')
  const { produce, get } = await serve(t)
  await produce(topic, [{ key: 'u', value: { user: { email: 'me@example.org', name: 'me' }, password: 'hunter2' } }])
  const { body } = await get(`/api/topics/${topic}/messages`)
  t.match(body.messages, [
    { value: { user: { email: '***', name: 'me' }, password: '***' }, masked: ['value.user.email', 'value.password'] }
  ])
  for (const needle of ['hunter2', 'example.org']) {
    for (const format of ['auto', 'json', 'text', 'base64']) {
      const found = await get(`/api/topics/${topic}/messages?valueContains=${needle}&format=${format}`)
      t.match(found.body, { messages: [], scanned: { records: 1 } })
    }
  }
  t.equal((await get(`/api/topics/${topic}/messages?valueContains=name`)).body.messages.length, 1)
})

import t from 'tap'
import { Type } from 'typebox'
import { canonicalHash, canonicalJson } from '#shared/audit/canonical-json.ts'
import { hidden, recordedRequest } from '#shared/audit/recorded-request.ts'
import { AuditListSchema } from '#shared/contracts/audit.ts'
import { secret } from '#shared/contracts/endpoint.ts'
import { compileSerializer } from '#shared/http/serialization.ts'
import { memoryChain, plainEvent } from './memory-chain.ts'

const body = Type.Object({
  records: Type.Array(Type.Object({ key: secret(Type.String()), partition: Type.Integer() })),
  note: Type.String()
})

t.test('secrets are hidden where a schema marks them and where a name says so; null is no secret', async (t) => {
  const sent = {
    params: { topicName: 'a' },
    query: {},
    body: {
      records: [
        { key: 'k', partition: 1 },
        { key: null, partition: 2 }
      ],
      note: 'password',
      configs: { 'ssl.key.password': 'p', 'sasl.jaas.config': null, 'retention.ms': '1' }
    }
  }
  t.same(recordedRequest(sent, { body }), {
    params: { topicName: 'a' },
    body: {
      records: [
        { key: hidden, partition: 1 },
        { key: null, partition: 2 }
      ],
      note: 'password',
      configs: { 'ssl.key.password': hidden, 'sasl.jaas.config': null, 'retention.ms': '1' }
    }
  })
  t.same(recordedRequest({ params: {}, query: {}, body: null }, { body }), {})
})

const large: [what: string, body: unknown][] = [
  ['a long list', { names: Array.from({ length: 9000 }, (_, index) => `topic-${index}`) }],
  ['a large map', Object.fromEntries(Array.from({ length: 9000 }, (_, index) => [`setting-${index}`, index]))],
  ['a long text', { note: 'ü'.repeat(100_000) }],
  ['lists in lists', Array.from({ length: 60 }, () => Array.from({ length: 60 }, () => Array(60).fill('x')))],
  ['long texts everywhere', Array.from({ length: 60 }, () => Array(60).fill('y'.repeat(5000)))]
]
for (const [what, body] of large) {
  t.test(`${what} is cut to what an event may hold, with the hash of the whole`, async (t) => {
    const { cut, ...kept } = recordedRequest({ body }, {})
    t.ok(Buffer.byteLength(JSON.stringify(kept)) <= 32_768)
    t.same(cut, { bytes: Buffer.byteLength(canonicalJson({ body })), sha256: canonicalHash({ body }) })
  })
}

t.test('an event has the same hash in the process, in the topic and in an answer of the API', async (t) => {
  const before = { when: new Date(0), gone: undefined, size: -0, text: 'ü\ud800 \u2028', deep: [{ b: 1, a: null }] }
  const event = { ...plainEvent(1), before, request: { query: { dryRun: false } } }
  const linked = memoryChain().link(event)
  const hash = canonicalHash(linked)
  t.equal(canonicalHash(JSON.parse(JSON.stringify(linked))), hash)
  const serialize = compileSerializer({ schema: AuditListSchema as object, method: 'GET', url: '/' })
  const [answered] = JSON.parse(serialize({ events: [linked], asOf: event.at, warnings: [] })).events
  t.equal(canonicalHash(answered), hash)
})

t.test('the canonical form of a value does not depend on how it was written', async (t) => {
  t.equal(canonicalJson({ b: [1, { d: undefined, c: 'ü' }], a: null }), '{"a":null,"b":[1,{"c":"ü"}]}')
  t.equal(canonicalJson(JSON.parse('{"__proto__": 1, "a": 2}')), canonicalJson(JSON.parse('{"a":2,"__proto__":1}')))
})

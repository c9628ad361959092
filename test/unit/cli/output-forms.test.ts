import t from 'tap'
import { parse } from 'yaml'
import { pathOf } from '#cli/effects.ts'
import { allOf } from '#cli/manual-page.ts'
import type { DataFormat } from '#cli/output-format.ts'
import { buildWholeProgram } from '#cli/program.ts'
import { renderings } from '#cli/render.ts'
import { fakeServices, kops } from './kops.ts'

const warnings = [{ code: 'broker_unreachable', message: 'kafka-2 does not answer' }]
const list = {
  topics: [
    { name: 'orders', size: { bytes: 5 }, isr: [1, 2], parts: [{ a: 1 }] },
    { name: 'a\u001b[2J', size: null }
  ],
  asOf: '2026-01-31T12:00:00Z',
  warnings
}
const one = { name: 'orders', partitions: [{ partition: 0 }, { partition: 1 }] }

const forms: { format: DataFormat; answer: object; text: string }[] = [
  { format: 'name', answer: list, text: 'orders\na\\u001b[2J' },
  { format: 'name', answer: one, text: 'orders' },
  { format: 'name', answer: { moves: [{ topic: 'orders', partition: 3 }] }, text: 'orders-3' },
  { format: 'name', answer: { moves: [], others: [] }, text: '' },
  { format: 'name', answer: { groups: [{ group: 'billing' }] }, text: 'billing' },
  { format: 'name', answer: { brokers: [{ id: 2 }] }, text: '2' },
  { format: 'jsonl', answer: { ...list, topics: [{ name: 'a' }, { name: 'b' }] }, text: '{"name":"a"}\n{"name":"b"}' },
  { format: 'jsonl', answer: { name: 'a', partitions: [1] }, text: '{"name":"a","partitions":[1]}' },
  { format: 'jsonl', answer: { topics: [] }, text: '' },
  {
    format: 'wide',
    answer: list,
    text: 'NAME        SIZE.BYTES  ISR  PARTS  SIZE\norders               5  1,2      1     -\na\\u001b[2J           -  -        -     -'
  },
  { format: 'wide', answer: one, text: 'FIELD       VALUE\nname        orders\npartitions  2' },
  { format: 'json', answer: { a: 1 }, text: '{\n  "a": 1\n}' },
  { format: 'yaml', answer: { topics: [{ name: 'a' }] }, text: 'topics:\n  - name: a' }
]
for (const { format, answer, text } of forms) {
  t.test(`-o ${format} of ${JSON.stringify(answer).slice(0, 60)}`, async (t) => {
    t.equal(renderings[format].text(answer).replaceAll(/ +$/gm, ''), text)
  })
}

const topics = {
  topics: ['orders', 'payments'].map((name) => ({
    ...{
      name,
      internal: false,
      partitions: 3,
      replicas: 9,
      replicationFactor: 3,
      offline: 0,
      underReplicated: 0,
      sizeBytes: 1024
    }
  })),
  total: 2,
  asOf: '2026-01-31T12:00:00Z',
  warnings
}

t.test('a command shows its data in each form; what the form lacks goes to standard error', async (t) => {
  const { options, received } = await fakeServices(t, () => ({ body: topics }))
  const show = (...form: string[]) => kops([...options, 'topics', 'list', ...form])
  t.same(JSON.parse((await show('--json')).stdout), topics)
  t.equal((await show('-o', 'json')).stdout, (await show('--json')).stdout)
  t.same(parse((await show('-o', 'yaml')).stdout), topics)
  t.match(await show('-o', 'name'), { code: 0, stdout: 'orders\npayments', stderr: /kafka-2 does not answer/ })
  t.match((await show('-o', 'wide')).stdout, /^NAME +.*SIZEBYTES[\s\S]*^payments /m)
  const lines = (await show('-o', 'jsonl')).stdout.split('\n')
  t.same(
    lines.map((line) => JSON.parse(line).name),
    ['orders', 'payments']
  )
  t.match((await show('-o', 'table')).stdout, /^TOPIC +PARTITIONS/)
  t.ok(
    received.every(({ query }) => !('output' in query) && !('json' in query)),
    'the form is no part of a request'
  )
  t.match(await show('-o', 'xml'), { code: 2, stderr: /table, wide, json, jsonl, yaml, name/ })
})

t.test('every command that has --json has -o for forms, but where -o names a file', async (t) => {
  const person = { present: false, ask: async () => undefined }
  const program = await buildWholeProgram({ output: { print() {}, error() {} }, person })
  const lacking = allOf(program).filter(
    ({ options }) =>
      options.some(({ flags }) => flags === '--json') &&
      !options.some(({ short, argChoices }) => short === '-o' && argChoices?.includes('yaml'))
  )
  t.same(lacking.map(pathOf), ['drill gameday'])
})

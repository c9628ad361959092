import t from 'tap'
import { recordBatches, recordsOf } from '#cli/records.ts'

const output = { print: () => undefined, error: () => undefined }

async function* lines(...each: string[]): AsyncGenerator<string> {
  yield* each
}

t.test('values become records with the shared options', async (t) => {
  const options = { key: 'k', header: { source: 'kops' }, partition: 2 }
  t.strictSame(recordsOf(['a', 'b'], options), [
    { key: 'k', value: 'a', headers: [{ name: 'source', value: 'kops' }], partition: 2 },
    { key: 'k', value: 'b', headers: [{ name: 'source', value: 'kops' }], partition: 2 }
  ])
})

t.test('lines become batches that a request may have', async (t) => {
  const many = Array.from({ length: 1001 }, (_, index) => `{"value":${index}}`)
  t.strictSame(
    (await Array.fromAsync(recordBatches(output, lines(...many, '')))).map(({ length }) => length),
    [1000, 1]
  )
  const large = JSON.stringify({ value: 'x'.repeat(5_000_000) })
  t.equal((await Array.fromAsync(recordBatches(output, lines(large, large)))).length, 2)
})

for (const [line, problem] of [
  ['{', /line 2 is not JSON/],
  ['{"key":"a"}', /line 2 is not a record: value is missing/],
  ['{"value":1,"offset":3}', /line 2 is not a record: offset is unknown/]
] as const) {
  t.test(`the line ${line} is refused by its number`, async (t) => {
    await t.rejects(Array.fromAsync(recordBatches(output, lines('{"value":1}', line))), { message: problem })
  })
}

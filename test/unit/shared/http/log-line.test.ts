import t from 'tap'
import { boundedText } from '#shared/bounded-text.ts'
import { boundedLine, longestLine } from '#shared/http/log-line.ts'

t.test('a line that fits stays as it is', async (t) => {
  const line = `${JSON.stringify({ level: 30, msg: 'x'.repeat(1000) })}\n`
  t.equal(boundedLine(line), line)
})

const long: [name: string, entry: unknown][] = [
  ['a long message', { level: 30, msg: 'x'.repeat(1_000_000) }],
  ['a message of control characters', { level: 30, msg: '\u0000'.repeat(1_000_000) }],
  ['many errors', { level: 30, msg: 'm', errors: Array(10_000).fill({ field: 'a'.repeat(100), message: 'b' }) }],
  ['many keys', { level: 30, msg: 'm', ...Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])) }],
  ['long texts in lists in lists', { level: 30, msg: 'm', a: Array(50).fill(Array(50).fill('x'.repeat(5000))) }]
]
for (const [name, entry] of long) {
  t.test(`a line with ${name} is cut, and is JSON still`, async (t) => {
    const line = boundedLine(`${JSON.stringify(entry)}\n`)
    t.ok(Buffer.byteLength(line) <= longestLine)
    t.ok(line.endsWith('}\n'))
    t.match(JSON.parse(line), { level: 30, msg: String })
  })
}

t.test('a line that nests too deep for JSON.stringify is cut', async (t) => {
  const line = boundedLine(`{"level":30,"msg":"m","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}\n`)
  t.same(JSON.parse(line), { level: 30, msg: 'm', a: [[[[['…']]]]] })
})

t.test('a text is cut to so many bytes of JSON, between characters', async (t) => {
  t.equal(boundedText('abc', 5), 'abc')
  t.equal(boundedText('abcdef', 5), 'abc…')
  for (const text of ['🦄'.repeat(100), '\u0000'.repeat(100), '"'.repeat(100)]) {
    const cut = boundedText(text, 50)
    t.ok(Buffer.byteLength(JSON.stringify(cut)) <= 54, cut)
    t.ok(cut.isWellFormed())
  }
})

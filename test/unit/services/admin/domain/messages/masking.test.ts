import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { maskContent, masksName } from '#services/admin/domain/messages/mask-content.ts'
import { createPathMatcher, parseMaskingRules } from '#services/admin/domain/messages/masking-rules.ts'
import { showRecord } from '#services/admin/domain/messages/render.ts'
import type { LogRecord } from '#shared/kafka/records/port.ts'

const rules = parseMaskingRules(' *.password , log-*:user.email,')
const anyTopic = rules.of('other')
const named = rules.of('log-events')

t.test('a rule without a topic applies to all, one with a topic to those that match it', async (t) => {
  t.match(anyTopic, { paths: [['*', 'password']], named: false })
  t.match(named, {
    paths: [
      ['*', 'password'],
      ['user', 'email']
    ],
    named: true
  })
  t.equal(parseMaskingRules('').of('a'), undefined)
  t.equal(parseMaskingRules('log:a').of('log-events'), undefined)
  t.match(parseMaskingRules('a.b:x').of('a.b'), { named: true })
  t.equal(parseMaskingRules('a.b:x').of('a-b'), undefined)
  t.match(parseMaskingRules('*:x').of('a'), { named: false })
})

t.test('a rule that cannot be read is named', async (t) => {
  for (const rule of ['user..email', ':x', 'topic:', '.', 'a b:x']) {
    t.throws(() => parseMaskingRules(`fine,${rule}`), new RegExp(`KOPS_MASKED_FIELDS: "${rule.replace(/\./g, '\\.')}"`))
  }
})

t.test('a star stands for any number of names', async (t) => {
  const cases: [string, string, boolean][] = [
    ['*.password', 'password', true],
    ['*.password', 'a.b.password', true],
    ['*.password', 'password.hash', false],
    ['password', 'a.password', false],
    ['a.*.b', 'a.b', true],
    ['a.*.b', 'a.x.y.b', true],
    ['a.*', 'a.x.y', true],
    ['Password', 'PASSWORD', false],
    ['password', 'PASSWORD', true]
  ]
  for (const [rule, path, expected] of cases) t.equal(matches([rule], path), expected, `${rule} ${path}`)
})

function matches(rules: string[], path: string): boolean {
  const matcher = createPathMatcher(rules.map((rule) => rule.split('.')))
  return path.split('.').reduce(matcher.next, matcher.start).matched
}

/** The meaning of a rule, as short as it can be said; its cost grows without bound. */
function matchesByMeaning(rule: string[], path: string[]): boolean {
  const [first, ...rest] = rule
  if (first === undefined) return path.length === 0
  if (first === '*') return matchesByMeaning(rest, path) || (path.length > 0 && matchesByMeaning(rule, path.slice(1)))
  return path[0]?.toLowerCase() === first && matchesByMeaning(rest, path.slice(1))
}

t.test('rules followed all at once mean what each means alone', async () => {
  const name = fc.constantFrom('a', 'b', 'A', '')
  const rule = fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), fc.array(name, { minLength: 1, maxLength: 7 }), (rules, path) => {
      const matcher = createPathMatcher(rules)
      assert.equal(
        path.reduce(matcher.next, matcher.start).matched,
        rules.some((rule) => matchesByMeaning(rule, path))
      )
    }),
    { seed: 11, numRuns: 1000 }
  )
})

t.test('of small documents exactly the fields that rules name are hidden', async () => {
  const name = fc.constantFrom('a', 'b', 'A', 'a.b', 'b.a.a')
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.array(tie('document'), { maxLength: 3 }),
      fc.dictionary(name, tie('document'), { maxKeys: 3 })
    )
  }))
  const rule = fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 4 })
  const maskByMeaning = (value: unknown, path: string[], rules: string[][]): unknown => {
    if (Array.isArray(value)) return value.map((item) => maskByMeaning(item, path, rules))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => {
        const inner = [...path, ...name.split('.')]
        const isNamed = rules.some((rule) => matchesByMeaning(rule, inner))
        return [name, isNamed ? '***' : maskByMeaning(field, inner, rules)]
      })
    )
  }
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), document, (rules, value) => {
      fc.pre(typeof value === 'object')
      const mask = parseMaskingRules(rules.map((path) => path.join('.')).join(',')).of('any')
      const shown = maskContent(Buffer.from(JSON.stringify(value)), mask, { prefix: 'value', strict: true })
      assert.deepEqual(JSON.parse(String(shown.bytes)), maskByMeaning(value, [], rules))
    }),
    { seed: 12, numRuns: 500 }
  )
})

const secret = 'S3CRET'
const leaks: [name: string, bytes: Buffer | string, mask: typeof anyTopic][] = [
  ['a field', `{"password":"${secret}"}`, anyTopic],
  ['a field of another case', `{"PassWord":"${secret}"}`, anyTopic],
  ['a nested field', `{"a":{"b":[{"password":{"deep":"${secret}"}}]}}`, anyTopic],
  ['a field of an array of documents', `[{"password":"${secret}"}]`, anyTopic],
  ['a field given twice', `{"password":"${secret}","password":"x"}`, anyTopic],
  ['a name in escapes', `{"p\\u0061ssword":"${secret}"}`, anyTopic],
  ['a flattened name', `{"login.password":"${secret}"}`, anyTopic],
  ['JSON within a string', JSON.stringify({ payload: JSON.stringify({ password: secret }) }), anyTopic],
  ['a document that is a string', JSON.stringify(JSON.stringify({ password: secret })), anyTopic],
  ['a byte order mark', `\ufeff{"password":"${secret}"}`, anyTopic],
  ['JSON that is cut short', `{"password":"${secret}`, anyTopic],
  ['JSON that is cut short, within JSON', JSON.stringify({ payload: `{"password":"${secret}` }), anyTopic],
  ['lines of JSON', `{"a":1}\n{"password":"${secret}"}`, anyTopic],
  ['lines of JSON with escapes', `{"a":1}\n{"p\\u0061ssword":"${secret}"}`, anyTopic],
  [
    "a schema registry's prefix",
    Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.from(`{"password":"${secret}"}`)]),
    anyTopic
  ],
  ['UTF-16', Buffer.from(`{"password":"${secret}"}`, 'utf16le'), anyTopic],
  ['XML', `<password>${secret}</password>`, anyTopic],
  ['a form', `user=x&password=${secret}`, anyTopic],
  ['a form in UTF-16', Buffer.from(`user=x&password=${secret}`, 'utf16le'), anyTopic],
  ['a form with an encoded name', `p%61ssword=${secret}`, anyTopic],
  ['a form within a form', `next=${encodeURIComponent(`a=1&password=${secret}`)}`, anyTopic],
  ['a URL within a form', `next=${encodeURIComponent(`https://h/?password=${secret}`)}`, anyTopic],
  ['a form that is not quite one', `user=x y&password=${secret}`, anyTopic],
  ['a form with broken encoding', `user=%zz&password=${secret}`, anyTopic],
  ['a form within JSON', JSON.stringify({ body: `user=x&password=${secret}` }), anyTopic],
  ['a form that is a JSON document', JSON.stringify(`user=x&password=${secret}`), anyTopic],
  ['a form within JSON within JSON', JSON.stringify({ a: JSON.stringify([`password=${secret}&x=1`]) }), anyTopic],
  ['JSON within a form', `payload=${encodeURIComponent(JSON.stringify({ password: secret }))}`, anyTopic],
  ['a URL within JSON', JSON.stringify({ url: `https://h/p?password=${secret}&x=1` }), anyTopic],
  ['a percent-encoded URL within JSON', JSON.stringify({ next: `p%61ssword%3D${secret}` }), anyTopic],
  ['a cookie within JSON', JSON.stringify({ cookie: `a=1; password=${secret}` }), anyTopic],
  ['a header within JSON', JSON.stringify({ line: `Password: ${secret}` }), anyTopic],
  ['XML within JSON', JSON.stringify({ body: `<password>${secret}</password>` }), anyTopic],
  ['a form of a named topic', `a=${secret}`, named],
  ['no fields at all, where a rule names the topic', secret, named],
  ['a field of a named topic', `{"user":{"email":"${secret}"}}`, named]
]

for (const [name, content, mask] of leaks) {
  t.test(`neither shown nor found: ${name}`, async (t) => {
    const record = recordOf(Buffer.from(content))
    for (const format of ['auto', 'json', 'text', 'base64'] as const) {
      const shown = showRecord(record, mask, format, {})
      t.ok(shown)
      const decoded = shown?.valueEncoding === 'base64' ? Buffer.from(String(shown.value), 'base64') : shown?.value
      const text = JSON.stringify(decoded instanceof Buffer ? decoded.toString() : decoded)
      t.notMatch(text.replaceAll('\\u0000', ''), secret, `${format}: ${text}`)
      t.ok((shown?.masked.length ?? 0) > 0)
    }
    t.equal(showRecord(record, mask, 'auto', { valueContains: 'S3C' }), undefined)
    t.equal(showRecord(record, mask, 'auto', { valueContains: 'S\u00003' }), undefined)
  })
}

const forms: [name: string, content: string, shown: unknown, masked: string[]][] = [
  ['the other fields of a form stay', 'user=me&password=x%26y&n=1', 'user=me&password=***&n=1', ['value.password']],
  ['a field without a value', 'user=me&password=', 'user=me&password=***', ['value.password']],
  ['brackets are levels', 'login[password]=x&a[]=1', 'login[password]=***&a[]=1', ['value.login.password']],
  [
    'a form within JSON is masked by its path',
    '{"body":"user=me&password=x","n":1}',
    { body: 'user=me&password=***', n: 1 },
    ['value.body.password']
  ],
  [
    'JSON within a form',
    'a=1&b=%7B%22password%22%3A%22x%22%2C%22c%22%3A2%7D',
    `a=1&b=${encodeURIComponent('{"password":"***","c":2}')}`,
    ['value.b.password']
  ],
  ['what looks like data is hidden as a whole', '{"cookie":"a=1; password=x"}', { cookie: '***' }, ['value.cookie']],
  ['prose in a field stays', '{"note":"your password was changed"}', { note: 'your password was changed' }, []],
  ['a form without masked fields stays', 'a=1&b=%20c', 'a=1&b=%20c', []],
  ['another name that contains it stays', 'passwords=2', 'passwords=2', []]
]
for (const [name, content, shown, masked] of forms) {
  t.test(`forms: ${name}`, async (t) => {
    t.same(showRecord(recordOf(Buffer.from(content)), anyTopic, 'auto', {})?.value, shown)
    t.same(showRecord(recordOf(Buffer.from(content)), anyTopic, 'auto', {})?.masked, masked)
  })
}

t.test('a key and a header are masked too', async (t) => {
  const record: LogRecord = {
    ...recordOf(Buffer.from('plain')),
    key: Buffer.from(`{"password":"${secret}"}`),
    headers: [
      ['Password', Buffer.from(secret)],
      ['context', Buffer.from(`{"password":"${secret}"}`)],
      ['trace', Buffer.from('t-1')]
    ]
  }
  const shown = showRecord(record, anyTopic, 'auto', {})
  t.notMatch(JSON.stringify(shown), secret)
  t.same(shown?.masked, ['key.password', 'headers.Password', 'headers.context.password'])
  t.match(shown?.headers[2], { name: 'trace', value: 't-1' })
  t.equal(showRecord(record, anyTopic, 'auto', { keyContains: secret }), undefined)
  t.ok(masksName('password', anyTopic))
  t.notOk(masksName('password', undefined))
})

t.test('a plain key of a named topic is kept: it has no fields, and callers search by it', async (t) => {
  t.match(showRecord({ ...recordOf(null), key: Buffer.from('k-1') }, named, 'auto', { keyContains: 'k-' }), {
    key: 'k-1'
  })
})

t.test('what no rule names stays as written, byte for byte', async (t) => {
  const bytes = Buffer.from('{ "a" : 1.0 }')
  t.equal(maskContent(bytes, anyTopic, { prefix: 'value', strict: true }).bytes, bytes)
  t.equal(maskContent(bytes, undefined, { prefix: 'value', strict: true }).bytes, bytes)
})

t.test('a document that is nested beyond measure is hidden, not followed', async (t) => {
  const deep = `${'['.repeat(5000)}{"password":"${secret}"}${']'.repeat(5000)}`
  t.notMatch(JSON.stringify(showRecord(recordOf(Buffer.from(deep)), anyTopic, 'auto', {})), secret)
})

/** Of processor time, far more than any of these takes; work that grows with the square of a record's size takes minutes. */
const boundMs = 2000
const dotted = (names: number) => Array.from({ length: names }, () => 'a').join('.')
const nested = (levels: number) => `${'{"a":'.repeat(levels)}{"password":"${secret}"}${'}'.repeat(levels)}`
const poison: [name: string, rules: string, content: string][] = [
  ['dotted names', '*.password', JSON.stringify({ [dotted(11_000)]: secret })],
  ['a name of a million levels', '*.a.*.b.*.password', JSON.stringify({ [dotted(1_000_000)]: secret })],
  ['dotted names within each other', '*.a.*.b.*.password', nested(90).replaceAll('"a"', `"${dotted(200)}"`)],
  ['objects within each other', '*.password', nested(50_000)],
  ['a form with a name of many levels', '*.password', `${'a[a]'.repeat(50_000)}=${secret}`],
  ['a form with brackets that never close', '*.password', `${'['.repeat(200_000)}=1&password=${secret}`],
  ['a form of very many fields', '*.password', `${'a=b&'.repeat(500_000)}password=${secret}`],
  [
    'very many fields',
    '*.password',
    JSON.stringify([...Array.from({ length: 500_000 }, () => 'a'), { password: secret }])
  ],
  ['equals signs', '*.password', `a=${'='.repeat(200_000)}x&password=${secret}`],
  [
    'many fields below a long name',
    '*.password',
    JSON.stringify({
      [dotted(40)]: Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`${n}.password`, secret]))
    })
  ]
]
for (const [name, setting, content] of poison) {
  t.test(`costs work in proportion to its size, and shows nothing: ${name}`, async (t) => {
    const before = process.cpuUsage()
    const shown = showRecord(recordOf(Buffer.from(content)), parseMaskingRules(setting).of('any'), 'auto', {})
    const text = JSON.stringify(shown)
    const { user, system } = process.cpuUsage(before)
    const tookMs = (user + system) / 1000
    t.ok(tookMs < boundMs, `took ${Math.round(tookMs)} ms`)
    t.notMatch(text, secret)
    t.ok((shown?.masked.length ?? 0) > 0)
    t.ok(text.length < 4 * content.length + 10_000)
  })
}

t.test('a header with a name of many levels is hidden', async (t) => {
  t.ok(masksName(dotted(100_000), anyTopic))
  t.notOk(masksName(dotted(99), anyTopic))
})

t.test('a long list of hidden fields ends with what stands for the rest', async (t) => {
  const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`${n}.password`, 1]))
  const content = Buffer.from(JSON.stringify({ [dotted(100 - 2)]: fields }))
  const { masked } = maskContent(content, anyTopic, { prefix: 'value', strict: true })
  t.equal(masked[0], `value.${dotted(98)}.0.password`)
  t.equal(masked.at(-1), 'value.*')
})

function recordOf(value: Buffer | null): LogRecord {
  return { partition: 0, offset: 1, timestampMs: 1000, key: null, value, headers: [], sizeBytes: 1 }
}

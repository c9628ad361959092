import t from 'tap'
import { Type } from 'typebox'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { createValidatorCompiler } from '#shared/http/validation.ts'

const item = Type.Object({ name: Type.String(), size: Type.Integer() }, { additionalProperties: false })
const schema = Type.Object({ items: Type.Array(item, { maxItems: 1000 }), any: Type.Optional(Type.Unknown()) })
const validate = createValidatorCompiler()({ schema: Object(schema), httpPart: 'body', method: 'POST', url: '/' })

function refusalOf(body: unknown): KopsError {
  const { error } = Object(validate(body))
  return isKopsError(error) ? error : new KopsError('internal', 'it is not refused')
}

t.test('a refusal names each field that is wrong', async (t) => {
  t.match(refusalOf({ items: [{ name: 1, size: 'x' }, {}] }), {
    code: 'validation_failed',
    message: /^body: items\.0\.name must be string; /,
    errors: [
      { field: 'items.0.name' },
      { field: 'items.0.size' },
      { field: 'items.1.name', message: 'is required' },
      { field: 'items.1.size', message: 'is required' }
    ]
  })
})

t.test('a refusal names at most 20 fields, and says how many more are wrong', async (t) => {
  const { errors, message } = refusalOf({ items: Array.from({ length: 100 }, () => ({})) })
  t.equal(errors?.length, 20)
  t.match(message, / \(and 180 more fields\)$/)
  t.ok(message.length < 2000)
})

t.test('a large body is checked up to its first error, and the refusal says so', async (t) => {
  const { errors, message } = refusalOf({ items: Array.from({ length: 100_000 }, () => ({})) })
  t.match(errors, [{ field: 'items', message: 'must NOT have more than 1000 items' }])
  t.match(message, /only its first error is reported/)
})

t.test('a refusal is short, however long a name is', async (t) => {
  const { errors, message } = refusalOf({ items: [{ name: 'a', size: 1, ['\u0000'.repeat(100_000)]: 1 }] })
  t.ok(JSON.stringify({ errors, message }).length < 10_000)
})

t.test('a body nests at most 200 levels deep', async (t) => {
  const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
  t.equal(validate({ items: [], any: nested(199) }), true)
  t.match(refusalOf({ items: [], any: nested(200) }), { errors: [{ field: 'body', message: /200 levels/ }] })
  t.match(refusalOf({ items: [], any: nested(100_000) }), { errors: [{ field: 'body' }] })
})

import t from 'tap'
import type { TSchema } from 'typebox'
import { RateSchema } from '#shared/contracts/load-rate.ts'
import { KeysSchema, PayloadSchema } from '#shared/contracts/load-records.ts'
import { TargetTopicSchema, WorkloadSchema } from '#shared/contracts/workload.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { exampleOf } from '#shared/http/openapi-examples.ts'
import { createValidatorCompiler } from '#shared/http/validation.ts'

const topic = { kind: 'temporary', partitions: 12, replicationFactor: 3 }

/** The errors of a body; none if it is valid. */
function errorsOf(schema: TSchema, body: unknown) {
  const validate = createValidatorCompiler()({ schema: Object(schema), httpPart: 'body', method: 'POST', url: '/' })
  const { error } = Object(validate(body))
  return isKopsError(error) ? error.errors : []
}

const refusals: { workload: Record<string, unknown>; errors: { field: string; message: string }[] }[] = [
  { workload: { rate: { kind: 'constant' } }, errors: [{ field: 'rate.perSecond', message: 'is required' }] },
  {
    workload: { rate: { kind: 'constant', perSecond: 0, from: 1 } },
    errors: [
      { field: 'rate.from', message: 'is unknown' },
      { field: 'rate.perSecond', message: 'must be > 0' }
    ]
  },
  {
    workload: { rate: { kind: 'spikes' } },
    errors: [{ field: 'rate.kind', message: 'must be one of closed, constant, ramp, steps, spike, stages, search' }]
  },
  { workload: { rate: {} }, errors: [{ field: 'rate.kind', message: 'is required' }] },
  {
    workload: { rate: { kind: 1 } },
    errors: [{ field: 'rate.kind', message: 'must be one of closed, constant, ramp, steps, spike, stages, search' }]
  },
  { workload: { rate: 'closed' }, errors: [{ field: 'rate', message: 'must be object' }] },
  {
    workload: { payload: { kind: 'random', compressibility: 0.5, size: { kind: 'fixed', bytes: 0 } } },
    errors: [{ field: 'payload.size.bytes', message: 'must be >= 1' }]
  },
  {
    workload: { payload: { kind: 'random', compressibility: 2, size: { kind: 'normal' } } },
    errors: [
      { field: 'payload.size.kind', message: 'must be one of fixed, uniform, log-normal' },
      { field: 'payload.compressibility', message: 'must be <= 1' }
    ]
  },
  { workload: { keys: { kind: 'zipf', count: 10 } }, errors: [{ field: 'keys.exponent', message: 'is required' }] },
  { workload: { topic: { kind: 'existing' } }, errors: [{ field: 'topic.name', message: 'is required' }] },
  {
    workload: { rate: { kind: 'stages', stages: [{ seconds: 1 }] } },
    errors: [{ field: 'rate.stages.0.perSecond', message: 'is required' }]
  }
]

for (const { workload, errors } of refusals) {
  t.test(`${JSON.stringify(workload)} is refused by the fields of its kind`, async (t) => {
    const found = errorsOf(WorkloadSchema, { name: 'x', topic, ...workload }) ?? []
    t.same(sorted(found), sorted(errors))
  })
}

function sorted(errors: { field: string }[]) {
  return errors.toSorted((a, b) => a.field.localeCompare(b.field))
}

t.test('every kind has an example that its schema accepts', async (t) => {
  const kinds = [RateSchema, PayloadSchema, KeysSchema, TargetTopicSchema]
  for (const schema of kinds) {
    const { examples: _examples, oneOf, ...rest } = Object(schema)
    const first = exampleOf({ ...rest, oneOf })
    t.equal(Object(first).kind, oneOf[0].properties.kind.const)
    for (const shape of oneOf) {
      const example = exampleOf(shape)
      // Nobody knows a line in advance.
      if (shape.properties.kind.const === 'lines') t.equal(example, undefined)
      else t.same(errorsOf(schema, example), [], JSON.stringify(example))
    }
  }
  t.same(errorsOf(WorkloadSchema, exampleOf(Object(WorkloadSchema))), [])
})

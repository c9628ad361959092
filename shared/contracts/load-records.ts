import { type Static, Type } from 'typebox'
import { kind, kinds } from './kinds.ts'

const bytes = (maximum: number, description: string) => Type.Integer({ minimum: 1, maximum, description })
export const largestRecord = 1_000_000

const SizeSchema = kinds(
  [
    kind('fixed', { bytes: bytes(largestRecord, 'Of every record') }),
    kind('uniform', { from: bytes(largestRecord, 'Smallest'), to: bytes(largestRecord, 'Largest') }),
    kind('log-normal', {
      median: bytes(largestRecord, 'Half of the records are smaller'),
      p99: bytes(largestRecord, '99 of 100 records are smaller')
    })
  ],
  { description: 'Size of a value in bytes', examples: [{ kind: 'fixed', bytes: 1024 }] }
)
export type PayloadSize = Static<typeof SizeSchema>

export const PayloadSchema = kinds(
  [
    kind('log-events', {}),
    kind('random', {
      size: SizeSchema,
      compressibility: Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Share of a value that a compressor removes: 0 is noise, 0.6 is like log events'
      })
    }),
    kind('lines', {
      lines: Type.Array(Type.String({ minLength: 1, maxLength: largestRecord }), {
        minItems: 1,
        maxItems: 20_000,
        description: 'Values to choose from; the command line fills this from a file'
      })
    })
  ],
  {
    description: 'What records contain. log-events (default): JSON of 400 to 600 bytes, as applications log',
    examples: [{ kind: 'random', size: { kind: 'fixed', bytes: 1024 }, compressibility: 0.6 }]
  }
)
export type Payload = Static<typeof PayloadSchema>

const keyCount = Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Number of different keys' })

export const KeysSchema = kinds(
  [
    kind('none', {}),
    kind('distinct', {}),
    kind('round-robin', { count: keyCount }),
    kind('uniform', { count: keyCount }),
    kind('zipf', {
      count: keyCount,
      exponent: Type.Number({ minimum: 0, maximum: 5, description: '0 is uniform; 1 is the classic law' })
    })
  ],
  {
    description:
      'Keys, which decide the partition. distinct (default): the trace of a log event, or one of 8,192 random keys; none: records stay with a partition until its batch is full',
    examples: [{ kind: 'zipf', count: 10_000, exponent: 1 }]
  }
)
export type Keys = Static<typeof KeysSchema>

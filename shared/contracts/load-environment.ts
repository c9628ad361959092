import { type Static, Type } from 'typebox'

const hash = (description: string, example: string) =>
  Type.String({ pattern: '^[0-9a-f]{16}$', description, examples: [example] })

/** Identifies what a workload does, apart from its name, description and thresholds. */
export const WorkloadHashSchema = hash('The same for runs of the same workload', '5f3a9c0d1e2b4a68')

/** What a run was measured in. Runs with equal hashes may be compared. */
export const FingerprintSchema = Type.Object(
  {
    hash: hash('Of all parts', '91b0c47d2f6e8a35'),
    parts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), {
      description:
        'brokers, broker.*, topic.*, client.* and machine.* by name; null: could not be read, which the hash includes',
      examples: [{ 'broker.num.io.threads': '8', 'topic.partitions': '12', 'machine.cores': '4' }]
    })
  },
  { additionalProperties: false }
)
export type Fingerprint = Static<typeof FingerprintSchema>

import type { Produce, ProduceResult, RecordInput, WrittenRecord } from '#shared/contracts/messages.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { type RecordToWrite, type RecordWriter, type WriteResult, weigh } from '#shared/kafka/records/port.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import { assertPolicies, type NamedPolicy, policyWarnings, recordBreaches } from '../policies/topic-policies.ts'

export interface ProduceOptions {
  dryRun: boolean
  deadlineMs: number
  reserved: Pick<ReservedTopics, 'refusal'>
  /** Those of the installed catalogs. */
  policies: () => Promise<NamedPolicy[]>
}

type Encoding = NonNullable<RecordInput['valueEncoding']>

/**
 * Writes records with acks=all and reports the position of each.
 * @throws KopsError topic_protected, policy_broken, topic_not_found, validation_failed, record_too_large, not_enough_replicas or
 * Kafka's error, if none of them was written
 */
export async function produceRecords(
  writer: RecordWriter,
  topic: string,
  { records: inputs }: Produce,
  { dryRun, deadlineMs, reserved, policies }: ProduceOptions
): Promise<ProduceResult> {
  assertNotReserved(reserved, topic, 'write')
  const records = inputs.map(toRecord)
  const sizes = records.map(weigh)
  const known = await policies()
  const breaches = records.flatMap(({ headers }, index) =>
    recordBreaches(
      topic,
      { headers: headers.map(([name]) => name), bytes: sizes[index] ?? 0 },
      `records.${index}`,
      known
    )
  )
  assertPolicies(breaches)
  const warnings = policyWarnings(topic, breaches)
  if (dryRun) {
    const places = await writer.place(topic, records)
    const planned = places.map(
      (partition, index): WrittenRecord => ({
        partition,
        offset: null,
        status: 'planned',
        sizeBytes: sizes[index] ?? 0
      })
    )
    return { topic, action: 'produce', records: planned, dryRun, applied: false, warnings }
  }
  const results = await writer.write(topic, records, { deadlineMs })
  const [first] = results
  if (first !== undefined && 'error' in first && results.every(({ status }) => status === 'refused')) throw first.error
  const written = results.map((result, index) => toWritten(result, sizes[index] ?? 0))
  const applied = results.every(({ status }) => status === 'acknowledged')
  return { topic, action: 'produce', records: written, dryRun, applied, warnings }
}

function toWritten(result: WriteResult, sizeBytes: number): WrittenRecord {
  const { partition, status } = result
  if (result.status === 'acknowledged') return { partition, offset: result.offset, status, sizeBytes }
  const { code, message } = result.error
  return { partition, offset: null, status, sizeBytes, error: { code, detail: message } }
}

function toRecord(input: RecordInput, index: number): RecordToWrite {
  const at = (field: string) => `records.${index}.${field}`
  return {
    partition: input.partition,
    key: toBytes(input.key, input.keyEncoding, at('key')),
    value: toBytes(input.value, input.valueEncoding, at('value')),
    headers: (input.headers ?? []).map(({ name, value, encoding }, nth) => [
      name,
      toBytes(value, encoding ?? 'text', at(`headers.${nth}.value`))
    ])
  }
}

/** @throws KopsError validation_failed on the field whose content does not match its encoding */
function toBytes(content: unknown, encoding: Encoding | undefined, field: string): Buffer | null {
  if (content === undefined || content === null) return null
  switch (encoding ?? (typeof content === 'string' ? 'text' : 'json')) {
    case 'json':
      return Buffer.from(JSON.stringify(content))
    case 'text':
      if (typeof content !== 'string')
        throw fieldError('validation_failed', field, 'must be a string for the text encoding')
      return Buffer.from(content)
    case 'base64': {
      const bytes = typeof content === 'string' ? Buffer.from(content, 'base64') : undefined
      if (bytes === undefined || bytes.toString('base64').replace(/=+$/, '') !== String(content).replace(/=+$/, '')) {
        throw fieldError('validation_failed', field, 'is not base64')
      }
      return bytes
    }
    default:
      throw new KopsError('validation_failed', `${field}: unknown encoding`)
  }
}

import { setImmediate as turn } from 'node:timers/promises'
import Value from 'typebox/value'
import { jobOf, KeptDrillSchema, type KeptJob, KeptRunSchema } from '#shared/contracts/kept-job.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import { parseJson } from '#shared/json.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { RecordReader, RecordToWrite, RecordWriter } from '#shared/kafka/records/port.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { retry } from '#shared/poll.ts'
import type { JobsTopic } from '../domain/kept-jobs.ts'

export interface JobsTopicOptions {
  name: string
  records: Pick<RecordReader, 'readBackwards' | 'close'>
  writer: Pick<RecordWriter, 'write' | 'close'>
  admin: Pick<TopicAdmin, 'createTopic'>
  reader: Pick<ClusterReader, 'metadata'>
  /** Of the bootstrap servers: the cluster has as many brokers at least. */
  brokers: number
  /** Number of jobs that a reading returns. */
  most: number
}

/** Of a record; a topic takes a million by default. */
const mostBytes = 900_000
/** Of a reading. */
const readBytes = 67_108_864
const readDeadlineMs = 15_000
const writeDeadlineMs = 5000
const createTimeoutMs = 8000
const metadataDeadlineMs = 3000
/** An id names files, too. */
const idShape = /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/

/**
 * The JobsTopic port: one compacted partition, because jobs are few and their order is that of time. A record is the JSON of a
 * load test or a drill.
 */
export function createJobsTopic({ name, records, writer, admin, ...options }: JobsTopicOptions): JobsTopic {
  async function append(record: RecordToWrite): Promise<void> {
    const [result] = await writer.write(name, [record], { deadlineMs: writeDeadlineMs })
    if (result?.status !== 'acknowledged') throw result?.error ?? new KopsError('kafka_timeout', 'no answer')
  }

  async function makeTopic(): Promise<void> {
    const { value } = await options.reader.metadata({ deadlineMs: metadataDeadlineMs })
    const replicationFactor = Math.min(3, Math.max(value.brokers.length, options.brokers))
    const configs = { 'cleanup.policy': 'compact', 'min.insync.replicas': String(Math.min(2, replicationFactor)) }
    const limits = { validateOnly: false, timeoutMs: createTimeoutMs }
    await admin.createTopic({ name, partitions: 1, replicationFactor, configs }, limits).catch((error: unknown) => {
      if (!isKopsError(error, 'topic_exists')) throw error
    })
  }

  return {
    async write(id, kept) {
      const value = kept && encode(kept)
      const record = { partition: 0, key: Buffer.from(id), value, headers: [] }
      const isMissing = (error: unknown) => isKopsError(error, 'topic_not_found')
      await append(record).catch(async (error: unknown) => {
        if (!isMissing(error)) throw error
        await makeTopic()
        // Brokers learn of a new topic a moment after the controller has created it.
        await retry(() => append(record), isMissing, { timeoutMs: createTimeoutMs, pauseMs: 200 })
      })
    },

    async read(signal) {
      const found = new Map<string, Buffer | null>()
      let left = options.most
      const bounds = { isolation: 'read_uncommitted', bytes: readBytes, deadlineMs: readDeadlineMs, signal } as const
      const outcome = await records
        .readBackwards(name, bounds, ({ key, value }) => {
          const id = key?.toString() ?? ''
          if (found.has(id)) return true
          found.set(id, value)
          if (value !== null) left -= 1
          return left > 0
        })
        .catch((error: unknown) => {
          if (isKopsError(error, 'topic_not_found')) return undefined
          throw error
        })
      const unknown = outcome?.partitions.find(({ reason }) => reason !== undefined)
      if (unknown) throw new KopsError('topic_not_ready', `${name} cannot be read: ${unknown.reason}`)
      const jobs: KeptJob[] = []
      const unreadable: string[] = []
      for (const [id, value] of found) {
        if (value === null) continue
        const kept = decode(id, value)
        if (kept) jobs.push(kept)
        else unreadable.push(id)
        await turn()
      }
      return { jobs, unreadable, isCut: outcome?.partitions.some(({ finished }) => !finished) ?? false }
    },

    async close() {
      await Promise.all([records.close(), writer.close()])
    }
  }
}

/** @throws KopsError record_too_large */
function encode(kept: KeptJob): Buffer {
  const value = shorter(kept)
    .map((each) => Buffer.from(JSON.stringify(each)))
    .find(({ length }) => length <= mostBytes)
  if (!value) throw new KopsError('record_too_large', `${jobOf(kept).id} has more than ${mostBytes} bytes`)
  return value
}

/** A job with all its detail, and with ever less of it. */
function shorter(kept: KeptJob): KeptJob[] {
  if ('run' in kept) {
    const { run, seconds, ...rest } = kept
    return [kept, { run, ...rest }, { run }]
  }
  const { partitions, rates, ...rest } = kept.drill
  return [kept, { drill: rest }]
}

/** undefined for what is no ended job of this id, or none of this version. */
function decode(id: string, value: Buffer): KeptJob | undefined {
  const kept = parseJson(value.toString())
  if (!idShape.test(id) || !isKept(kept)) return undefined
  const job = jobOf(kept)
  return job.id === id && hasEnded(job) ? kept : undefined
}

function isKept(value: unknown): value is KeptJob {
  return Value.Check(KeptRunSchema, value) || Value.Check(KeptDrillSchema, value)
}

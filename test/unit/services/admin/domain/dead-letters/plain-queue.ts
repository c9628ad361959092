import { discardLetters } from '#services/admin/domain/dead-letters/discard.ts'
import { type ReplayOptions, replayLetters } from '#services/admin/domain/dead-letters/replay.ts'
import { parseMaskingRules } from '#services/admin/domain/messages/masking-rules.ts'
import type { Discard, Replay } from '#shared/contracts/dead-letter-changes.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { LogRecord, RecordToWrite } from '#shared/kafka/records/port.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import {
  createDecisionLog,
  createDecisionWriter,
  decisionTopicSpec
} from '#shared/streams/dead-letters/decision-log.ts'
import { plainLog } from '../../../../shared/streams/dead-letters/plain-log.ts'

export const queue = 'orders.dlq'
export const decisionTopic = 'kops-dead-letters'

/** A cluster in memory with `orders` (3 partitions) and its queue (2), and a clock that tests move. */
export function plainQueue() {
  const log = plainLog()
  log.create('orders', 3)
  log.create(queue, 2)
  const configs = new Map<string, Record<string, string>>()
  const clock = { ms: Date.parse('2026-01-31T12:00:00Z'), slept: 0 }
  const reader: Pick<ClusterReader, 'metadata' | 'offsets' | 'topicConfigs' | 'recordTimes'> = {
    async metadata({ topics = [...log.topics.keys()] }) {
      const there = topics.filter((name) => log.topics.has(name)).map(log.metadata)
      return { value: { clusterId: null, controllerId: 1, brokers: [], topics: there }, warnings: [] }
    },
    async offsets(topics) {
      const value = topics.flatMap(({ name }) =>
        (log.topics.get(name)?.partitions ?? []).map((records, partition) => ({
          topic: name,
          partition,
          logStartOffset: log.topics.get(name)?.starts[partition] ?? 0,
          logEndOffset: (records.at(-1)?.offset ?? -1) + 1
        }))
      )
      return { value, warnings: [] }
    },
    async topicConfigs(names) {
      const of = (name: string) =>
        Object.entries(configs.get(name) ?? {}).map(([name, value]) => ({
          name,
          value,
          source: 'dynamic_topic',
          readOnly: false,
          sensitive: false
        }))
      return { value: new Map(names.map((name) => [name, of(name)])), warnings: [] }
    },
    async recordTimes(places) {
      const value = places.flatMap((place) => {
        const record = log.topics.get(place.topic)?.partitions[place.partition]?.[place.offset]
        return record ? [{ ...place, timestampMs: record.timestampMs }] : []
      })
      return { value, warnings: [] }
    }
  }
  const timing = {
    now: () => new Date(clock.ms),
    monotonicMs: () => clock.ms,
    async sleep(ms: number) {
      clock.slept += ms
      clock.ms += ms
    },
    turn: async () => {},
    deadlineMs: 1000,
    waitMs: 1000,
    changeTimeoutMs: 1000
  }

  /** What a service has after its start: nothing but what the log says. */
  function start() {
    const decisions = createDecisionLog(log.reader, decisionTopic)
    const write = createDecisionWriter({
      writer: log.writer,
      admin: {
        async createTopic({ name, partitions }) {
          log.create(name, partitions)
        }
      },
      book: decisions.book,
      topic: decisionTopicSpec(decisionTopic, 3),
      deadlineMs: 1000,
      clock: timing
    })
    const reserved = createReservedTopics({ auditTopic: 'audit-logs' })
    const ports = { reader, records: log.reader, writer: log.writer, decisions, write, reserved }
    const common = { by: 'alice', rules: parseMaskingRules(''), passBytes: 1_000_000, maxMs: 30_000, timing }
    return {
      ports,
      replay: (request: Replay = {}, options: Partial<ReplayOptions> = {}) =>
        replayLetters(ports, queue, request, {
          ...common,
          dryRun: false,
          granted: undefined,
          mostReplays: 3,
          signal: new AbortController().signal,
          ...options
        }),
      discard: (request: Discard = {}, dryRun = false) => discardLetters(ports, queue, request, { ...common, dryRun })
    }
  }

  return {
    log,
    configs,
    clock,
    reader,
    timing,
    start,
    /** A letter of Kafka's own format (KIP-1191) that came from a partition of `orders`. */
    letter(
      partition: number,
      value: string,
      more: Partial<RecordToWrite> & { from?: [topic: string, partition: number, offset: number] } = {}
    ) {
      const { from = ['orders', partition, 0], headers = [], ...record } = more
      const [topic, at, offset] = from
      return log.append(queue, partition, {
        key: Buffer.from(`k-${value}`),
        value: Buffer.from(value),
        timestampMs: clock.ms - 60_000,
        ...record,
        headers: [
          ...headers,
          ['__dlq.errors.topic', Buffer.from(topic)],
          ['__dlq.errors.partition', Buffer.from(String(at))],
          ['__dlq.errors.offset', Buffer.from(String(offset))],
          ['__dlq.errors.message', Buffer.from(`cannot do ${value}`)]
        ]
      })
    },
    written: (topic = 'orders'): LogRecord[] => log.topics.get(topic)?.partitions.flat() ?? []
  }
}

export const valuesOf = (records: readonly LogRecord[]) => records.map(({ value }) => value?.toString() ?? null).sort()

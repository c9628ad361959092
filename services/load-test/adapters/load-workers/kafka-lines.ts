import { fieldError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import { createGroupConsumer } from '#shared/kafka/consuming/group-consumer.ts'
import type { GroupConsumer, PartitionWork } from '#shared/kafka/consuming/port.ts'
import { createPartitionTail } from '#shared/kafka/records/partition-tail.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import type { Announcement, ShareOrder, WorkerReport } from '../../domain/load-workers/messages.ts'
import type { ServiceLine, WorkerLine } from '../../domain/load-workers/ports.ts'
import { controlTopics, ensureControlTopics, fromWorkers, toWorkers } from './control-topics.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createSeal } from './sealed-messages.ts'

export interface LineOptions {
  kafka: ConnectionOptions
  reader: Pick<ClusterReader, 'metadata'>
  admin: Pick<TopicAdmin, 'createTopic'>
  /** Name of the control topic. */
  topic: string
  secret: () => string
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

/** What brokers take in one batch by default, with room for its header. */
const largestOrder = 900_000
/** How often a worker looks whether the control topic is still there. */
const lookEveryMs = 2000

/** Each kind of message opens only as itself. */
function sealsOf({ secret, topic }: Pick<LineOptions, 'secret' | 'topic'>) {
  return {
    orders: createSeal<ShareOrder>(secret, `${topic} order`),
    announcements: createSeal<Announcement>(secret, `${topic} announcement`),
    reports: createSeal<WorkerReport>(secret, `${topic} report`)
  }
}

/** The ServiceLine port on Kafka: a tail of its own for each run. */
export function createServiceLine(options: LineOptions): ServiceLine {
  const { kafka, topic, onProblem } = options
  const topics = controlTopics(topic)
  const seals = sealsOf(options)
  return {
    async open(onReport) {
      await ensureControlTopics(topics, options)
      const tail = createPartitionTail({
        ...kafka,
        topic: topics.talk,
        partition: fromWorkers,
        onRecord: ({ value }) => {
          const report = value && seals.reports.open(value.toString())
          if (report) onReport(report)
        }
      })
      const writer = createRecordWriter(kafka)
      const onDropped = (error: unknown) => onProblem(error, 'could not write to load workers')
      const talk = createOutbox({ writer, topic: topics.talk, partition: toWorkers, onDropped })
      const orders = new Map<number, Outbox>()
      const close = async () => {
        await Promise.all([tail.close(), talk.close(), ...Array.from(orders.values(), (each) => each.close())])
        await writer.close()
      }
      await tail.open().catch(async (error: unknown) => {
        await close()
        throw error
      })
      return {
        order(partition, order) {
          const text = seals.orders.seal(order)
          if (text.length > largestOrder) {
            const message = `makes the workload too large for load workers: ${text.length} bytes in their topic, and ${largestOrder} are possible`
            throw fieldError('validation_failed', 'payload.lines', message)
          }
          const box = orders.get(partition) ?? createOutbox({ writer, topic: topics.orders, partition, onDropped })
          orders.set(partition, box)
          box.put(text)
        },
        announce: (announcement) => talk.put(seals.announcements.seal(announcement)),
        close
      }
    }
  }
}

/** The WorkerLine port on Kafka: a member of the group for orders, and a tail for what is for all. */
export function createWorkerLine(options: LineOptions): WorkerLine {
  const { kafka, topic, reader, onProblem } = options
  const topics = controlTopics(topic)
  const seals = sealsOf(options)
  const writer = createRecordWriter(kafka)
  const onDropped = (error: unknown) => onProblem(error, 'could not report to load-test-service')
  const reports = createOutbox({ writer, topic: topics.talk, partition: fromWorkers, onDropped })
  let partitions: number[] = []
  let tail: ReturnType<typeof createPartitionTail> | undefined
  let member: GroupConsumer | undefined

  return {
    async open({ onOrder, onAnnouncement }) {
      await ensureControlTopics(topics, options)
      tail = createPartitionTail({
        ...kafka,
        topic: topics.talk,
        partition: toWorkers,
        onRecord: ({ value }) => {
          const announcement = value && seals.announcements.open(value.toString())
          if (announcement) onAnnouncement(announcement)
        }
      })
      await tail.open()
      member = createGroupConsumer({
        ...kafka,
        group: topics.group,
        topics: [topics.orders],
        // No order is missed between joining and the first fetch; one of an earlier run is never started.
        fromBeginning: true,
        lookEveryMs,
        existing: async (names) => {
          const { value } = await reader.metadata({ topics: [...names], deadlineMs: lookEveryMs })
          return value.topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }))
        },
        createWork: (_topic, _partition, from) =>
          orderWork(from, (value) => {
            const order = seals.orders.open(value)
            if (order) onOrder(order)
          }),
        onProblem,
        onAssigned: (assigned) => {
          partitions = assigned.flatMap((each) => each.partitions)
        }
      })
      member.start()
    },
    partitions: () => partitions,
    report: (report) => reports.put(seals.reports.seal(report)),
    async close() {
      await reports.close()
      await Promise.all([member?.close(), tail?.close()])
      await writer.close()
    }
  }
}

/** Orders are taken as they come: they wait for nothing, and nothing is done with them here. */
function orderWork(from: number, onValue: (value: string) => void): PartitionWork {
  let mark = from
  return {
    take(records, nextOffset) {
      for (const { value } of records) if (value !== null) onValue(value.toString())
      mark = nextOffset
    },
    paused: false,
    get mark() {
      return mark
    },
    async room() {},
    async hold() {},
    release() {},
    async stop() {}
  }
}

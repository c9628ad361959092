import type { Clock } from '#shared/clock.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { PartitionMetadata } from '#shared/kafka/model.ts'
import type { ProbeChannel } from '#shared/kafka/probe/port.ts'

const topic = 'kops-probe'

/** A cluster as the probe sees one, in memory. Tests change its fields while the probe runs. */
export interface PlainChannel extends ProbeChannel {
  brokers: Set<number>
  /** null: the topic does not exist. */
  partitions: PartitionMetadata[] | null
  topicId: string
  logs: Map<number, { offset: number; id: string }[]>
  /** Called before each write; its error or delay is the broker's answer. */
  onWrite: (record: { partition: number; leader: number }) => void | Promise<void>
  onRead: (leader: number) => void | Promise<void>
  onLook: () => void
  /** Acknowledged records of these partitions are not kept. */
  forgetful: Set<number>
  changes: string[]
  closed: boolean
}

export function plainChannel(clock: Clock, brokerIds: number[]): PlainChannel {
  const closing = new AbortController()
  const nextOffsets = new Map<number, number>()
  const waiting = new Set<() => void>()
  const addPartitions = (assignment: number[][]) => {
    channel.partitions ??= []
    for (const replicas of assignment) {
      const partition = channel.partitions.length
      const [leader = null] = replicas
      channel.partitions.push({ partition, leader, leaderEpoch: 0, replicas, isr: replicas, offlineReplicas: [] })
    }
  }
  const channel: PlainChannel = {
    topic,
    brokers: new Set(brokerIds),
    partitions: null,
    topicId: 'first',
    logs: new Map(),
    onWrite: () => {},
    onRead: () => {},
    onLook: () => {},
    forgetful: new Set(),
    changes: [],
    closed: false,

    async look() {
      channel.onLook()
      const { partitions, topicId } = channel
      return {
        brokers: Array.from(channel.brokers, (id) => ({ id, rack: null })),
        topic: partitions && { name: topic, id: topicId, internal: false, partitions: structuredClone(partitions) }
      }
    },
    async createTopic(assignment) {
      channel.changes.push('create')
      addPartitions(assignment)
    },
    async addPartitions(_total, added) {
      channel.changes.push(`add ${JSON.stringify(added)}`)
      addPartitions(added)
    },
    async electPreferred(partitions) {
      channel.changes.push(`elect ${partitions}`)
      for (const partition of partitions) {
        const metadata = channel.partitions?.[partition]
        if (metadata) metadata.leader = metadata.replicas[0] ?? null
      }
    },
    async offsets({ partition }) {
      const log = channel.logs.get(partition) ?? []
      const end = nextOffsets.get(partition) ?? 0
      return { start: log[0]?.offset ?? end, end }
    },
    async write({ partition, leader, id }) {
      const answer = channel.onWrite({ partition, leader })
      if (answer) await Promise.race([answer, aborted(closing.signal)])
      const offset = nextOffsets.get(partition) ?? 0
      nextOffsets.set(partition, offset + 1)
      if (!channel.forgetful.has(partition)) {
        channel.logs.set(partition, [...(channel.logs.get(partition) ?? []), { offset, id }])
      }
      for (const wake of waiting) wake()
      waiting.clear()
      return offset
    },
    async read(leader, positions, { waitMs, signal = closing.signal }) {
      const answer = channel.onRead(leader)
      if (answer) await Promise.race([answer, aborted(signal)])
      const newer = () =>
        positions.map(({ partition, offset }) => {
          const log = channel.logs.get(partition) ?? []
          const [first] = log
          if (first && first.offset > offset) {
            const error = new KopsError('kafka_refused', 'Reading', { kafkaError: 'OFFSET_OUT_OF_RANGE' })
            return { partition, error }
          }
          const records = log.filter((record) => record.offset >= offset)
          const nextOffset = Math.max(offset, ...records.map((record) => record.offset + 1))
          return { partition, error: null, ids: records.map(({ id }) => id), nextOffset }
        })
      if (newer().every((read) => read.error === null && read.ids.length === 0)) {
        const written = new Promise<void>((resolve) => waiting.add(resolve))
        await Promise.race([clock.sleep(waitMs, signal), written])
      }
      return newer()
    },
    async close() {
      channel.closed = true
      closing.abort(new KopsError('cluster_unreachable', 'closed'))
    }
  }
  return channel
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

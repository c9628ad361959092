import { isDeepStrictEqual } from 'node:util'
import { protocolErrors } from '@platformatic/kafka'
import t from 'tap'
import type { BrokerLink } from '#shared/kafka/connection/link.ts'
import type { FetchedPartition } from '#shared/kafka/protocol/fetch.ts'
import type { OffsetRange, RangeReading } from '#shared/kafka/verifying/port.ts'
import { rangeReaderOf } from '#shared/kafka/verifying/range-reader.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { checked, fetchPlain, plainBatch } from '../records/plain-batches.ts'

const [fetchKey, listOffsetsKey] = [1, 2]
const recordsPerBatch = 5

interface Fetch {
  broker: number
  partitions: { partition: number; fetchOffset: bigint }[]
}

/** A cluster of two brokers: partition p is led by broker p % 2, until a test changes that. */
function createCluster(ends: number[], { firstOffset = 0, batch = plainBatch }: Partial<ClusterOptions> = {}) {
  const leaders = ends.map((_, partition) => partition % 2)
  const logs = { leaders, ends, firstOffset, recordsPerBatch, batch }
  const fetches: Fetch[] = []
  /** Changes the answer to a fetch. */
  const hooks: {
    onFetch: (fetch: Fetch) => FetchedPartition[] | undefined
    /** Partitions of which metadata say that they have no leader, or another one. */
    leaderless?: number | undefined
    stale?: number | undefined
  } = { onFetch: () => undefined }

  function link(broker: number): BrokerLink {
    const request = async (versions: readonly { key: number }[], args: unknown[]): Promise<never> => {
      if (versions[0]?.key === listOffsetsKey) {
        const [, , topics] = args as [number, number, { name: string; partitions: Asked[] }[]]
        const answer = topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, timestamp }) => ({
            partitionIndex,
            errorCode: 0,
            offset: BigInt(timestamp === -2n ? firstOffset : (ends[partitionIndex] ?? 0))
          }))
        }))
        return { topics: answer } as never
      }
      if (versions[0]?.key !== fetchKey) throw new Error(`API ${versions[0]?.key} is not expected`)
      const [{ partitions }] = args[6] as [Fetch]
      const fetch = { broker, partitions }
      fetches.push(fetch)
      const answer = partitions.map(({ partition, fetchOffset }) =>
        fetchPlain(logs, { broker, partition, offset: Number(fetchOffset) })
      )
      return (hooks.onFetch(fetch) ?? answer) as never
    }
    return { endpoint: { host: 'kafka', port: 9092 }, offers: () => undefined, close: () => {}, request }
  }

  const reader = rangeReaderOf({
    async metadata() {
      const place = { leaderEpoch: null, replicas: [], isr: [], offlineReplicas: [] }
      const partitions = leaders.map((leader, partition) => ({
        partition,
        leader: partition === hooks.leaderless ? null : partition === hooks.stale ? 1 - leader : leader,
        ...place
      }))
      return { clusterId: null, controllerId: null, brokers: [], topics: [{ name: 'x', internal: false, partitions }] }
    },
    link,
    close: () => {}
  })
  return { reader, leaders, fetches, hooks }
}

interface Asked {
  partitionIndex: number
  timestamp: bigint
}

interface ClusterOptions {
  firstOffset: number
  batch: (base: number, count: number, codec: number) => Buffer
}

/** Reads, and gathers what the reader shows. */
async function readAll(
  { reader }: ReturnType<typeof createCluster>,
  ranges: OffsetRange[],
  { stallMs = 10_000, signal = new AbortController().signal } = {}
) {
  const offsets = new Map<number, number[]>()
  const unreadable: [partition: number, from: number, to: number][] = []
  const readings: RangeReading[] = []
  /** With the value of another one. */
  const strange: number[] = []
  await reader.read('x', ranges, {
    stallMs,
    signal,
    onRecord(partition, { offset, bytes, valueStart, valueEnd }) {
      if (!bytes.toString('utf8', valueStart, valueEnd).startsWith(`v${offset}`)) strange.push(offset)
      offsets.set(partition, [...(offsets.get(partition) ?? []), offset])
    },
    onUnreadable: (partition, { from, to }) => unreadable.push([partition, from, to]),
    onEnd: (reading) => readings.push(reading)
  })
  if (strange.length > 0) throw new Error(`other values at ${strange}`)
  readings.sort((a, b) => a.partition - b.partition)
  return { offsets, unreadable, readings }
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

t.test('it shows each record of the ranges once, in order, and nothing outside of them', async (t) => {
  const ends = numbers(20, 40)
  const cluster = createCluster(ends)
  t.same(
    (await cluster.reader.offsets('x', new AbortController().signal)).map(({ from, to }) => [from, to]).sort(),
    ends.map((end) => [0, end])
  )
  const ranges = ends.map((end, partition) => ({ partition, from: 3, to: end - 4 }))
  const { offsets, readings } = await readAll(cluster, [...ranges, { partition: 0, from: 7, to: 7 }].slice(0, 20))
  for (const { partition, from, to } of ranges) t.same(offsets.get(partition), numbers(from, to))
  t.same(
    readings,
    ranges.map((range) => ({ ...range, readUpTo: range.to, gone: [] }))
  )
  const most = Math.max(...cluster.fetches.map(({ partitions }) => partitions.length))
  t.equal(most, 4, 'few partitions are read at a time')
})

t.test('an empty range ends at once', async (t) => {
  const { readings } = await readAll(createCluster([9]), [{ partition: 0, from: 9, to: 9 }])
  t.same(readings, [{ partition: 0, from: 9, to: 9, readUpTo: 9, gone: [] }])
})

t.test('it follows a leader that moves, and shows no record twice', async (t) => {
  const cluster = createCluster([30, 30])
  cluster.hooks.onFetch = () => {
    if (cluster.fetches.length === 3) cluster.leaders.reverse()
    return undefined
  }
  const { offsets, readings } = await readAll(cluster, [
    { partition: 0, from: 0, to: 30 },
    { partition: 1, from: 0, to: 30 }
  ])
  t.same(offsets.get(0), numbers(0, 30))
  t.same(offsets.get(1), numbers(0, 30))
  t.notOk(readings.some(({ failure }) => failure))
})

t.test(
  'whatever brokers answer while leaders move, each record is shown once and in order, and nothing else',
  async (t) => {
    const seen = new Set<string>()
    await Promise.all(numbers(0, 60).map((seed) => readThroughFaults(seed, (what) => seen.add(what))))
    for (const what of faults) t.ok(seen.has(what), what)
  }
)

const faults = ['moved', 'no leader', 'stale', 'refused', 'broken', 'empty', 'several batches', 'cut short'] as const
/** What a broker may say of a partition instead of its records. */
const refusals = ['NOT_LEADER_OR_FOLLOWER', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH', 'UNKNOWN_TOPIC_OR_PARTITION']

async function readThroughFaults(seed: number, note: (what: (typeof faults)[number]) => void): Promise<void> {
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const ends = numbers(0, 5).map(() => 20 + below(60))
  const cluster = createCluster(ends)
  const { leaders, hooks } = cluster
  let left = 12
  const isDue = (what: (typeof faults)[number]) => {
    if (left === 0 || random() > 0.06) return false
    left -= 1
    note(what)
    return true
  }
  hooks.onFetch = ({ broker, partitions }) => {
    const partition = below(ends.length)
    if (isDue('moved')) leaders[partition] = 1 - (leaders[partition] ?? 0)
    if (isDue('no leader')) hooks.leaderless = partition
    else hooks.leaderless = undefined
    // Metadata of a broker that has not heard of the move yet.
    if (isDue('stale')) hooks.stale = partition
    else hooks.stale = undefined
    if (isDue('broken')) throw new Error('the connection broke')
    return partitions.map(({ partition, fetchOffset }) => {
      const offset = Number(fetchOffset)
      const answer = fetchPlain({ leaders, ends, firstOffset: 0, recordsPerBatch }, { broker, partition, offset })
      const { records } = answer
      if (!records || records.length === 0) return answer
      if (isDue('refused')) {
        const errorCode = protocolErrors[refusals[below(refusals.length)] ?? '']?.code ?? 1
        return { ...answer, records: null, errorCode }
      }
      // The high watermark of a new leader is behind for a moment.
      if (isDue('empty')) return { ...answer, records: Buffer.alloc(0) }
      const next = offset - (offset % recordsPerBatch) + recordsPerBatch
      if (next >= (ends[partition] ?? 0)) return answer
      const following = plainBatch(next, Math.min(recordsPerBatch, (ends[partition] ?? 0) - next), 2)
      if (isDue('several batches')) return { ...answer, records: Buffer.concat([records, following]) }
      if (isDue('cut short')) {
        return { ...answer, records: Buffer.concat([records, following.subarray(0, below(following.length))]) }
      }
      return answer
    })
  }
  const ranges = ends.map((end, partition) => ({ partition, from: below(15), to: end - below(5) }))
  const { offsets, unreadable, readings } = await readAll(cluster, ranges)
  const expected = ranges.map(({ from, to }) => numbers(from, to))
  const found = { seed, unreadable, offsets: ranges.map(({ partition }) => offsets.get(partition)) }
  if (!isDeepStrictEqual(found, { seed, unreadable: [], offsets: expected })) throw new Error(JSON.stringify(found))
  if (readings.some(({ readUpTo, to, gone }) => readUpTo !== to || gone.length > 0)) throw new Error(`seed ${seed}`)
}

t.test('what the log no longer has is gone, and the rest is read', async (t) => {
  const { offsets, readings } = await readAll(createCluster([30], { firstOffset: 10 }), [
    { partition: 0, from: 2, to: 30 }
  ])
  t.same(offsets.get(0), numbers(10, 30))
  t.match(readings, [{ readUpTo: 30, gone: [{ from: 2, to: 10 }] }])
})

t.test('a batch that cannot be decoded is reported, and what follows is read', async (t) => {
  const batch = (base: number, count: number, codec: number) => {
    const whole = plainBatch(base, count, codec)
    // The checksum is that of the broken bytes: the writer's client broke them.
    return base === 10 ? checked(Buffer.concat([whole.subarray(0, 61), Buffer.alloc(whole.length - 61, 0xee)])) : whole
  }
  const { offsets, unreadable, readings } = await readAll(createCluster([20], { batch }), [
    { partition: 0, from: 0, to: 20 }
  ])
  t.same(offsets.get(0), [...numbers(0, 10), ...numbers(15, 20)])
  t.same(unreadable, [[0, 10, 15]])
  t.match(readings, [{ readUpTo: 20 }])
})

t.test('what does not advance is given up with the reason, and the others are read', async (t) => {
  const cluster = createCluster([20, 20])
  cluster.hooks.onFetch = ({ broker }) => {
    if (broker === 1) throw new Error('it is away')
    return undefined
  }
  const ranges = [0, 1].map((partition) => ({ partition, from: 0, to: 20 }))
  const { readings } = await readAll(cluster, ranges, { stallMs: 100 })
  t.match(readings, [
    { partition: 0, readUpTo: 20 },
    { partition: 1, readUpTo: 0, failure: 'it is away' }
  ])
})

t.test('an abort ends it', async (t) => {
  const cluster = createCluster([20])
  const controller = new AbortController()
  cluster.hooks.onFetch = () => {
    controller.abort(new Error('enough'))
    throw new Error('broken off')
  }
  const reading = readAll(cluster, [{ partition: 0, from: 0, to: 20 }], { signal: controller.signal })
  await t.rejects(reading, { message: 'enough' })
})

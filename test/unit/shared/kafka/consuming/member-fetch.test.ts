import t from 'tap'
import type { BrokerLink } from '#shared/kafka/connection/link.ts'
import { createMemberFetch } from '#shared/kafka/consuming/member-fetch.ts'
import { consumerProfiles, defaultFetch, leastFetchWaitMs } from '#shared/kafka/consuming/port.ts'
import { simulatedClock } from '../../../simulated-clock.ts'
import { fetchPlain, plainBatch } from '../records/plain-batches.ts'

const listOffsetsKey = 2
const recordsPerBatch = 5

/** Two brokers; partition p is led by broker p % 2, until a test changes that, and has as many records as a test says. */
function simulation(ends: number[], firstOffset = 0, batch = plainBatch) {
  const leaders: (number | null)[] = ends.map((_, partition) => partition % 2)
  const logs = { leaders, ends, firstOffset, recordsPerBatch, batch }
  const { clock, drive } = simulatedClock()
  const delivered = new Map(ends.map((_, partition) => [partition, 0]))
  const fetched: { member: number; broker: number; partitions: number[]; maxWaitMs: unknown; minBytes: unknown }[] = []

  const linkOf =
    (member: number) =>
    (broker: number): BrokerLink => ({
      endpoint: { host: 'kafka', port: 9092 },
      offers: () => undefined,
      close: () => {},
      async request(versions: readonly { key: number }[], args: unknown[]): Promise<never> {
        if (versions[0]?.key === listOffsetsKey) {
          const [, , topics] = args as [number, number, { name: string; partitions: { partitionIndex: number }[] }[]]
          const offset = BigInt(firstOffset)
          return {
            topics: topics.map(({ name, partitions }) => ({
              name,
              partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0, offset }))
            }))
          } as never
        }
        const [{ partitions }] = args[6] as [{ partitions: { partition: number; fetchOffset: bigint }[] }]
        const [maxWaitMs, minBytes] = args
        fetched.push({ member, broker, partitions: partitions.map(({ partition }) => partition), maxWaitMs, minBytes })
        const answers = partitions.map(({ partition, fetchOffset }) =>
          fetchPlain(logs, { broker, partition, offset: Number(fetchOffset) })
        )
        // A broker holds an empty answer back.
        if (answers.every(({ errorCode, records }) => errorCode === 0 && records?.length === 0)) await clock.sleep(500)
        return answers as never
      }
    })

  function member(number: number, fetching = defaultFetch, wants?: (partition: number) => boolean) {
    const place = { leaderEpoch: null, replicas: [], isr: [], offlineReplicas: [] }
    const brokers = {
      link: linkOf(number),
      metadata: async () => {
        const partitions = leaders.map((leader, partition) => ({ partition, leader, ...place }))
        const topics = [{ name: 'x', internal: false, partitions }]
        return { clusterId: null, controllerId: null, brokers: [], topics }
      }
    }
    const places = { brokers, member: number, topic: 'x', fetching, delivered, clock }
    return createMemberFetch({ ...places, ...(wants && { wants }) })
  }
  return { member, leaders, ends, clock, drive, fetched, delivered }
}

/** What members got: the offsets of each partition in order. */
function createInbox() {
  const got = new Map<number, number[]>()
  const by: number[][] = []
  return {
    got,
    by,
    take({ member, partition, each }: { member: number; partition: number; each: Each }) {
      each(({ offset }) => {
        got.set(partition, [...(got.get(partition) ?? []), offset])
        const own = by[member] ?? []
        by[member] = [...own, offset]
      })
    },
    count: () => Array.from(got.values()).reduce((sum, { length }) => sum + length, 0)
  }
}
type Each = (visit: (record: { offset: number }) => void) => void

const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, nth) => from + nth)

t.test('a member gets every record of its partitions once and in order, from leaders that move', async (t) => {
  const { member, leaders, ends, clock, drive } = simulation([23, 12, 7])
  const inbox = createInbox()
  const fetch = member(0)
  fetch.assign([0, 1])
  const over = new AbortController()
  const running = fetch.run(async (delivery) => inbox.take(delivery), over.signal)
  const scenario = async () => {
    for (let round = 0; inbox.count() < 35 && round < 100; round += 1) await clock.sleep(20)
    leaders[0] = 1
    ends[0] = 41
    for (let round = 0; inbox.count() < 53 && round < 100; round += 1) await clock.sleep(20)
    over.abort()
    await running
  }
  await drive(scenario())
  t.same(
    inbox.got,
    new Map([
      [0, upTo(41)],
      [1, upTo(12)]
    ]),
    'and none of partitions that are not its own'
  )
})

t.test('who gets a partition goes on where the last one was', async (t) => {
  const { member, clock, drive, ends } = simulation([40, 40])
  const inbox = createInbox()
  const [one, two] = [member(0), member(1)]
  one.assign([0, 1])
  const over = new AbortController()
  // Slow enough that the partition changes hands in the middle.
  const onDelivery = async (delivery: Parameters<typeof inbox.take>[0]) => {
    inbox.take(delivery)
    await clock.sleep(100)
  }
  const running = [one, two].map((each) => each.run(onDelivery, over.signal))
  const scenario = async () => {
    await clock.sleep(350)
    one.assign([0])
    two.assign([1])
    ends[1] = 60
    for (let round = 0; inbox.count() < 100 && round < 100; round += 1) await clock.sleep(100)
    over.abort()
    await Promise.all(running)
  }
  await drive(scenario())
  t.same(
    inbox.got,
    new Map([
      [0, upTo(40)],
      [1, upTo(60)]
    ])
  )
  t.ok((inbox.by[0]?.length ?? 0) > 40 && (inbox.by[1]?.length ?? 0) > 20, 'both had some of it')
})

t.test('where retention was faster, it goes on with what is left', async (t) => {
  const { member, clock, drive } = simulation([20], 10)
  const inbox = createInbox()
  const fetch = member(0)
  fetch.assign([0])
  const over = new AbortController()
  const running = fetch.run(async (delivery) => inbox.take(delivery), over.signal)
  const scenario = async () => {
    for (let round = 0; inbox.count() < 10 && round < 100; round += 1) await clock.sleep(20)
    over.abort()
    await running
  }
  await drive(scenario())
  t.same(inbox.got.get(0), upTo(20, 10))
})

t.test('one that cannot process its records ends with that', async (t) => {
  const { member, drive } = simulation([20])
  const fetch = member(0)
  fetch.assign([0])
  const broken = async () => {
    throw new Error('cannot process')
  }
  await t.rejects(drive(fetch.run(broken, new AbortController().signal)), { message: 'cannot process' })
})

t.test('a member fetches as its profile says, and never without any waiting', async (t) => {
  for (const profile of Object.values(consumerProfiles)) {
    const { member, clock, drive, fetched } = simulation([3])
    const inbox = createInbox()
    const fetch = member(0, profile)
    fetch.assign([0])
    const over = new AbortController()
    const running = fetch.run(async (delivery) => inbox.take(delivery), over.signal)
    const scenario = async () => {
      for (let round = 0; inbox.count() < 3 && round < 100; round += 1) await clock.sleep(20)
      over.abort()
      await running
    }
    await drive(scenario())
    t.match(fetched[0], profile)
    t.ok(profile.maxWaitMs >= leastFetchWaitMs)
  }
})

t.test('a partition that is paused holds up no other, and is fetched again when it is not', async (t) => {
  const { member, clock, drive } = simulation([40, 40, 40])
  const inbox = createInbox()
  const paused = new Set<number>()
  const fetch = member(0, defaultFetch, (partition) => !paused.has(partition))
  fetch.assign([0, 1, 2])
  const over = new AbortController()
  const running = fetch.run(async (delivery) => {
    inbox.take(delivery)
    if (delivery.partition === 0 && delivery.nextOffset === 10) paused.add(0)
    if (delivery.partition === 1 && delivery.nextOffset === 10) paused.add(1)
  }, over.signal)
  const scenario = async () => {
    await clock.sleep(2000)
    t.same(
      [0, 1, 2].map((partition) => inbox.got.get(partition)?.length),
      [10, 10, 40],
      'also where it is the only one of its leader'
    )
    paused.clear()
    await clock.sleep(2000)
    over.abort()
    await running
  }
  await drive(scenario())
  for (const partition of [0, 1, 2]) t.same(inbox.got.get(partition), upTo(40))
})

t.test('a partition without a leader is fetched once it has one', async (t) => {
  const { member, leaders, clock, drive } = simulation([10, 10])
  const inbox = createInbox()
  leaders[1] = null
  const fetch = member(0)
  fetch.assign([0, 1])
  const over = new AbortController()
  const running = fetch.run(async (delivery) => inbox.take(delivery), over.signal)
  const scenario = async () => {
    await clock.sleep(3000)
    t.same(inbox.got.get(0), upTo(10))
    t.equal(inbox.got.get(1), undefined)
    leaders[1] = 0
    await clock.sleep(3000)
    over.abort()
    await running
  }
  await drive(scenario())
  t.same(inbox.got.get(1), upTo(10))
})

t.test(
  'records come with all their parts, from the first that is wanted, and those that cannot be read are named',
  async (t) => {
    const broken = (baseOffset: number, count: number, codec?: number) => {
      const bytes = plainBatch(baseOffset, count, codec)
      if (baseOffset === 5) bytes[70] = (bytes[70] ?? 0) ^ 0xff
      return bytes
    }
    const { member, clock, drive, delivered } = simulation([15], 0, broken)
    delivered.set(0, 2)
    const fetch = member(0)
    fetch.assign([0])
    const over = new AbortController()
    const got: [offset: number, key: string][] = []
    const lost: object[] = []
    const running = fetch.run(async ({ each, record, unreadable }) => {
      each((view) => void got.push([view.offset, String(record(view).key)]))
      lost.push(...unreadable)
    }, over.signal)
    const scenario = async () => {
      for (let round = 0; got.length < 8 && round < 100; round += 1) await clock.sleep(20)
      over.abort()
      await running
    }
    await drive(scenario())
    t.same(
      got,
      [2, 3, 4, 10, 11, 12, 13, 14].map((offset) => [offset, `k${offset}`])
    )
    t.match(lost, [{ from: 5, to: 10, reason: 'its checksum is wrong' }])
  }
)

t.test('who moves back in a partition gets everything from there, and nothing of a fetch under way', async (t) => {
  const { member, clock, drive, delivered } = simulation([60])
  const inbox = createInbox()
  const fetch = member(0)
  fetch.assign([0])
  const over = new AbortController()
  let moves = 0
  const running = fetch.run(async (delivery) => {
    inbox.take(delivery)
    if (delivery.nextOffset !== 30 || moves > 0) return
    moves += 1
    inbox.got.clear()
    delivered.set(0, 12)
  }, over.signal)
  const scenario = async () => {
    for (let round = 0; (inbox.got.get(0)?.at(-1) ?? 0) < 59 && round < 100; round += 1) await clock.sleep(20)
    over.abort()
    await running
  }
  await drive(scenario())
  t.equal(moves, 1)
  t.same(inbox.got.get(0), upTo(60, 12))
})

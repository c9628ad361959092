import t from 'tap'
import type { BrokerLink } from '#shared/kafka/connection/link.ts'
import { createTopicsMember } from '#shared/kafka/consuming/topics-member.ts'
import { encodeBatch } from '#shared/kafka/records/encode-batch.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { createSlots } from '#shared/streams/keyed-work.ts'
import { createPartitionWork } from '#shared/streams/partition-work.ts'
import { simulatedClock } from '../../../simulated-clock.ts'
import { fetchPlain, headerBytes, sealed } from '../records/plain-batches.ts'
import { simulatedCoordinator } from './simulated-coordinator.ts'

const [fetchKey, listOffsetsKey, offsetFetchKey] = [1, 2, 9]
const partitions = 6
const perPartition = 400
const keys = 5
const keyOf = (offset: number) => `k${offset % keys}`

/** A batch whose records have few keys. */
function keyedBatch(baseOffset: number, count: number): Buffer {
  const records = Array.from({ length: count }, (_, n) => ({
    ...{ key: Buffer.from(keyOf(baseOffset + n)), value: Buffer.from('v'), headers: [] }
  }))
  return sealed(encodeBatch(records, 1000).subarray(headerBytes), { baseOffset, count })
}

/** A topic at one broker, its group's coordinator, and members that a test starts, ends and kills. */
function simulation(seed: number) {
  const random = createRandom(seed)
  const coordinator = simulatedCoordinator()
  const { clock, drive } = simulatedClock()
  const logs = {
    leaders: Array.from({ length: partitions }, () => 1),
    ends: Array.from({ length: partitions }, () => perPartition),
    ...{ firstOffset: 0, recordsPerBatch: 7, batch: keyedBatch }
  }
  const handled: { member: number; place: string; offset: number }[] = []
  /** Who has a key of a partition in hand, and how often two had. */
  const inHand = new Map<string, number>()
  const seen = { overlaps: 0 }
  const committed = () => {
    const offsets = new Map<number, number>()
    for (const commit of coordinator.commits)
      for (const [partition, offset] of commit.offsets) offsets.set(partition, offset)
    return offsets
  }

  async function answer(key: number, args: unknown[]): Promise<object | undefined> {
    if (key === offsetFetchKey) {
      const places = Array.from(committed(), ([partitionIndex, offset]) => ({
        ...{ partitionIndex, committedOffset: BigInt(offset), metadata: '', errorCode: 0 }
      }))
      return { groups: [{ groupId: 'g', errorCode: 0, topics: [{ name: 'x', partitions: places }] }] }
    }
    if (key === listOffsetsKey) {
      const [, , topics, timestamp] = args as [
        number,
        number,
        { partitions: { partitionIndex: number; timestamp: bigint }[] }[],
        unknown
      ]
      const asked = topics.flatMap((topic) => topic.partitions)
      const isEnd = asked[0]?.timestamp === -1n || timestamp === -1n
      const offset = BigInt(isEnd ? perPartition : 0)
      const places = asked.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0, offset }))
      return { topics: [{ name: 'x', partitions: places }] }
    }
    if (key !== fetchKey) return undefined
    const [{ partitions: asked }] = args[6] as [{ partitions: { partition: number; fetchOffset: bigint }[] }]
    const answers = asked.map(({ partition, fetchOffset }) =>
      fetchPlain(logs, { broker: 1, partition, offset: Number(fetchOffset) })
    )
    await clock.sleep(answers.some(({ records }) => records && records.length > 0) ? 5 : 200)
    return answers
  }

  function start(member: number) {
    let isDead = false
    const wrap = (link: BrokerLink): BrokerLink => ({
      ...link,
      async request(versions: readonly { key: number }[], args: unknown[], signal: AbortSignal): Promise<never> {
        // A process that was killed sends nothing, and gets nothing.
        const never = new Promise<never>(() => {})
        if (isDead) return never
        const found =
          (await answer(versions[0]?.key ?? -1, args)) ?? (await link.request(versions as never, args as never, signal))
        return isDead ? never : (found as never)
      }
    })
    const slots = createSlots(4)
    const worker = createTopicsMember({
      ...{ bootstrapServers: 'kafka:9092', clientId: 'test', group: 'g', topics: ['x'], fromBeginning: true, clock },
      connect: () => ({
        links: async () => (await coordinator.brokers.links()).map(wrap),
        link: (id) => wrap(coordinator.brokers.link(id)),
        metadata: coordinator.brokers.metadata,
        close() {}
      }),
      createWork: (topic, partition, from) =>
        createPartitionWork({
          ...{ from, slots, mostAttempts: 3, backoff: { firstMs: 10, longestMs: 20 }, mostOpen: 40, clock, random },
          async handle({ offset }) {
            const of = `${partition} ${keyOf(offset)}`
            if (!isDead && inHand.has(of)) seen.overlaps += 1
            inHand.set(of, member)
            await clock.sleep(random() * 20)
            if (isDead) return new Promise(() => {})
            inHand.delete(of)
            handled.push({ member, place: `${topic}-${partition}`, offset })
          },
          deadLetters: { async put() {} },
          observer: { retried() {}, buried() {}, refused() {}, stuck() {} }
        }),
      onProblem() {}
    })
    return {
      worker,
      kill() {
        isDead = true
        for (const [of, owner] of inHand) if (owner === member) inHand.delete(of)
      }
    }
  }
  return { ...coordinator, clock, drive, start, handled, committed, seen }
}

/** Records that were handled for the first time although one of their key and partition that comes earlier had not been. */
function overtaken(handled: { place: string; offset: number }[]): string[] {
  const next = new Map<string, number>()
  return handled.flatMap(({ place, offset }) => {
    const of = `${place} ${keyOf(offset)}`
    const expected = next.get(of) ?? offset % keys
    if (offset < expected) return []
    next.set(of, offset + keys)
    return offset === expected ? [] : [`${of} ${offset} before ${expected}`]
  })
}

for (const seed of [1, 2, 3]) {
  t.test(
    `members that come, leave and are killed handle every record, and a key in order (seed ${seed})`,
    async (t) => {
      const { clock, drive, start, handled, committed, members, seen } = simulation(seed)
      const total = partitions * perPartition
      const count = () => new Set(handled.map(({ place, offset }) => `${place} ${offset}`)).size
      const until = async (isSo: () => boolean) => {
        for (let round = 0; !isSo() && round < 20_000; round += 1) await clock.sleep(10)
        t.ok(isSo())
      }
      await drive(
        (async () => {
          const first = start(1)
          await until(() => count() > total / 6)
          const second = start(2)
          await until(() => count() > total / 3 && handled.some(({ member }) => member === 2))
          const before = new Set(members)
          first.kill()
          // Its session ends, and another one comes.
          for (const id of before) if (id === 'member-1') members.delete(id)
          const third = start(3)
          await until(() => count() > total / 2 && handled.some(({ member }) => member === 3))
          await second.worker.leave()
          await until(() => count() === total)
          await until(() => Array.from(committed().values()).every((offset) => offset === perPartition))
          await third.worker.leave()
        })()
      )
      t.same(overtaken(handled), [])
      t.equal(seen.overlaps, 0, 'no two members have the same key in hand')
      t.equal(committed().size, partitions)
      t.equal(members.size, 0)
      // All of a partition's window may be handled twice after a kill, and nothing after another one has left.
      t.ok(handled.length - total <= partitions * 80, `${handled.length - total} were handled again`)
    }
  )
}

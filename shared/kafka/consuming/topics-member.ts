import type { Clock } from '../../clock.ts'
import { KopsError } from '../../errors/catalog.ts'
import { type Brokers, createBrokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import type { AssignedTopic } from '../protocol/group-membership.ts'
import { createGroupMember } from './group-member.ts'
import { createMemberFetch, type MemberFetch } from './member-fetch.ts'
import { type Delivery, defaultFetch, type FetchSettings, type PartitionWork, type ReceivedRecord } from './port.ts'
import { startOffsets } from './start-offsets.ts'

export interface TopicsMemberOptions extends ConnectionOptions {
  group: string
  topics: readonly string[]
  /** Where the group begins in partitions that have no commit: at the first record, or at the next. */
  fromBeginning: boolean
  /** Default: that of Kafka's own consumer. */
  fetch?: FetchSettings
  /** Works on the records of a partition that the member has got. */
  createWork: (topic: string, partition: number, from: number) => PartitionWork
  /** What it has from now on, each time that this may have changed. */
  onAssigned?: (assignment: AssignedTopic[]) => void
  /** Whatever it cannot do, and will try again. */
  onProblem: (error: unknown, what: string) => void
  /** Opens connections, of which it needs several; a test has others than createBrokers() opens. */
  connect?: () => MemberBrokers
  clock: Pick<Clock, 'sleep'>
}

type MemberBrokers = Pick<Brokers, 'links' | 'link' | 'metadata' | 'close'>

/** A member of a consumer group that works on the records of several topics. */
export interface TopicsMember {
  readonly state: 'starting' | 'running' | 'disconnected'
  /** Monotonic milliseconds of the last change of `state`. */
  readonly since: number
  /** Never rejects. */
  leave(): Promise<void>
}

/** What it has of one topic. A broker holds fetches back, so each topic has connections of its own. */
interface Part {
  topic: string
  works: Map<number, PartitionWork>
  /** Works of partitions that it has lost, until what is in hand has ended. */
  ending: Map<number, Promise<void>>
  delivered: Map<number, number>
  brokers: MemberBrokers
  fetch: MemberFetch
}

const answerMs = 5000
const firstPauseMs = 300
const longestPauseMs = 5000
/** How long a full partition holds up the others of its leader, before it is left out of fetches. */
const patienceMs = 50
/** How long work in hand may take to end before partitions are given away, and before the member leaves. */
const rejoinMs = 2000
const leaveMs = 3000

export function createTopicsMember(options: TopicsMemberOptions): TopicsMember {
  const { group, topics, fromBeginning, createWork, onProblem, clock } = options
  const over = new AbortController()
  const connect = options.connect ?? (() => createBrokers(options))
  const joining = connect()
  const asking: MemberBrokers = options.pool ? { ...options.pool.brokers, close() {} } : connect()
  const parts = new Map(topics.map((topic) => [topic, createPart(topic)]))
  const committed = new Map<string, number>()
  let assignments = 0
  let state: TopicsMember['state'] = 'starting'
  let since = performance.now()

  function becomes(next: TopicsMember['state']): void {
    if (state === next) return
    state = next
    since = performance.now()
  }

  function createPart(topic: string): Part {
    const brokers = connect()
    const works: Part['works'] = new Map()
    const delivered: Part['delivered'] = new Map()
    const wants = (partition: number) => works.get(partition)?.paused === false
    const places = { brokers, member: 0, topic, fetching: options.fetch ?? defaultFetch, delivered, clock, wants }
    const fetch = createMemberFetch({ ...places, isolation: 'read_committed' })
    return { topic, works, ending: new Map(), delivered, brokers, fetch }
  }

  async function take({ topic, works }: Part, delivery: Delivery): Promise<void> {
    const work = works.get(delivery.partition)
    if (work === undefined) return
    const wasPaused = work.paused
    work.take(receivedOf(topic, delivery), delivery.nextOffset)
    // Once: what else its leader has sent follows at once, so that others wait no longer.
    if (work.paused && !wasPaused) await Promise.race([work.room(), clock.sleep(patienceMs)])
  }

  /** Gives up what is not in the assignment. @returns what is new */
  function keep(assignment: readonly AssignedTopic[]): AssignedTopic[] {
    return Array.from(parts.values(), (part) => {
      const { topic, works, ending, delivered, fetch } = part
      const mine = assignment.find((each) => each.topic === topic)?.partitions ?? []
      for (const [partition, work] of works) {
        if (mine.includes(partition)) {
          work.release()
          continue
        }
        works.delete(partition)
        delivered.delete(partition)
        committed.delete(placeOf(topic, partition))
        ending.set(partition, work.stop())
      }
      fetch.assign([...works.keys()])
      return { topic, partitions: mine.filter((partition) => !works.has(partition)) }
    })
  }

  async function begin(assignment: readonly AssignedTopic[]): Promise<void> {
    assignments += 1
    const mine = assignments
    let missing = keep(assignment)
    let pauseMs = firstPauseMs
    const isOver = () => over.signal.aborted || assignments !== mine
    while (!isOver() && missing.some(({ partitions }) => partitions.length > 0)) {
      const wanted = missing
      const found = await withDeadline({ deadlineMs: answerMs }, over.signal, (signal) =>
        startOffsets(wanted, { brokers: asking, group, fromBeginning }, signal)
      ).catch((error: unknown) => {
        if (!isOver()) onProblem(error, `could not read where group ${group} is`)
        return []
      })
      for (const { topic, partition } of found) await parts.get(topic)?.ending.get(partition)
      if (isOver()) return
      for (const { topic, partition, offset } of found) {
        const part = parts.get(topic)
        part?.ending.delete(partition)
        part?.delivered.set(partition, offset)
        part?.works.set(partition, createWork(topic, partition, offset))
      }
      for (const { fetch, works } of parts.values()) fetch.assign([...works.keys()])
      missing = missing.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.filter((partition) => !parts.get(topic)?.works.has(partition))
      }))
      if (found.length > 0) continue
      await clock.sleep(pauseMs, over.signal).catch(() => undefined)
      pauseMs = Math.min(2 * pauseMs, longestPauseMs)
    }
    if (!isOver()) becomes(membership.generation === undefined ? 'starting' : 'running')
  }

  const works = () => Array.from(parts.values(), (part) => [...part.works.values()]).flat()

  const membership = createGroupMember({
    ...{ brokers: joining, group, topics, metadata: '', clock },
    onAssigned(assignment) {
      options.onAssigned?.(assignment)
      void begin(assignment)
    },
    offsetsOf: (assignment) =>
      assignment.flatMap(({ topic, partitions }) =>
        partitions.flatMap((partition) => {
          const offset = parts.get(topic)?.works.get(partition)?.mark
          return offset === undefined || committed.get(placeOf(topic, partition)) === offset
            ? []
            : [{ topic, partition, offset }]
        })
      ),
    onCommitted(offsets) {
      for (const { topic, partition, offset } of offsets) committed.set(placeOf(topic, partition), offset)
    },
    // Whoever gets a partition would otherwise begin with a record that is still in hand here.
    onRebalance: () => within(rejoinMs, Promise.all(works().map((work) => work.hold())))
  })

  async function within(ms: number, work: Promise<unknown>): Promise<void> {
    const waited = new AbortController()
    const done = work.finally(() => waited.abort())
    await Promise.race([done, clock.sleep(ms, waited.signal).catch(() => undefined)])
  }

  function fails(error: unknown): void {
    if (over.signal.aborted) return
    onProblem(error, `a member of group ${group} has failed`)
    becomes('disconnected')
  }

  const living = membership.live(over.signal).catch(fails)
  const fetching = Array.from(parts.values(), (part) =>
    part.fetch.run((delivery) => take(part, delivery), over.signal).catch(fails)
  )

  return {
    get state() {
      return state
    },
    get since() {
      return since
    },
    async leave() {
      over.abort(new KopsError('service_unreachable', 'The consumer is closing'))
      await Promise.all([living, ...fetching])
      await within(leaveMs, Promise.all(works().map((work) => work.stop())))
      await membership.leave()
      for (const { brokers } of parts.values()) brokers.close()
      joining.close()
      asking.close()
    }
  }
}

/** Its records; one stands for offsets that cannot be read. */
function receivedOf(topic: string, { partition, unreadable, each, record }: Delivery): ReceivedRecord[] {
  const received: ReceivedRecord[] = []
  each((view) => void received.push(Object.assign(record(view), { topic })))
  const broken = unreadable.filter(({ from, to }) => to > from)
  if (broken.length === 0) return received
  const empty = { topic, partition, timestampMs: -1, key: null, value: null, headers: [], sizeBytes: 0 }
  const standIns = broken.map(({ from, to, reason }) => ({
    ...empty,
    offset: from,
    unreadable: to - from === 1 ? reason : `${reason} (offsets ${from} to ${to - 1})`
  }))
  return [...received, ...standIns].toSorted((a, b) => a.offset - b.offset)
}

function placeOf(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

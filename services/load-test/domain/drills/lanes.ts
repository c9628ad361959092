import { type BrokerMetadata, type BrokerView, brokerName, endpointKey, formatEndpoint } from '#shared/kafka/model.ts'

/** The state of one partition from one moment until the next lane's. */
export interface Lane {
  /** When the answer came that showed it first, in monotonic milliseconds. */
  fromMs: number
  leader: number | null
  epoch: number | null
  isr: readonly number[]
  /** The broker that said so first. */
  by: string
}

/** Which brokers live, according to one broker, from one moment until its next entry. */
export interface LiveView {
  atMs: number
  by: string
  live: readonly number[]
}

/** Whether a broker answers this service, from one moment until its next entry. */
export interface AnswerLane {
  fromMs: number
  answers: boolean
}

/** What a drill's watcher keeps of brokers' answers: changes only. */
export interface Lanes {
  readonly partitions: ReadonlyMap<number, readonly Lane[]>
  /** Of each partition, the preferred leader first. */
  readonly replicas: ReadonlyMap<number, readonly number[]>
  readonly live: readonly LiveView[]
  /** By the name of the broker. */
  readonly answers: ReadonlyMap<string, readonly AnswerLane[]>
  /** Changes that there was no room for. */
  readonly dropped: number
}

export interface LanesKeeper extends Lanes {
  take(view: BrokerView, atMs: number): void
}

type Claim = Omit<Lane, 'fromMs' | 'by'>

const roomOfPartition = 500
const roomOfLive = 2000

/**
 * Turns brokers' answers into lanes. A broker that repeats an older claim changes nothing: only what is news from that broker
 * counts, and of an epoch that is no lower than the known one.
 */
export function createLanes(topic: string): LanesKeeper {
  const partitions = new Map<number, Lane[]>()
  const replicas = new Map<number, readonly number[]>()
  const live: LiveView[] = []
  const answers = new Map<string, AnswerLane[]>()
  /** By broker and partition. */
  const claims = new Map<string, Map<number, Claim>>()
  const lastLive = new Map<string, readonly number[]>()
  const names = new Map<string, string>()
  let dropped = 0

  function keep<T>(list: T[], entry: T, room: number): void {
    if (list.length < room) list.push(entry)
    else dropped += 1
  }

  function nameOf(view: BrokerView): string {
    for (const broker of view.reachable ? view.metadata.brokers : [])
      names.set(endpointKey(broker), brokerName(broker.id))
    return names.get(endpointKey(view.endpoint)) ?? formatEndpoint(view.endpoint)
  }

  function noteAnswer(name: string, lane: AnswerLane): void {
    const known = answers.get(name) ?? []
    answers.set(name, known)
    if (known.at(-1)?.answers !== lane.answers) keep(known, lane, roomOfPartition)
  }

  return {
    partitions,
    replicas,
    live,
    answers,
    get dropped() {
      return dropped
    },
    take(view, atMs) {
      const by = nameOf(view)
      noteAnswer(by, { fromMs: atMs, answers: view.reachable })
      if (!view.reachable) return
      const ids = view.metadata.brokers.map(({ id }) => id).sort((a, b) => a - b)
      if (!sameIds(ids, lastLive.get(by))) {
        lastLive.set(by, ids)
        keep(live, { atMs, by, live: ids }, roomOfLive)
      }
      const known = claims.get(by) ?? new Map<number, Claim>()
      claims.set(by, known)
      const described = view.metadata.topics.find(({ name }) => name === topic)?.partitions ?? []
      for (const { partition, leader, leaderEpoch: epoch, isr, ...of } of described) {
        const claim = { leader, epoch, isr }
        if (!replicas.has(partition)) replicas.set(partition, of.replicas)
        if (sameClaim(claim, known.get(partition))) continue
        known.set(partition, claim)
        const lanes = partitions.get(partition) ?? []
        partitions.set(partition, lanes)
        const last = lanes.at(-1)
        if ((epoch ?? -1) < (last?.epoch ?? -1) || sameClaim(claim, last)) continue
        keep(lanes, { fromMs: atMs, ...claim, by }, roomOfPartition)
      }
    }
  }
}

/** The state of a partition at a moment; undefined before the first lane. */
export function laneAt(lanes: readonly Lane[], atMs: number): Lane | undefined {
  return lanes.findLast(({ fromMs }) => fromMs <= atMs)
}

/** When another broker first left a node out of the live ones, from a moment on; undefined if none did. */
export function goneAt(
  live: readonly LiveView[],
  node: Pick<BrokerMetadata, 'id'>,
  fromMs: number
): number | undefined {
  const own = brokerName(node.id)
  return live.find(({ atMs, by, live }) => atMs >= fromMs && by !== own && !live.includes(node.id))?.atMs
}

function sameClaim(a: Claim, b: Claim | undefined): boolean {
  return b !== undefined && a.leader === b.leader && a.epoch === b.epoch && sameIds(a.isr, b.isr)
}

/** Of an ISR the order means nothing. */
function sameIds(a: readonly number[], b: readonly number[] | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((id) => b.includes(id))
}

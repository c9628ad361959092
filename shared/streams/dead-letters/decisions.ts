import { type Static, Type } from 'typebox'
import { placeKey } from '../../kafka/model.ts'

const offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const partition = Type.Integer({ minimum: 0 })

/** What was decided on letters of one partition of a queue that follow each other: a record of kops' topic of decisions. */
export const DecisionSchema = Type.Object({
  queue: Type.String(),
  /** Kafka's id of the queue, which differs for one that is recreated under its name; null if the cluster has no ids. */
  queueId: Type.Union([Type.String(), Type.Null()]),
  partition,
  /** The offsets of the first and the last letter. */
  from: offset,
  to: offset,
  /**
   * unconfirmed: handed to Kafka, or about to be, so they may have been written; open: undecided again, because Kafka has refused
   * them.
   */
  status: Type.Enum(['unconfirmed', 'replayed', 'discarded', 'open']),
  at: Type.String(),
  by: Type.String(),
  reason: Type.Optional(Type.String()),
  /** Of a replay: which it is for these letters, 1 for the first, and the topic that it writes to. */
  replays: Type.Optional(Type.Integer({ minimum: 1 })),
  target: Type.Optional(Type.String()),
  /** Where in the target they are: offsets that follow each other. */
  written: Type.Optional(
    Type.Array(Type.Object({ partition, from: offset, to: offset }, { additionalProperties: false }))
  )
})
export type Decision = Static<typeof DecisionSchema>

/** A partition of a queue. */
export interface QueuePlace {
  queue: string
  queueId: string | null
  partition: number
}

/** What has been decided, as the records of the topic say in their order: later ones count where they overlap. */
export interface DecisionBook {
  /** Takes the next record. null: a tombstone. */
  apply(key: string, decision: Decision | null): void
  clear(): void
  /** The decision on a letter; undefined while it is undecided. */
  at(place: QueuePlace, offset: number): Decision | undefined
  /** How many of the offsets from `from` to before `end` no decision covers; `unconfirmed` is none. */
  undecided(place: QueuePlace, from: number, end: number): number
  /** How many of them `unconfirmed` decisions cover. */
  unconfirmed(place: QueuePlace, from: number, end: number): number
  /** The first undecided one; null if there is none. */
  firstUndecided(place: QueuePlace, from: number, end: number): number | null
  /** How often the record at this place had been replayed when a replay put it there; 0: none did. */
  replaysOf(written: { topic: string; partition: number; offset: number }): number
  /** Every record that still counts, by its key. */
  entries(): ReadonlyMap<string, Decision>
}

interface Segment {
  from: number
  to: number
  decision: Decision
}

/** A compacted topic keeps the last record of a key: letters that were decided on together have one. */
export function decisionKey({ queue, partition, from, to }: Pick<Decision, 'queue' | 'partition' | 'from' | 'to'>) {
  return `${queue}/${partition}/${from}-${to}`
}

export function createDecisionBook(): DecisionBook {
  const entries = new Map<string, Decision>()
  /** By partition of a queue: disjoint, in the order of their offsets. */
  const segments = new Map<string, Segment[]>()
  /** By partition of a target; made when it is needed. */
  let written: Map<string, WrittenSpan[]> | undefined

  const segmentsOf = ({ queue, partition }: Pick<QueuePlace, 'queue' | 'partition'>) =>
    segments.get(placeKey(queue, partition)) ?? []

  function* between(place: QueuePlace, from: number, end: number): Generator<Segment> {
    const all = segmentsOf(place)
    for (let index = firstEndingAt(all, from); index < all.length; index++) {
      const segment = all[index]
      if (segment === undefined || segment.from >= end) return
      if (isOf(place, segment.decision)) yield segment
    }
  }

  return {
    apply(key, decision) {
      written = undefined
      const before = entries.get(key)
      if (decision === null) {
        if (before === undefined) return
        entries.delete(key)
        const place = placeKey(before.queue, before.partition)
        const left = segmentsOf(before).filter((segment) => segment.decision !== before)
        if (left.length === 0) segments.delete(place)
        else segments.set(place, left)
        return
      }
      // The newest is the last one, as in the log.
      entries.delete(key)
      entries.set(key, decision)
      const place = placeKey(decision.queue, decision.partition)
      const all = segments.get(place) ?? []
      if (!segments.has(place)) segments.set(place, all)
      cover(all, { from: decision.from, to: decision.to, decision })
    },

    clear() {
      entries.clear()
      segments.clear()
      written = undefined
    },

    at(place, offset) {
      const all = segmentsOf(place)
      const segment = all[firstEndingAt(all, offset)]
      if (segment === undefined || segment.from > offset) return undefined
      return isOf(place, segment.decision) ? segment.decision : undefined
    },

    undecided(place, from, end) {
      let left = Math.max(0, end - from)
      for (const segment of between(place, from, end)) {
        if (segment.decision.status !== 'unconfirmed') left -= overlap(segment, from, end)
      }
      return left
    },

    unconfirmed(place, from, end) {
      let found = 0
      for (const segment of between(place, from, end)) {
        if (segment.decision.status === 'unconfirmed') found += overlap(segment, from, end)
      }
      return found
    },

    firstUndecided(place, from, end) {
      let next = from
      for (const segment of between(place, from, end)) {
        if (segment.from > next || segment.decision.status === 'unconfirmed') break
        next = segment.to + 1
      }
      return next < end ? next : null
    },

    replaysOf({ topic, partition, offset }) {
      written ??= spansOf(entries.values())
      const spans = written.get(placeKey(topic, partition)) ?? []
      const span = spans[firstEndingAt(spans, offset)]
      return span === undefined || span.from > offset ? 0 : span.replays
    },

    entries: () => entries
  }
}

/** Whether a decision is on letters of this queue, and not of an earlier one under its name. */
function isOf({ queueId }: QueuePlace, decision: Decision): boolean {
  return queueId === null || decision.queueId === null || queueId === decision.queueId
}

function overlap({ from, to }: Segment, start: number, end: number): number {
  return Math.min(to + 1, end) - Math.max(from, start)
}

interface WrittenSpan {
  from: number
  to: number
  replays: number
}

function spansOf(decisions: Iterable<Decision>): Map<string, WrittenSpan[]> {
  const spans = new Map<string, WrittenSpan[]>()
  for (const { target, written = [], replays } of decisions) {
    if (target === undefined || replays === undefined) continue
    for (const { partition, from, to } of written) {
      const place = placeKey(target, partition)
      const known = spans.get(place)
      if (known) known.push({ from, to, replays })
      else spans.set(place, [{ from, to, replays }])
    }
  }
  for (const list of spans.values()) list.sort((a, b) => a.from - b.from)
  return spans
}

/** The index of the first of disjoint spans that does not end before an offset. */
function firstEndingAt(spans: readonly { to: number }[], offset: number): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((spans[middle]?.to ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Puts a segment over what is there; one that is `open` leaves a gap. */
function cover(segments: Segment[], next: Segment): void {
  const at = firstEndingAt(segments, next.from)
  let end = at
  const around: Segment[] = []
  for (; end < segments.length; end++) {
    const old = segments[end]
    if (old === undefined || old.from > next.to) break
    if (old.from < next.from) around.push({ ...old, to: next.from - 1 })
    if (old.to > next.to) around.push({ ...old, from: next.to + 1 })
  }
  const put = next.decision.status === 'open' ? around : [...around, next]
  segments.splice(at, end - at, ...put.sort((a, b) => a.from - b.from))
}

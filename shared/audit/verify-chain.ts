import type { AuditEvent } from '../contracts/audit.ts'
import { canonicalHash } from './canonical-json.ts'
import type { ChainedEvent } from './chain.ts'

/**
 * missing: the chain has a place that no event fills. changed: an event is not the one that the chain vouches for.
 * reordered: an event stands before one that was written earlier. duplicated: an identical copy, as a repeated delivery
 * leaves it. started: a chain begins. unchained: an event has no place in a chain. cut-off: a head that was kept elsewhere
 * is not there.
 */
export type FindingKind = 'missing' | 'changed' | 'reordered' | 'duplicated' | 'started' | 'unchained' | 'cut-off'

export interface ChainFinding {
  kind: FindingKind
  /** Whether it breaks the chain; the other findings are of interest only. */
  broken: boolean
  /** The first event that it concerns, or the next one that is there. */
  event: AuditEvent | null
  message: string
}

export interface ChainSummary {
  writer: string
  events: number
  first: { sequence: number; at: string }
  last: { sequence: number; at: string }
  /** The hash of the last event: kept elsewhere, it shows later whether the end was cut off. */
  head: string
}

export interface ChainReport {
  intact: boolean
  events: number
  chains: ChainSummary[]
  /** What breaks a chain comes first, by time. */
  findings: ChainFinding[]
}

export interface VerifyOptions {
  /** Hashes of events that are known to have been written. */
  heads?: readonly string[]
  /** Earlier events may be absent: they have expired, or were not asked for. */
  since?: Date
  /** Later events may be absent: they may be on their way. */
  until?: Date
}

interface Link {
  event: ChainedEvent
  hash: string
}

/**
 * Checks the events of any number of writers, in the order in which they were exported. Pure.
 *
 * Without a head from elsewhere, it cannot see that the newest events of a chain are missing, or that the newest one was
 * changed; and whoever may write to the topic can write a chain of their own, which is listed as such.
 */
export function verifyChain(events: readonly AuditEvent[], options: VerifyOptions = {}): ChainReport {
  const chained = events.filter(hasPlace)
  const byWriter = Map.groupBy(chained, ({ chain }) => chain.writer)
  const findings: ChainFinding[] = []
  const links = new Map<string, Map<number, Link>>()
  for (const [writer, own] of byWriter) links.set(writer, placesOf(own, findings))
  for (const places of links.values()) checkPlaces(places, options, findings)
  for (const places of links.values()) checkStart(places, links, options, findings)
  checkUnchained(events, chained, findings)
  const hashes = new Set([...links.values()].flatMap((places) => [...places.values()].map(({ hash }) => hash)))
  for (const head of options.heads ?? []) {
    if (hashes.has(head)) continue
    const message = `no event has the hash ${head}: it was changed, or the newest events were cut off`
    findings.push({ kind: 'cut-off', broken: true, event: null, message })
  }
  return {
    intact: findings.every(({ broken }) => !broken),
    events: events.length,
    chains: [...links.values()].flatMap(summaryOf).sort((a, b) => order(a.first.at, b.first.at)),
    findings: findings.toSorted((a, b) => Number(b.broken) - Number(a.broken) || order(timeOf(a), timeOf(b)))
  }
}

/** What concerns no single event comes last. */
function timeOf({ event }: ChainFinding): string {
  return event?.at ?? '~'
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The events of one writer by their places. */
function placesOf(events: ChainedEvent[], findings: ChainFinding[]): Map<number, Link> {
  const places = new Map<number, Link>()
  let highest = -1
  for (const event of events) {
    const { sequence } = event.chain
    const hash = canonicalHash(event)
    const there = places.get(sequence)
    if (there?.hash === hash) {
      findings.push({ kind: 'duplicated', broken: false, event, message: `${nameOf(event)} is there twice` })
      continue
    }
    if (there !== undefined) {
      const message = `two different events have the place of ${nameOf(there.event)}`
      findings.push({ kind: 'changed', broken: true, event, message })
      continue
    }
    if (sequence < highest) {
      findings.push({ kind: 'reordered', broken: true, event, message: `${nameOf(event)} stands behind later events` })
    }
    highest = Math.max(highest, sequence)
    places.set(sequence, { event, hash })
  }
  return places
}

/** What later events say of a place: the event that is there, and when it was written. */
interface Vouch {
  hash: string
  at: string
  by: ChainedEvent
}

/** Checks that each event is the one that a later event vouches for, and that no place is empty without a reason. */
function checkPlaces(places: Map<number, Link>, options: VerifyOptions, findings: ChainFinding[]): void {
  const inOrder = [...places.values()].sort((a, b) => a.event.chain.sequence - b.event.chain.sequence)
  const vouches = inOrder.flatMap(({ event }) => vouchesOf(event))
  const changed = new Map<number, Vouch>()
  for (const [place, vouch] of vouches) {
    const found = places.get(place)
    if (found === undefined || (found.hash === vouch.hash && found.event.at === vouch.at)) continue
    if (!changed.has(place)) changed.set(place, vouch)
  }
  for (const [place, { by }] of changed) {
    const event = places.get(place)?.event ?? by
    const message = `${nameOf(event)} is not the one that ${nameOf(by)} vouches for: one of them was changed`
    findings.push({ kind: 'changed', broken: true, event, message })
  }
  const writtenAt = new Map(vouches.map(([place, { at }]) => [place, at]))
  const declared = inOrder.flatMap(({ event }) => event.chain.unwritten ?? [])
  let expected = 0
  for (const { event } of inOrder) {
    const { sequence } = event.chain
    for (const gap of withoutHoles({ from: expected, to: sequence - 1 }, declared)) {
      const at = writtenAt.get(gap.to)
      if (mayBeAbsent(at, options)) continue
      const what = gap.from === gap.to ? `event ${gap.from} is` : `events ${gap.from} to ${gap.to} are`
      const message = `${what} missing before ${nameOf(event)}${at === undefined ? '' : `; the last of them was written at ${at}`}`
      findings.push({ kind: 'missing', broken: true, event, message })
    }
    expected = sequence + 1
  }
}

/** What an event says of others: of the one before it, and of those before the holes that it declares. */
function vouchesOf(event: ChainedEvent): [place: number, vouch: Vouch][] {
  const { sequence, previous, unwritten = [] } = event.chain
  return [{ from: sequence, previous }, ...unwritten].flatMap(({ from, previous }) =>
    previous === null ? [] : [[from - 1, { ...previous, by: event }] as [number, Vouch]]
  )
}

/** The parts of a gap that no later event has declared. */
function withoutHoles(gap: Range, declared: readonly Range[]): Range[] {
  let parts = gap.from <= gap.to ? [gap] : []
  for (const hole of declared) {
    parts = parts.flatMap(({ from, to }) => {
      if (hole.to < from || hole.from > to) return [{ from, to }]
      const rest = [
        { from, to: hole.from - 1 },
        { from: hole.to + 1, to }
      ]
      return rest.filter((part) => part.from <= part.to)
    })
  }
  return parts
}

interface Range {
  from: number
  to: number
}

/** Whether an event of that time may be absent without a fault; the last of a gap decides about all of it. */
function mayBeAbsent(at: string | undefined, { since, until }: VerifyOptions): boolean {
  if (at === undefined) return false
  return (
    (since !== undefined && Date.parse(at) < since.getTime()) ||
    (until !== undefined && Date.parse(at) > until.getTime())
  )
}

/** Reports where and why a chain begins, and that the one before it ended where it says. */
function checkStart(
  places: Map<number, Link>,
  all: Map<string, Map<number, Link>>,
  options: VerifyOptions,
  findings: ChainFinding[]
): void {
  const event = places.get(0)?.event
  const { started } = event?.chain ?? {}
  if (event === undefined || started === undefined) return
  const { because, after } = started
  const message = `chain ${event.chain.writer} begins at ${event.at}: ${reasons[because]}${after ? `; it follows chain ${after.writer}` : ''}`
  findings.push({ kind: 'started', broken: false, event, message })
  if (after === undefined) return
  const found = all.get(after.writer)?.get(after.sequence)
  const name = `event ${after.sequence} of ${after.writer}`
  if (found === undefined) {
    if (mayBeAbsent(after.at, options)) return
    const message = `${name} is missing, which ${nameOf(event)} names as the last one known`
    findings.push({ kind: 'missing', broken: true, event, message })
  } else if (found.hash !== after.hash) {
    const message = `${nameOf(found.event)} is not the one that ${nameOf(event)} vouches for: one of them was changed`
    findings.push({ kind: 'changed', broken: true, event: found.event, message })
  }
}

const reasons = {
  'no-state': 'the service had no state of an earlier chain, because it is new or lost it',
  'state-unreadable': 'the state of the earlier chain could not be read',
  'machine-restarted': 'the machine went down while the service was running, so the state may be too old'
}

/** Events of versions of kops before there were chains are older than every chain. */
function checkUnchained(events: readonly AuditEvent[], chained: ChainedEvent[], findings: ChainFinding[]): void {
  const first = chained.reduce((at, event) => (event.at < at ? event.at : at), '~')
  const unchained = events.filter((event) => event.chain === undefined)
  const [strange] = unchained.filter(({ at }) => at > first)
  if (strange !== undefined) {
    const message = `${strange.id} of ${strange.at} has no place in a chain: an earlier version of kops wrote it, or something else`
    findings.push({ kind: 'unchained', broken: true, event: strange, message })
  } else if (unchained.length > 0) {
    const message = `${unchained.length} events are older than the chain, so nothing vouches for them`
    findings.push({ kind: 'unchained', broken: false, event: unchained[0] ?? null, message })
  }
}

function summaryOf(places: Map<number, Link>): ChainSummary[] {
  const inOrder = [...places.values()].sort((a, b) => a.event.chain.sequence - b.event.chain.sequence)
  const [first, last] = [inOrder[0], inOrder.at(-1)]
  if (first === undefined || last === undefined) return []
  const placeOf = ({ event }: Link) => ({ sequence: event.chain.sequence, at: event.at })
  const { writer } = first.event.chain
  return [{ writer, events: places.size, first: placeOf(first), last: placeOf(last), head: last.hash }]
}

function nameOf({ id, at, chain: { writer, sequence } }: ChainedEvent): string {
  return `event ${sequence} of ${writer} (${id}, ${at})`
}

function hasPlace(event: AuditEvent): event is ChainedEvent {
  return event.chain !== undefined
}

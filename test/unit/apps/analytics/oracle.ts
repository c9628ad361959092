/**
 * What windows over a log come to, computed from the whole log at once and in another way than the application does: windows by
 * enumeration, sessions by sorting and looking for gaps, each with every event at hand.
 */
import type { Analytics } from '#apps/analytics/definition.ts'
import type { Windows } from '#apps/analytics/domain/windows.ts'

/** An event of one partition, in the order of its log. */
export interface OracleEvent {
  offset: number
  timestampMs: number
  fields: Record<string, string | number>
}

export interface OracleResult {
  windows: string
  start: number
  end: number
  group: Record<string, string | number | null>
  values: Record<string, number | null>
}

export interface OracleAlert extends OracleResult {
  alert: string
  value: number
}

export interface OracleOutcome {
  results: OracleResult[]
  alerts: OracleAlert[]
  /** Offset and windows of each late event. */
  late: [offset: number, windows: string][]
}

/** @param events valid ones of one partition */
export function oracle(
  { windows, disorderMs }: Pick<Analytics, 'windows' | 'disorderMs'>,
  events: readonly OracleEvent[]
): OracleOutcome {
  /** Before each event, and at the end. */
  const watermarks = [...events, undefined].map((_, index) =>
    Math.max(Number.NEGATIVE_INFINITY, ...events.slice(0, index).map(({ timestampMs }) => timestampMs - disorderMs))
  )
  const outcome: OracleOutcome = { results: [], alerts: [], late: [] }
  const late = new Map<number, string[]>()
  for (const each of windows) {
    const own = events.flatMap((event, index) =>
      each.where.every(([field, values]) => values.includes(event.fields[field] ?? null))
        ? [{ ...event, watermark: watermarks[index] ?? 0 }]
        : []
    )
    const finalWatermark = watermarks.at(-1) ?? 0
    const byGroup = Map.groupBy(own, ({ fields }) => JSON.stringify(each.groupBy.map((name) => fields[name] ?? null)))
    for (const [group, members] of byGroup) {
      const found =
        each.window.kind === 'session'
          ? sessions(each, each.window.gapMs, members, finalWatermark)
          : aligned(each, members, finalWatermark)
      for (const offset of found.late) late.set(offset, [...(late.get(offset) ?? []), each.name])
      for (const { start, end, members } of found.closed) {
        const values = JSON.parse(group) as (string | number | null)[]
        const named = Object.fromEntries(each.groupBy.map((name, nth) => [name, values[nth] ?? null]))
        const result = { windows: each.name, start, end, group: named, values: valuesOf(each, members) }
        outcome.results.push(result)
        for (const alert of alertsOf(each, members, 'close')) outcome.alerts.push({ ...result, ...alert })
      }
      for (const { start, end, members } of [...found.closed, ...found.open]) {
        const values = JSON.parse(group) as (string | number | null)[]
        const named = Object.fromEntries(each.groupBy.map((name, nth) => [name, values[nth] ?? null]))
        for (const alert of alertsOf(each, members, 'update')) {
          const seen = members.slice(0, alert.seen)
          outcome.alerts.push({ windows: each.name, start, end, group: named, values: valuesOf(each, seen), ...alert })
        }
      }
    }
  }
  const names = windows.map(({ name }) => name)
  outcome.late = Array.from(late, ([offset, of]) => [
    offset,
    of.sort((a, b) => names.indexOf(a) - names.indexOf(b)).join(',')
  ])
  return outcome
}

type Member = OracleEvent & { watermark: number }
interface Found {
  closed: { start: number; end: number; members: Member[] }[]
  open: { start: number; end: number; members: Member[] }[]
  late: number[]
}

function aligned({ window, latenessMs }: Windows, members: readonly Member[], finalWatermark: number): Found {
  if (window.kind === 'session') throw new Error('a session is not aligned')
  const every = window.kind === 'hopping' ? window.everyMs : window.sizeMs
  const byStart = new Map<number, Member[]>()
  const late: number[] = []
  for (const member of members) {
    let taken = 0
    const first = (Math.floor((member.timestampMs - window.sizeMs) / every) - 1) * every
    for (let start = first; start <= member.timestampMs; start += every) {
      const isIn = start <= member.timestampMs && member.timestampMs < start + window.sizeMs
      if (!isIn || start + window.sizeMs + latenessMs <= member.watermark) continue
      byStart.set(start, [...(byStart.get(start) ?? []), member])
      taken += 1
    }
    if (taken === 0) late.push(member.offset)
  }
  const all = Array.from(byStart, ([start, members]) => ({ start, end: start + window.sizeMs, members }))
  const isClosed = ({ end }: { end: number }) => end + latenessMs <= finalWatermark
  return { closed: all.filter(isClosed), open: all.filter((each) => !isClosed(each)), late }
}

function sessions({ latenessMs }: Windows, gapMs: number, members: readonly Member[], finalWatermark: number): Found {
  const found: Found = { closed: [], open: [], late: [] }
  let accepted: Member[] = []

  /** By their times, cut where nothing happened for longer than the gap. */
  function clusters(of: readonly Member[]) {
    const sorted = of.toSorted((a, b) => a.timestampMs - b.timestampMs)
    const all: Member[][] = []
    for (const member of sorted) {
      const last = all.at(-1)
      const before = last?.at(-1)
      if (last && before && member.timestampMs - before.timestampMs <= gapMs) last.push(member)
      else all.push([member])
    }
    return all.map((cluster) => {
      const times = cluster.map(({ timestampMs }) => timestampMs)
      return {
        start: Math.min(...times),
        end: Math.max(...times) + gapMs,
        members: cluster.sort((a, b) => a.offset - b.offset)
      }
    })
  }

  function closeUpTo(watermark: number): void {
    for (const cluster of clusters(accepted)) {
      if (cluster.end + latenessMs > watermark) continue
      found.closed.push(cluster)
      accepted = accepted.filter((member) => !cluster.members.includes(member))
    }
  }

  for (const member of members) {
    closeUpTo(member.watermark)
    const own = clusters([...accepted, member]).find((cluster) => cluster.members.includes(member))
    if (!own || own.end + latenessMs <= member.watermark) found.late.push(member.offset)
    else accepted.push(member)
  }
  closeUpTo(finalWatermark)
  found.open = clusters(accepted)
  return found
}

function valuesOf({ aggregates }: Windows, members: readonly Member[]): Record<string, number | null> {
  return Object.fromEntries(
    aggregates.map(({ name, function: of, field = '' }) => {
      const values = members.flatMap(({ fields }) => (typeof fields[field] === 'number' ? [fields[field]] : []))
      const sum = values.reduce((total, value) => total + value, 0)
      if (of === 'count') return [name, members.length]
      if (of === 'sum') return [name, sum]
      if (values.length === 0) return [name, null]
      return [name, of === 'mean' ? sum / values.length : of === 'min' ? Math.min(...values) : Math.max(...values)]
    })
  )
}

/** @returns with `seen`: how many events had come when it was raised */
function alertsOf(windows: Windows, members: readonly Member[], at: 'close' | 'update') {
  return windows.alerts
    .filter((alert) => alert.at === at)
    .flatMap(({ name, aggregate, condition, threshold }) => {
      const from = at === 'close' ? members.length : 1
      for (let seen = from; seen <= members.length; seen += 1) {
        const value = valuesOf(windows, members.slice(0, seen))[aggregate]
        if (value === null || value === undefined) continue
        if (condition === 'above' ? value > threshold : value < threshold) return [{ alert: name, value, seen }]
      }
      return []
    })
}

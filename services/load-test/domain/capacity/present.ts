import type { Capacity, CapacityFigure, Traffic } from '#shared/contracts/capacity.ts'
import type { MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import { partDifferences } from '../load/fingerprint.ts'
import { shareOf } from './share.ts'

/** A capacity beside the configuration and the traffic of today. Pure. */
export function figureOf(
  measured: MeasuredCapacity | null | undefined,
  { now, environment, traffic, unknown }: { now: Date; environment: Fingerprint; traffic: Traffic; unknown: string }
): CapacityFigure {
  if (!measured) {
    return {
      measured: null,
      unknown,
      ageSeconds: null,
      stale: null,
      differences: [],
      now: null,
      peakDay: null,
      peakWeek: null
    }
  }
  const differences = partDifferences(measured.fingerprint.parts, environment.parts).filter(
    ({ part, a, b }) => !(part === 'brokers' && measured.stoppedNode !== null && isOneLess(a, b))
  )
  const unread = differences.filter(({ a, b }) => a === null || b === null)
  const stale = differences.length === 0 ? false : unread.length < differences.length ? true : null
  const share = (load: Traffic['now'] | Traffic['peakDay']) => (load === null ? null : shareOf(load, measured))
  return {
    measured,
    unknown:
      stale === null ? `whether it still holds: ${unread.map(({ part }) => part).join(', ')} could not be read` : null,
    ageSeconds: Math.max(0, Math.round((now.getTime() - Date.parse(measured.measuredAt)) / 1000)),
    stale,
    differences: differences.map(({ part, a, b }) => ({ part, measured: a, now: b })),
    now: share(traffic.now),
    peakDay: share(traffic.peakDay),
    peakWeek: share(traffic.peakWeek)
  }
}

/** Whether one broker of those is missing, whichever: what was measured with one stopped holds then. */
function isOneLess(measured: string | null, now: string | null): boolean {
  const [before, after] = [measured, now].map((list) => list?.split(', ') ?? [])
  return before !== undefined && after?.length === before.length - 1 && after.every((name) => before.includes(name))
}

/** `Now at 31 % of what it takes; with one broker down 47 %; disks full on 3 March.` */
export function summaryOf({ allBrokers, oneBrokerDown, traffic, disks, asOf }: Omit<Capacity, 'summary'>): string {
  const parts = [ofAll(allBrokers, traffic), ofOneDown(oneBrokerDown), ofDisks(disks, new Date(asOf))]
  const text = `${parts.join('; ')}.`
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function ofAll({ measured, stale, now }: CapacityFigure, traffic: Traffic): string {
  if (!measured) return 'what it takes is not measured'
  if (!now) return `it takes ${rateOf(measured)}${caveat(stale)}; the traffic is not known: ${traffic.unknown}`
  return `now ${now.meaning === 'found' || isTiny(now) ? 'at ' : ''}${percentOf(now)} of what it takes${caveat(stale)}`
}

function ofOneDown({ measured, stale, now }: CapacityFigure): string {
  if (!measured) return 'with one broker down not measured'
  return `with one broker down ${now ? percentOf(now) : rateOf(measured)}${caveat(stale)}`
}

function rateOf({ meaning, recordsPerSecond }: MeasuredCapacity): string {
  const bound = { found: '', atLeast: 'at least ', atMost: 'less than ' }[meaning]
  return `${bound}${Math.round(recordsPerSecond).toLocaleString('en-US')} records/s`
}

function ofDisks({ dirs, unknown }: Capacity['disks'], asOf: Date): string {
  const [first] = dirs
  if (!first) return `disks are not known: ${unknown ?? 'no broker reports any'}`
  if (first.fullAt !== null) return `disks full on ${dateOf(new Date(first.fullAt), asOf)}`
  if (dirs.every(({ growthBytesPerDay }) => growthBytesPerDay !== null && growthBytesPerDay <= 0))
    return 'disks do not fill'
  const reasons = new Set(dirs.map((dir) => dir.unknown))
  return `when disks are full is not known: ${[...reasons].join(', ')}`
}

function caveat(stale: boolean | null): string {
  if (stale === false) return ''
  return stale ? ' (stale: measured under another configuration)' : ' (perhaps stale: the configuration cannot be read)'
}

type Share = NonNullable<CapacityFigure['now']>

/** At least next to nothing says nothing. */
function isTiny({ share, meaning }: Share): boolean {
  return share < 0.001 && meaning !== 'atLeast'
}

function percentOf(share: Share): string {
  if (isTiny(share)) return 'less than 0.1 %'
  const percent = share.share * 100
  const text = percent < 10 ? String(Number(percent.toFixed(1))) : percent.toFixed(0)
  return `${{ found: '', atMost: 'at most ', atLeast: 'at least ' }[share.meaning]}${text} %`
}

/** In UTC; with its year if that is another one. */
function dateOf(date: Date, now: Date): string {
  const year = date.getUTCFullYear() === now.getUTCFullYear() ? {} : { year: 'numeric' as const }
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', ...year, timeZone: 'UTC' }).format(date)
}

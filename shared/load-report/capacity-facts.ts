import type { Capacity, CapacityFigure, CapacityShare, DiskForecast } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement, MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'
import { bytes, grouped, plain, rounded, secondsSince, span } from '../reports/figures.ts'

/** Heads of `capacityRows`. */
export const capacityHead = ['CAPACITY', 'RECORDS/S', 'BYTES/S', 'NOW', 'PEAK 24 H', 'PEAK 7 D', 'MEASURED', 'STATE']

/** What the cluster takes, with all brokers and with one of them down. */
export function capacityRows({
  allBrokers,
  oneBrokerDown
}: Pick<Capacity, 'allBrokers' | 'oneBrokerDown'>): string[][] {
  return [figureRow('all brokers', allBrokers), figureRow(nameOf(oneBrokerDown), oneBrokerDown)]
}

function nameOf({ measured }: CapacityFigure): string {
  return measured?.stoppedNode ? `${measured.stoppedNode} down` : 'one broker down'
}

const bounds = { found: '', atLeast: '>= ', atMost: '< ' } as const

/** A measured rate, with its bound. */
export function rateOf(measured: MeasuredCapacity | null): string {
  return measured === null ? '?' : `${bounds[measured.meaning]}${grouped(measured.recordsPerSecond)}`
}

function figureRow(name: string, figure: CapacityFigure): string[] {
  const { measured, stale, ageSeconds } = figure
  if (!measured) return [name, '?', '?', '?', '?', '?', '-', 'not measured']
  const state = stale === null ? 'not known' : stale ? 'STALE' : 'current'
  return [
    name,
    rateOf(measured),
    `${bounds[measured.meaning]}${bytes(measured.bytesPerSecond)}`,
    ...[figure.now, figure.peakDay, figure.peakWeek].map(percentOf),
    `${span(ageSeconds ?? 0)} ago`,
    state
  ]
}

function percentOf(share: CapacityShare | null): string {
  if (!share) return '?'
  const prefix = { found: '', atMost: '<= ', atLeast: '>= ' }[share.meaning]
  return `${prefix}${(share.share * 100).toFixed(share.share < 0.1 ? 1 : 0)}%`
}

/** Heads of `diskRow`. */
export const diskHead = ['BROKER', 'DIRECTORY', 'FREE', 'GROWTH/DAY', 'FULL', 'FROM']

/** A log directory, and when it will be full. */
export function diskRow({
  broker,
  dir,
  usableBytes,
  growthBytesPerDay,
  fullAt,
  from,
  unknown
}: DiskForecast): string[] {
  const growth =
    growthBytesPerDay === null ? '?' : `${growthBytesPerDay < 0 ? '-' : ''}${bytes(Math.abs(growthBytesPerDay))}`
  const basis = from === null ? '-' : span(secondsSince(from))
  return [broker, plain(dir), bytes(usableBytes), growth, fullAt?.slice(0, 10) ?? plain(unknown ?? '?'), basis]
}

/** How each figure is known, or why it is not. */
export function methodsOf({ allBrokers, oneBrokerDown, traffic, disks }: Capacity): [name: string, text: string][] {
  return [
    ...figureMethods('All brokers', allBrokers),
    ...figureMethods('One broker down', oneBrokerDown),
    [
      'Shares',
      'traffic divided by capacity, by bytes and by records: the higher one. Records of another size than the measured ones cost something between both.'
    ],
    ['Traffic', [traffic.unknown, traffic.method, leftOut(traffic.leftOutMinutes)].filter(Boolean).join('; ')],
    ['Disks', [disks.unknown, disks.method].filter(Boolean).join('; ')]
  ]
}

function figureMethods(name: string, { measured, unknown, differences, now }: CapacityFigure): [string, string][] {
  if (!measured) return [[name, unknown ?? 'not known']]
  const changes = differences.map(
    (each) => `${each.part} ${each.measured ?? '(not read)'} -> ${each.now ?? '(not read)'}`
  )
  const shares = now
    ? `; now ${(now.byBytes * 100).toFixed(1)} % by bytes, ${(now.byRecords * 100).toFixed(1)} % by records`
    : ''
  return [
    [
      name,
      `${measured.method}. Ended: ${measured.endedBecause}${measured.lowestFail === null ? '' : `, ${grouped(measured.lowestFail)}/s failed`}. ` +
        `Run ${measured.run}, configuration ${measured.fingerprint.hash}${shares}`
    ],
    ...(changes.length === 0 ? [] : [[`${name}, changed since`, changes.join('; ')] as [string, string]])
  ]
}

function leftOut(minutes: number): string {
  return minutes === 0 ? '' : `${rounded(minutes)} min were left out`
}

/** What a measurement does, after how long. */
export function eventLine(
  { at, event, detail }: CapacityMeasurement['timeline'][number],
  { createdAt }: Pick<CapacityMeasurement, 'createdAt'>
): string {
  const seconds = ((Date.parse(at) - Date.parse(createdAt)) / 1000).toFixed(1).padStart(6)
  return `${seconds} s  ${event}${detail ? `  ${plain(detail)}` : ''}`
}

import { stdout } from 'node:process'
import type { Capacity, CapacityFigure, CapacityShare, DiskForecast } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement, MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'
import { printTable } from '../answer.ts'
import { ago, grouped, rounded, secondsSince, span } from '../figures.ts'
import { bytes, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { wrap } from '../table.ts'

/**
 * The answer as text: a sentence, the figures, and how each is known.
 * @param width of the terminal, in characters; undefined without one
 */
export function printCapacity(
  output: Output,
  answer: Capacity,
  width: number | undefined = stdout.columns || undefined
): void {
  const { summary, allBrokers, oneBrokerDown, traffic, disks, measuring } = answer
  const say = (text: string, indent = '') =>
    output.print(
      indent + wrap(plain(text), Math.max(40, (width ?? 120) - indent.length)).replaceAll('\n', `\n${indent}`)
    )
  output.print(paint('bold', wrap(plain(summary), Math.max(40, width ?? 120))))
  if (measuring !== null) output.print(paint('yellow', `A measurement is under way: ${measuring}`))
  const rows = [figureRow('all brokers', allBrokers), figureRow(nameOf(oneBrokerDown), oneBrokerDown)]
  output.print('')
  output.print(
    table(['CAPACITY', 'RECORDS/S', 'BYTES/S', 'NOW', 'PEAK 24 H', 'PEAK 7 D', 'MEASURED', 'STATE'], rows, width)
  )
  if (traffic.now) {
    const { at, bytesPerSecond, recordsPerSecond } = traffic.now
    output.print('')
    say(`Traffic ${ago(at)}: ${grouped(recordsPerSecond)} records/s, ${bytes(Math.round(bytesPerSecond))}/s.`)
  }
  if (disks.dirs.length > 0) {
    output.print('')
    output.print(table(['BROKER', 'DIRECTORY', 'FREE', 'GROWTH/DAY', 'FULL', 'FROM'], disks.dirs.map(diskRow), width))
  }
  output.print('')
  for (const [name, text] of methodsOf(answer)) {
    output.print(paint('dim', `${name}:`))
    say(text, '  ')
  }
}

/** What a measurement does, after how long. */
export function eventLine(
  { at, event, detail }: CapacityMeasurement['timeline'][number],
  { createdAt }: Pick<CapacityMeasurement, 'createdAt'>
): string {
  const seconds = ((Date.parse(at) - Date.parse(createdAt)) / 1000).toFixed(1).padStart(6)
  return `${seconds} s  ${event}${detail ? `  ${plain(detail)}` : ''}`
}

export function printMeasurements(output: Output, measurements: readonly CapacityMeasurement[]): void {
  const rows = measurements.map(({ id, status, createdAt, node, allBrokers, oneBrokerDown, failure }) => [
    id,
    status,
    ago(createdAt),
    rateOf(allBrokers),
    node === null ? '-' : rateOf(oneBrokerDown),
    node ?? '-',
    plain(failure ?? '')
  ])
  printTable(
    output,
    ['ID', 'STATUS', 'STARTED', 'ALL/S', 'ONE DOWN/S', 'STOPPED', 'FAILURE'],
    rows,
    'Nothing has been measured.'
  )
}

function nameOf({ measured }: CapacityFigure): string {
  return measured?.stoppedNode ? `${measured.stoppedNode} down` : 'one broker down'
}

const bounds = { found: '', atLeast: '>= ', atMost: '< ' } as const

function rateOf(measured: MeasuredCapacity | null): string {
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
    stale === false ? state : paint('yellow', state)
  ]
}

function percentOf(share: CapacityShare | null): string {
  if (!share) return '?'
  const prefix = { found: '', atMost: '<= ', atLeast: '>= ' }[share.meaning]
  return `${prefix}${(share.share * 100).toFixed(share.share < 0.1 ? 1 : 0)}%`
}

function diskRow({ broker, dir, usableBytes, growthBytesPerDay, fullAt, from, unknown }: DiskForecast): string[] {
  const growth =
    growthBytesPerDay === null ? '?' : `${growthBytesPerDay < 0 ? '-' : ''}${bytes(Math.abs(growthBytesPerDay))}`
  const basis = from === null ? '-' : span(secondsSince(from))
  return [broker, plain(dir), bytes(usableBytes), growth, fullAt?.slice(0, 10) ?? plain(unknown ?? '?'), basis]
}

/** How each figure is known, or why it is not. */
function methodsOf({ allBrokers, oneBrokerDown, traffic, disks }: Capacity): [name: string, text: string][] {
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

import { stdout } from 'node:process'
import type { Capacity } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement } from '#shared/contracts/capacity-measurement.ts'
import { capacityHead, capacityRows, diskHead, diskRow, methodsOf, rateOf } from '#shared/load-report/capacity-facts.ts'
import { ago, grouped } from '#shared/reports/figures.ts'
import { printTable } from '../answer.ts'
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
  const { summary, traffic, disks, measuring } = answer
  const say = (text: string, indent = '') =>
    output.print(
      indent + wrap(plain(text), Math.max(40, (width ?? 120) - indent.length)).replaceAll('\n', `\n${indent}`)
    )
  output.print(paint('bold', wrap(plain(summary), Math.max(40, width ?? 120))))
  if (measuring !== null) output.print(paint('yellow', `A measurement is under way: ${measuring}`))
  const rows = capacityRows(answer).map((row) => {
    const state = row.at(-1) ?? ''
    return row.with(-1, state === 'current' || state === 'not measured' ? state : paint('yellow', state))
  })
  output.print('')
  output.print(table(capacityHead, rows, width))
  if (traffic.now) {
    const { at, bytesPerSecond, recordsPerSecond } = traffic.now
    output.print('')
    say(`Traffic ${ago(at)}: ${grouped(recordsPerSecond)} records/s, ${bytes(Math.round(bytesPerSecond))}/s.`)
  }
  if (disks.dirs.length > 0) {
    output.print('')
    output.print(table(diskHead, disks.dirs.map(diskRow), width))
  }
  output.print('')
  for (const [name, text] of methodsOf(answer)) {
    output.print(paint('dim', `${name}:`))
    say(text, '  ')
  }
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

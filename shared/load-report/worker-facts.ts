import type { LoadWorkers } from '#shared/contracts/load-workers.ts'
import { counted, grouped, milliseconds, plain } from '../reports/figures.ts'

/** Who made the load of a run, and who was lost meanwhile: one fact for each question. */
export function workerFacts({ joined, lost }: LoadWorkers): [name: string, text: string][] {
  const made = joined.map(({ host, shares, clockErrorMs }) => {
    const clock = clockErrorMs === null ? '' : `, clock known to ${milliseconds(clockErrorMs)} ms`
    return `${plain(host)} (${counted(shares.length, 'producer')}${clock})`
  })
  return [
    ['Workers', made.join(', ') || 'none'],
    ...lost.map(({ host, second, shares, secondsWithout, unknownRecords }): [string, string] => [
      'Worker lost',
      `${plain(host)} after ${second} s: for ${secondsWithout} s the load lacked ${counted(shares.length, 'producer')}; ${
        unknownRecords === null
          ? 'how many records it had sent is not known'
          : `${grouped(unknownRecords)} records may have been written`
      }`
    ])
  ]
}

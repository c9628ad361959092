import type { Capacity, CapacityFigure, DiskForecast } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement } from '#shared/contracts/capacity-measurement.ts'
import { capacityHead, capacityRows, methodsOf } from '#shared/load-report/capacity-facts.ts'
import type { Mark } from '../format/mark.ts'

/** A figure in words, or why it is not known. */
export interface CapacityFact {
  label: string
  text: string | null
  reason: string
}

export interface ShownFigure {
  /** `All brokers`, `kafka-3 down` */
  name: string
  state: { mark: Mark; word: string }
  facts: CapacityFact[]
  /** How it is known, what has changed since, or why there is none. */
  methods: string[]
}

/** The two capacities, in the words of `kops capacity`. */
export function shownFigures(capacity: Capacity): ShownFigure[] {
  const { allBrokers, oneBrokerDown, traffic } = capacity
  const methods = methodsOf(capacity)
  const figures = [
    ['All brokers', allBrokers],
    ['One broker down', oneBrokerDown]
  ] as const
  return capacityRows(capacity).map(([name = '', ...texts], nth) => {
    const [heading = '', figure = allBrokers] = figures[nth] ?? []
    return {
      name: figure.measured?.stoppedNode ? name : heading,
      state: stateOf(figure),
      // What was not measured has one reason, which needs no six dashes.
      facts: (figure.measured === null ? [] : capacityHead).slice(1, -1).map((head, at) => {
        const text = texts[at] ?? '?'
        const isUnknown = text === '?' || text === '-'
        return { label: inSentence(head), text: isUnknown ? null : text, reason: reasonOf(figure, traffic) }
      }),
      methods: methods
        .filter(([of]) => of.startsWith(heading))
        .map(([of, text]) => (of === heading ? text : `Changed since: ${text}`))
    }
  })
}

function reasonOf({ measured, unknown }: CapacityFigure, { unknown: ofTraffic }: Capacity['traffic']): string {
  return (measured === null ? unknown : (ofTraffic ?? unknown)) ?? 'not known'
}

function stateOf({ measured, stale }: CapacityFigure): ShownFigure['state'] {
  if (measured === null) return { mark: 'unknown', word: 'not measured' }
  if (stale === null) return { mark: 'unknown', word: 'whether it still holds is not known' }
  return stale
    ? { mark: 'degraded', word: 'stale: the configuration has changed' }
    : { mark: 'healthy', word: 'current' }
}

/** `Peak 24 h` of a heading in capitals. */
export function inSentence(head: string): string {
  return head.charAt(0) + head.slice(1).toLowerCase()
}

/** Whether a measurement still goes on, and can be cancelled. */
export function isMeasuring({ status }: Pick<CapacityMeasurement, 'status'>): boolean {
  return status === 'searching' || status === 'healing' || status === 'recovering'
}

const states = { completed: 'healthy', aborted: 'unknown', failed: 'down' } as const

export function measurementState({ status }: Pick<CapacityMeasurement, 'status'>): { mark: Mark; word: string } {
  return { mark: status in states ? states[status as keyof typeof states] : 'progress', word: status }
}

/** Why disks have no date on which they are full: once where all have the same reason, which is longer than a cell of a phone. */
export function datelessDisks(dirs: readonly DiskForecast[]): string[] {
  const dateless = dirs.filter(({ fullAt }) => fullAt === null)
  const reasonOf = ({ unknown }: DiskForecast) => unknown ?? 'not known'
  const reasons = new Set(dateless.map(reasonOf))
  if (dateless.length === dirs.length && reasons.size === 1)
    return Array.from(reasons, (reason) => `No dates: ${reason}`)
  return dateless.map((disk) => `${disk.broker} ${disk.dir} has no date: ${reasonOf(disk)}`)
}

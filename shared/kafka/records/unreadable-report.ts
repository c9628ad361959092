import type { Warning } from '../../contracts/common.ts'
import type { Unreadable } from './batch-records.ts'

/** One reading names so many places of the log that cannot be read, and counts the others. */
const maxNamed = 20

/** What a reading could not read, as warnings: each place once, although a batch may be fetched again. */
export function createUnreadableReport(topic: string) {
  const named = new Map<string, Warning>()
  let others = 0
  return {
    add(partition: number, place: Unreadable): void {
      const key = `${partition}:${place.from}:${place.to}`
      if (named.has(key)) return
      if (named.size >= maxNamed) others += 1
      else named.set(key, { code: 'internal', message: describe(place), target: `${topic}-${partition}` })
    },
    warnings(): Warning[] {
      const more = { code: 'internal', message: `${others} more places of the log cannot be read`, target: topic }
      return others === 0 ? [...named.values()] : [...named.values(), more]
    }
  }
}

function describe({ from, to, reason }: Unreadable): string {
  return `${placeOf(from, to)} cannot be read: ${reason}`
}

function placeOf(from: number, to: number): string {
  if (to <= from) return `A record before offset ${from}`
  return to === from + 1 ? `Offset ${from}` : `Offsets ${from} to ${to - 1}`
}

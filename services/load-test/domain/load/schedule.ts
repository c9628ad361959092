import type { Rate } from '#shared/contracts/load-rate.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { piecesOf, recordsWithin, secondsAt } from './rate-shape.ts'

/** When the records of one producer are due, whether or not earlier ones were answered. */
export interface Schedule {
  /** Milliseconds after the start at which this producer's next record is due. Call once for each record. */
  next(): number
}

export interface ScheduleOptions {
  /** How many producers share the rate. */
  producers: number
  /** Which of them this is, from 0. */
  producer: number
  /** Of the whole run; of no effect on even arrivals. */
  seed: number
  /** Leaves out what is due before, for a producer that takes over another's part; default 0. */
  fromMs?: number
}

/**
 * The schedule of one producer of several that together make a rate; undefined for the closed rate, which has none.
 *
 * Even arrivals: record i of the run is due when the integral of the rate reaches i, and producer p of P has the records
 * p, p + P, p + 2P and so on. Times are computed from the record's number, so that no error adds up.
 * Poisson arrivals: each producer is an independent Poisson process of a P-th of the rate, which together are one of the
 * whole rate. Exponential gaps become times through the integral of the rate (time change), so that every shape works.
 * The last rate holds for ever.
 */
export function createSchedule(rate: Rate, options: ScheduleOptions): Schedule | undefined {
  if (rate.kind === 'closed') return undefined
  const secondsOf = createInverse(rate)
  const { producers, producer, fromMs = 0 } = options
  const before = recordsWithin(rate, fromMs / 1000) ?? 0
  if (rate.arrivals !== 'poisson') {
    let record = producer + producers * dueBefore(before, options)
    return {
      next() {
        const due = secondsOf(record) * 1000
        record += producers
        return due
      }
    }
  }
  // The odd factor spreads the producers over the generator's one long sequence.
  const random = createRandom(options.seed + Math.imul(producer + 1, 0x9e3779b9) + fromMs)
  // Such a process has no memory: it may begin at any time.
  let records = before
  return {
    next() {
      records -= Math.log(1 - random()) * producers
      return secondsOf(records) * 1000
    }
  }
}

/** How many of a producer's even arrivals are among the first so many of the run. */
function dueBefore(records: number, { producers, producer }: Pick<ScheduleOptions, 'producers' | 'producer'>): number {
  return Math.max(0, Math.ceil((records - producer) / producers))
}

/**
 * Records of one producer that an open rate demands before a time, exact for even arrivals and their mean for others; 0 for the
 * closed rate.
 */
export function recordsDue(rate: Rate, options: Omit<ScheduleOptions, 'seed'>, untilMs: number): number {
  const { fromMs = 0 } = options
  const due = (ms: number) => dueBefore(recordsWithin(rate, ms / 1000) ?? 0, options)
  return due(untilMs) - due(fromMs)
}

/** Seconds at which the integral of a rate reaches a number of records that never falls from call to call. */
function createInverse(rate: Rate): (records: number) => number {
  const [first, ...following] = piecesOf(rate)
  if (!first) throw new Error('the closed rate has no times')
  let current = first
  return (records) => {
    while (records >= current.recordsBefore + current.records) {
      const next = following.shift()
      if (!next) break
      current = next
    }
    return secondsAt(current, records)
  }
}

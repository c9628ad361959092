import type { RateSearch, Trial } from '#shared/contracts/load-search.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { grouped, milliseconds, span } from '../reports/figures.ts'

/** What a search found, and what its figures mean. */
export function searchInWords({ highestPass, lowestFail, endedBecause }: RateSearch): string {
  const ends = [
    highestPass === null ? 'no rate passed' : `${perSecond(highestPass)} passes`,
    ...(lowestFail === null ? [] : [`${perSecond(lowestFail)} fails`])
  ]
  const meaning = meanings[endedBecause]
  return `${ends.join(', ')}${meaning === '' ? '' : `; ${meaning}`}`
}

const meanings: Record<RateSearch['endedBecause'], string> = {
  found: '',
  clientLimit: 'beyond it the client was the limit: the cluster sustains this or more',
  maximumPassed: 'it is the highest that was to be tried',
  minimumFailed: 'there is no rate that the cluster sustains',
  soakFailed: 'but 90 % of it did not hold during the soak',
  outOfBounds: 'then the trials, the records or the time were used up',
  interrupted: 'so far: the search did not end by itself'
}

export function soakInWords({ perSecond: rate, seconds, p99Ms, reason }: Trial): string {
  return `${perSecond(rate)} for ${span(seconds)}: ${verdictOf(reason)}, p99 ${milliseconds(p99Ms)} ms`
}

/** Heads of `trialRows`. */
export const trialHead = ['TRIAL', 'RATE/S', 'ACHIEVED/S', 'P99 MS', 'VERDICT']

export function trialRows({ trials, soak }: RateSearch): string[][] {
  return [...trials, ...(soak ? [soak] : [])].map((trial, nth) => [
    trial === soak ? 'soak' : String(nth + 1),
    rateOf(trial.perSecond),
    rateOf(trial.achievedPerSecond),
    milliseconds(trial.p99Ms),
    verdictOf(trial.reason)
  ])
}

/** The current trial: `trial 7, 10,000/s passes, 20,000/s fails`. */
export function trialInWords(trial: NonNullable<NonNullable<LoadTestRun['progress']>['trial']>): string {
  const { number, isSoak, highestPass, lowestFail } = trial
  return [
    isSoak ? 'soak' : `trial ${number}`,
    ...(highestPass === null ? [] : [`${perSecond(highestPass)} passes`]),
    ...(lowestFail === null ? [] : [`${perSecond(lowestFail)} fails`])
  ].join(', ')
}

/** Whether a search found a rate that the cluster sustains. */
export function isAnswered({ endedBecause }: RateSearch): boolean {
  return endedBecause === 'found' || endedBecause === 'maximumPassed'
}

function verdictOf(reason: Trial['reason']): string {
  return reason === null ? 'passed' : `failed (${reason})`
}

function perSecond(rate: number): string {
  return `${rateOf(rate)}/s`
}

function rateOf(rate: number): string {
  return rate < 1000 && !Number.isInteger(rate) ? rate.toFixed(1) : grouped(rate)
}

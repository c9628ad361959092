import type { Percentile } from '#shared/contracts/load-latency.ts'
import type { Rate } from '#shared/contracts/load-rate.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestResult, SteadyState, Verification } from '#shared/contracts/load-test-result.ts'
import type { ProducerSettings, Workload } from '#shared/contracts/workload.ts'
import { bytes, counted, grouped, milliseconds, plain, span } from '../reports/figures.ts'
import { consumersInWords, groupInWords } from './consumer-facts.ts'
import { isAnswered, searchInWords, soakInWords } from './search-facts.ts'
import { transactionFacts, transactionsInWords } from './transaction-facts.ts'
import { workerFacts } from './worker-facts.ts'

export type Fact = [name: string, text: string]

/** A run in words, one fact for each question that a reader of its report has. */
export function factsOf(run: LoadTestRun): Fact[] {
  const { workload, result } = run
  return [
    ...(workload ? workloadFacts(workload) : []),
    ['Topic', workload?.topic.kind === 'temporary' ? `${run.topic}, deleted with the run` : run.topic],
    ...(run.failure === undefined ? [] : [['Failure', plain(run.failure)] satisfies Fact]),
    ...(result ? resultFacts(result) : [])
  ]
}

function workloadFacts({ name, description, rate, producers, producer, transactions, consumers }: Workload): Fact[] {
  return [
    ['Workload', description === undefined ? name : `${name}: ${plain(description.replaceAll(/\s+/g, ' ').trim())}`],
    ['Target rate', rateInWords(rate ?? { kind: 'closed' })],
    ['Producers', [producers ?? 1, ...(producer ? settingsInWords(producer) : [])].join(', ')],
    ...(transactions ? [['Transactions', transactionsInWords(transactions)] satisfies Fact] : []),
    ...(consumers ? [['Consumers', consumersInWords(consumers)] satisfies Fact] : [])
  ]
}

/** A rate as a person would say it. */
export function rateInWords(rate: Rate): string {
  if (rate.kind === 'closed') return 'closed: as fast as the cluster acknowledges'
  return `${shapeInWords(rate)}${rate.arrivals === 'poisson' ? ', arriving at random (Poisson)' : ''}`
}

function shapeInWords(rate: Exclude<Rate, { kind: 'closed' }>): string {
  switch (rate.kind) {
    case 'constant':
      return perSecond(rate.perSecond)
    case 'ramp':
      return `from ${perSecond(rate.from)} to ${perSecond(rate.to)} within ${span(rate.overSeconds)}`
    case 'steps':
      return `from ${perSecond(rate.from)} to ${perSecond(rate.to)}, by ${grouped(rate.by)} every ${span(rate.everySeconds)}`
    case 'spike':
      return `${perSecond(rate.base)}, and ${perSecond(rate.peak)} after ${span(rate.afterSeconds)} for ${span(rate.forSeconds)}`
    case 'stages':
      return `${counted(rate.stages.length, 'stage')} of up to ${perSecond(Math.max(...rate.stages.map((each) => each.perSecond)))}`
    case 'search':
      return `search for the highest with p99 <= ${rate.objective?.maxP99Ms ?? 100} ms`
  }
}

function settingsInWords({ acks, idempotent, compression, batchBytes, lingerMs }: ProducerSettings): string[] {
  return [
    ...(acks === undefined ? [] : [`acks=${acks}`]),
    ...(idempotent ? ['idempotent'] : []),
    ...(compression === undefined ? [] : [compression]),
    ...(batchBytes === undefined ? [] : [`batches of ${bytes(batchBytes)}`]),
    ...(lingerMs === undefined ? [] : [`${lingerMs} ms linger`])
  ]
}

function resultFacts(result: LoadTestResult): Fact[] {
  const { acknowledged, unconfirmed, transactions, durationMs, verification, consumers = [] } = result
  const seconds = durationMs / 1000
  const within = `in ${seconds < 90 ? `${seconds.toFixed(1)} s` : span(seconds)}`
  return [
    unconfirmed === undefined
      ? ['Acknowledged', `${grouped(acknowledged)} records ${within}`]
      : ['Unconfirmed', `${grouped(unconfirmed)} records handed to the network ${within}; ${whyUnconfirmed}`],
    ...rateFacts(result),
    ['Errors', errorsInWords(result)],
    ...(transactions ? transactionFacts(transactions) : []),
    ...(result.workers === undefined ? [] : workerFacts(result.workers)),
    ['Compression', compressionInWords(result)],
    ...consumers.map((group, nth): Fact => [nameOf(nth, consumers.length), groupInWords(group)]),
    ...(verification === undefined ? [] : verificationFacts(verification))
  ]
}

/** So many places of what is wrong show whether it is one of a kind. */
const mostPlaces = 10

function verificationFacts(verification: Verification): Fact[] {
  const { evidence } = verification
  const shown = evidence.slice(0, mostPlaces)
  const first = shown.length < evidence.length ? `the first ${mostPlaces}: ` : ''
  return [
    ['Read back', verificationInWords(verification)],
    ...(shown.length === 0 ? [] : [['Places', first + shown.map(plain).join('; ')] satisfies Fact])
  ]
}

function rateFacts({ search, eventsPerSecond, steadyState, limitedBy }: LoadTestResult): Fact[] {
  if (search) {
    const soak: Fact[] = search.soak ? [['Soak', soakInWords(search.soak)]] : []
    return [['Sustained', searchInWords(search)], ...soak]
  }
  const measured = steadyState?.eventsPerSecond ?? eventsPerSecond
  return [
    ['Rate', `${perSecond(measured)}${steadyState ? `; ${steadyStateInWords(steadyState)}` : ''}`],
    ...(limitedBy === undefined ? [] : [['Limited by', limits[limitedBy]] satisfies Fact])
  ]
}

const whyUnconfirmed =
  'acks=none: no broker says whether they were written, and times end when the network has them. Compare them with no acknowledged run'

const limits: Record<NonNullable<LoadTestResult['limitedBy']>, string> = {
  client: "the client was the limit: no figure here is the cluster's",
  cluster: 'the cluster: producers waited for its answers, with full buffers or at the end of transactions',
  rate: 'the target rate: records were sent when they were due',
  unknown: 'not known: neither the producers nor their buffers were at their limit'
}

/** The part of a run that was measured, and the rule that chose it. */
export function steadyStateInWords({ status, warmUpSeconds }: SteadyState): string {
  switch (status) {
    case 'steady':
      return warmUpSeconds === 0
        ? 'steady from the start (MSER-5)'
        : `after ${span(warmUpSeconds)} of warm-up, found by rule (MSER-5)`
    case 'given':
      return `after the ${span(warmUpSeconds)} of warm-up that the workload leaves out`
    case 'noSteadyState':
      return 'no steady state: it drifted to its end, so that this is no rate to rely on'
    case 'tooShort':
      return 'too short to find a warm-up: nothing is left out'
    case 'shaped':
      return 'the target changes: this is the mean of the whole run'
  }
}

function errorsInWords({ failed, indeterminate, errors }: LoadTestResult): string {
  if (failed === 0) return 'none'
  const codes = errors.map(({ code, count, longestMs }) => {
    const longest = longestMs === undefined ? '' : ` (within ${milliseconds(longestMs)} ms)`
    return `${plain(code)} ${grouped(count)}${longest}`
  })
  const perhaps = indeterminate === 0 ? '' : `; ${grouped(indeterminate)} may have been written`
  return `${grouped(failed)} ${failed === 1 ? 'record' : 'records'}: ${codes.join(', ')}${perhaps}`
}

function verificationInWords({ verdict, read, ackedLost, faults, unread, ...counts }: Verification): string {
  const { unconfirmed = 0, unconfirmedPresent = 0, aborted = 0, abortedPresent = 0 } = counts
  const found = `${verdict}: ${grouped(read)} records found, ${grouped(ackedLost)} acknowledged ones lost`
  const missing = unconfirmed - unconfirmedPresent
  const notes = [
    ...(unconfirmed > 0
      ? [`${grouped(missing)} of ${grouped(unconfirmed)} unconfirmed ones missing: nobody said that they were written`]
      : []),
    ...(aborted > 0 ? [`${grouped(abortedPresent)} of ${grouped(aborted)} in aborted transactions visible`] : [])
  ]
  return [found, ...notes, ...faults, ...unread].map(plain).join('; ')
}

function compressionInWords({ compressionRatio, compressedBytes, uncompressedBytes }: LoadTestResult): string {
  if (compressionRatio === null || compressedBytes === null) return 'not known'
  return `${bytes(uncompressedBytes)} to ${bytes(compressedBytes)} (${(compressionRatio * 100).toFixed(0)} %)`
}

function perSecond(rate: number): string {
  return `${rate < 100 && !Number.isInteger(rate) ? rate.toFixed(1) : grouped(rate)}/s`
}

/** Heads of `percentileRows`. */
export const percentileHead = ['TIME', 'PERCENTILE', 'MS', '95 % INTERVAL', 'SAMPLES', 'NEEDED', '']

const times: [of: Percentile['of'], name: string, key: 'responseTimeMs' | 'serviceTimeMs' | 'scheduleLagMs'][] = [
  ['responseTime', 'response', 'responseTimeMs'],
  ['serviceTime', 'service', 'serviceTimeMs'],
  ['scheduleLag', 'schedule lag', 'scheduleLagMs']
]

/** How a group is called beside others. */
function nameOf(nth: number, count: number): string {
  return count === 1 ? 'Group' : `Group ${nth + 1}`
}

/** The percentiles of each time with their certainty, and its longest value. */
export function percentileRows(result: LoadTestResult): string[][] {
  const { percentiles = [], consumers = [] } = result
  return [
    ...times.flatMap(([of, name, key]) => rowsOf(name, percentiles, of, result[key]?.max)),
    ...rowsOf('commit', percentiles, 'commit', result.transactions?.commitMs?.max),
    ...consumers.flatMap((group, nth) => {
      const suffix = consumers.length === 1 ? '' : ` ${nth + 1}`
      return [
        ...rowsOf(`e2e${suffix}`, group.percentiles, 'endToEnd', group.endToEndMs?.max),
        ...rowsOf(`delivery${suffix}`, group.percentiles, 'delivery', group.deliveryMs?.max)
      ]
    })
  ]
}

function rowsOf(name: string, all: readonly Percentile[], of: Percentile['of'], max: number | undefined): string[][] {
  const found = all.filter((each) => each.of === of)
  if (found.length === 0) return []
  const rows = found.map(({ percentile, valueMs, lowMs, highMs, effectiveSamples, neededSamples }) => [
    name,
    `p${percentile}`,
    milliseconds(valueMs),
    valueMs === null || lowMs === null ? '-' : `${milliseconds(lowMs)} to ${milliseconds(highMs)}`,
    String(effectiveSamples),
    neededSamples === undefined ? '-' : String(neededSamples),
    valueMs === null ? 'too few samples' : ''
  ])
  return [...rows, [name, 'max', milliseconds(max), '-', '-', '-', '']]
}

/** Why no percentile has an interval; undefined if some has. */
export function whyNoIntervals({ percentiles = [] }: LoadTestResult): string | undefined {
  if (percentiles.length === 0 || percentiles.some(({ lowMs }) => lowMs !== null)) return undefined
  return 'An interval needs 30 seconds after the warm-up.'
}

/** Thresholds with what was measured. */
export function thresholdRows({ thresholds = [] }: LoadTestResult): [verdict: 'passed' | 'FAILED', ...string[]][] {
  return thresholds.map(({ threshold, actual, passed }) => [
    passed ? 'passed' : 'FAILED',
    plain(threshold),
    actual === null ? 'not known' : String(Number(actual.toPrecision(6)))
  ])
}

/**
 * Whether the run ended by itself and meets all its thresholds; a search found a rate, and records that were read back are
 * clean.
 */
export function isPassed({ status, result }: Pick<LoadTestRun, 'status' | 'result'>): boolean {
  const isMet = (result?.thresholds ?? []).every(({ passed }) => passed)
  const isFound = result?.search === undefined || isAnswered(result.search)
  return status === 'completed' && isMet && isFound && (result?.verification?.verdict ?? 'clean') === 'clean'
}

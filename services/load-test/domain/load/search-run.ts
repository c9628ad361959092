import { abortable } from '#shared/abortable.ts'
import type { Clock } from '#shared/clock.ts'
import type { LatencySpectrum } from '#shared/contracts/load-detail.ts'
import type { RateSearch, Trial } from '#shared/contracts/load-search.ts'
import type { LoadTestResult, LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import type { LoadOrder, PreparedLoad, SecondReport } from './engine-port.ts'
import { judgeTrial } from './judge-trial.ts'
import { createMeasurement, type Measurement } from './measurement.ts'
import { createPartitionCounts } from './partition-counts.ts'
import { createRateSearch, mostTrials, type SearchStep } from './rate-search.ts'
import type { ResolvedSearch } from './resolve-rate.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'

export interface SearchParts {
  /** @throws KopsError like LoadEngine.prepare() */
  prepare: (order: LoadOrder) => Promise<PreparedLoad>
  clock: Clock
}

/** A prepared trial and its measurement. */
interface Current {
  step: SearchStep
  load: PreparedLoad
  measurement: Measurement
}

/** Once no more records are due, those under way get so long, and the objective, before they are given up. */
const drainMs = 2000
/** Short, because a cluster with credit for bursts (a client quota of Kafka is one) saves some in every pause. */
const pauseMs = 200

/**
 * A search in the form of any other run: running it makes one trial after the other, each with producers that are connected
 * beforehand. Its measurement has all of them together.
 * @throws KopsError if the first trial cannot be prepared
 */
export async function prepareSearch(
  order: LoadOrder,
  rate: ResolvedSearch,
  { prepare, clock }: SearchParts
): Promise<{ load: PreparedLoad; measurement: Measurement }> {
  const { records, durationSeconds, warmUpSeconds } = order.workload
  const search = createRateSearch({
    ...rate,
    bounds: {
      trials: mostTrials,
      seconds: durationSeconds ?? Number.POSITIVE_INFINITY,
      records: records ?? Number.POSITIVE_INFINITY
    }
  })
  const trials: Trial[] = []
  const results: LoadTestResult[] = []
  const seconds: LoadTestSecond[] = []
  let soak: Trial | undefined
  let soakResult: LoadTestResult | undefined
  let spectrum: LatencySpectrum | undefined
  const partitions = createPartitionCounts()
  let current: Current | undefined
  let startedAt = 0

  async function prepareTrial(step: SearchStep): Promise<Current> {
    const workload: ResolvedWorkload = {
      ...order.workload,
      rate: { kind: 'constant', perSecond: step.perSecond, arrivals: rate.arrivals },
      records: null,
      durationSeconds: step.seconds
    }
    const trialOrder = { ...order, workload, seed: order.seed + results.length }
    return { step, load: await prepare(trialOrder), measurement: createMeasurement(workload, trialOrder.seed) }
  }

  async function carryOut({ step, load }: Current, signal: AbortSignal, onSecond: (report: SecondReport) => void) {
    const over = new AbortController()
    const deadlineMs = step.seconds * 1000 + rate.objective.maxP99Ms + drainMs
    const deadline = clock.sleep(deadlineMs, over.signal).then(
      () => over.abort(new Error('The trial is over')),
      () => undefined
    )
    try {
      return await load.run(AbortSignal.any([signal, over.signal]), onSecond)
    } finally {
      over.abort()
      await deadline
      await load.close()
    }
  }

  /** Keeps what a trial measured. */
  function settle({ step, measurement }: Current, durationMs: number): Trial {
    const result = measurement.result(durationMs)
    const own = measurement.seconds()
    results.push(result)
    seconds.push(...shifted(own))
    if (step.isSoak) spectrum = measurement.spectrum()
    current = undefined
    return judgeTrial(result, own, {
      ...step,
      warmUpSeconds: warmUpSeconds ?? 0,
      maxP99Ms: rate.objective.maxP99Ms
    })
  }

  function shifted(own: LoadTestSecond[]): LoadTestSecond[] {
    const offset = (seconds.at(-1)?.second ?? -1) + 1
    return own.map((each) => ({ ...each, second: each.second + offset }))
  }

  async function runAll(signal: AbortSignal, onSecond: (report: SecondReport) => void): Promise<void> {
    for (let step = search.next(); step && !signal.aborted; step = search.next()) {
      const began = clock.monotonicMs()
      current ??= await unlessAborted(prepareTrial(step), signal)
      const { durationMs } = await carryOut(current, signal, onSecond)
      if (signal.aborted) return
      const trial = settle(current, durationMs)
      if (step.isSoak) [soak, soakResult] = [trial, results.at(-1)]
      else trials.push(trial)
      await clock.sleep(pauseMs, signal).catch(() => undefined)
      search.report({ reason: trial.reason, tookSeconds: (clock.monotonicMs() - began) / 1000 })
    }
  }

  const first = search.next()
  if (!first) throw new Error('the bounds leave no room for a trial')
  current = await prepareTrial(first)
  const { payload } = current.load
  const partial = () => (current ? [...results, current.measurement.result(0)] : results)
  return {
    load: {
      payload,
      async run(signal, onSecond) {
        startedAt = clock.monotonicMs()
        await runAll(signal, onSecond)
        return { durationMs: clock.monotonicMs() - startedAt }
      },
      async close() {
        await current?.load.close()
      }
    },
    measurement: {
      add(report) {
        current?.measurement.add(report)
        partitions.add(report.partitions ?? [])
      },
      progress() {
        const sum = (key: 'acknowledged' | 'failed') => results.reduce((total, result) => total + result[key], 0)
        const now = current?.measurement.progress()
        const { highestPass, lowestFail } = search.answer()
        const second = now?.second ? shifted([now.second]).at(0) : seconds.at(-1)
        return {
          acknowledged: sum('acknowledged') + (now?.acknowledged ?? 0),
          failed: sum('failed') + (now?.failed ?? 0),
          ...(second ? { second } : {}),
          ...(current ? { trial: { number: results.length + 1, ...current.step, highestPass, lowestFail } } : {})
        }
      },
      result(durationMs) {
        const sums = joinResults(partial(), durationMs, { ...search.answer(), trials, ...(soak ? { soak } : {}) })
        return { ...timesOf(soakResult, order.workload.thresholds), ...sums }
      },
      secondsSoFar: () => [...seconds, ...shifted(current?.measurement.secondsSoFar() ?? [])],
      seconds: () => [...seconds, ...shifted(current?.measurement.seconds() ?? [])],
      partitions: partitions.all,
      spectrum: () => spectrum
    }
  }
}

/** An abort does not wait for what is being prepared, which is closed as soon as it is there. */
async function unlessAborted(preparing: Promise<Current>, signal: AbortSignal): Promise<Current> {
  try {
    return await abortable(preparing, signal)
  } catch (error) {
    preparing.then(
      ({ load }) => load.close(),
      () => undefined
    )
    throw error
  }
}

const limits: Record<RateSearch['endedBecause'], NonNullable<LoadTestResult['limitedBy']>> = {
  found: 'cluster',
  soakFailed: 'cluster',
  minimumFailed: 'cluster',
  clientLimit: 'client',
  maximumPassed: 'rate',
  outOfBounds: 'unknown',
  interrupted: 'unknown'
}

/** Several rates together have no times and meet no thresholds: the soak does. */
function timesOf(soak: LoadTestResult | undefined, thresholds: readonly string[]) {
  return (
    soak ?? {
      sendLatencyMs: null,
      thresholds: thresholds.map((threshold) => ({ threshold, actual: null, passed: false }))
    }
  )
}

/** The sums of all trials. */
function joinResults(results: readonly LoadTestResult[], durationMs: number, search: RateSearch) {
  const sum = (key: 'acknowledged' | 'failed' | 'indeterminate' | 'uncompressedBytes') =>
    results.reduce((total, result) => total + result[key], 0)
  const [acknowledged, uncompressedBytes] = [sum('acknowledged'), sum('uncompressedBytes')]
  const compressedBytes = results.reduce((total, result) => total + (result.compressedBytes ?? 0), 0)
  const errors = new Map<string, LoadTestResult['errors'][number]>()
  for (const { code, count, longestMs = 0 } of results.flatMap((result) => result.errors)) {
    const found = errors.get(code)
    errors.set(code, {
      code,
      count: count + (found?.count ?? 0),
      longestMs: Math.max(longestMs, found?.longestMs ?? 0)
    })
  }
  return {
    acknowledged,
    failed: sum('failed'),
    indeterminate: sum('indeterminate'),
    durationMs: Math.round(durationMs * 100) / 100,
    eventsPerSecond: durationMs > 0 ? Math.round(acknowledged / (durationMs / 100_000)) / 100 : 0,
    limitedBy: limits[search.endedBecause],
    search,
    uncompressedBytes,
    compressedBytes: acknowledged > 0 ? compressedBytes : null,
    compressionRatio: uncompressedBytes > 0 ? Math.round((compressedBytes / uncompressedBytes) * 1000) / 1000 : null,
    errors: Array.from(errors.values())
  }
}

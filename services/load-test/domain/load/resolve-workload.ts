import type { Consumers } from '#shared/contracts/load-consumption.ts'
import type { Keys, Payload } from '#shared/contracts/load-records.ts'
import type { ProducerSettings, TargetTopic, Workload } from '#shared/contracts/workload.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { producerProfiles } from '#shared/kafka/producing/port.ts'
import { recordsWithin, secondsUntil, shapeSeconds } from './rate-shape.ts'
import { type ResolvedRate, type ResolvedSearch, resolveRate } from './resolve-rate.ts'
import { capOf, type RunCap, type SendingLimits } from './run-cap.ts'
import { parseThreshold, thresholdRule } from './thresholds.ts'
import type { ResolvedTransactions } from './transactions.ts'
import { meanValueBytes } from './value-pool.ts'

/** A workload with every choice made. */
export interface ResolvedWorkload {
  name: string
  description: string | null
  topic: TargetTopic
  rate: ResolvedRate
  /** What ends the run, whichever comes first; at least one is a number. For a search both are, and bound all its trials together. */
  records: number | null
  durationSeconds: number | null
  /** Ends a closed rate that only the duration would end; absent from other runs. */
  cap?: RunCap
  /** Of each trial of a search. null: found by rule. */
  warmUpSeconds: number | null
  payload: Payload
  keys: Keys
  headers: { name: string; value: string }[]
  producer: Required<ProducerSettings>
  producers: number
  /** Load workers that must have joined; absent: the producers run in this service. */
  workers?: number
  transactions?: ResolvedTransactions
  consumers: ResolvedConsumers[]
  /** Every record is read back after the run. */
  verify: boolean
  thresholds: string[]
}

export type ResolvedConsumers = Consumers & Required<Pick<Consumers, 'processingMs' | 'drainSeconds'>>

export interface WorkloadLimits extends SendingLimits {
  maxPerSecond: number
  maxSeconds: number
}

/** Connections, and the brokers' part in them, take this long to reach their pace. */
const trialWarmUpSeconds = 1

/**
 * Fills in every default and the settings of the profile; settings of the workload's own win. If a workload has neither
 * `records` nor `durationSeconds`, it ends with the shape of its rate.
 * @throws KopsError validation_failed, naming the field, for what the schema cannot say and what is beyond the limits
 */
export function resolveWorkload(
  workload: Workload,
  { defaultTopic, limits }: { defaultTopic: string; limits: WorkloadLimits }
): ResolvedWorkload {
  const rate = resolveRate(workload.rate ?? { kind: 'closed' }, limits.maxPerSecond)
  const payload = workload.payload ?? { kind: 'log-events' }
  const cap = capOf(meanValueBytes(payload), limits)
  const most = rate.kind === 'search' ? { records: cap.records, seconds: limits.maxSeconds } : null
  const records = workload.records ?? most?.records ?? null
  const shapeEnd = records === null ? shapeSeconds(rate) : null
  const resolved: ResolvedWorkload = {
    name: workload.name,
    description: workload.description ?? null,
    topic: workload.topic,
    rate,
    records,
    durationSeconds: workload.durationSeconds ?? most?.seconds ?? shapeEnd,
    ...(rate.kind === 'closed' && records === null ? { cap } : {}),
    warmUpSeconds: workload.warmUpSeconds ?? (rate.kind === 'search' ? trialWarmUpSeconds : null),
    payload,
    keys: workload.keys ?? { kind: 'distinct' },
    headers: workload.headers ?? [],
    producer: { ...producerProfiles[workload.profile ?? 'durable'], ...workload.producer },
    producers: workload.producers ?? workload.workers ?? 1,
    ...(workload.workers === undefined ? {} : { workers: workload.workers }),
    ...(workload.transactions ? { transactions: { durationMs: 3000, abortShare: 0, ...workload.transactions } } : {}),
    consumers: (workload.consumers ?? []).map((each) => ({ processingMs: 0, drainSeconds: 30, ...each })),
    verify: workload.verify ?? false,
    thresholds: workload.thresholds ?? []
  }
  checkTopic(resolved.topic, defaultTopic)
  checkPayload(resolved.payload)
  checkProducer(resolved.producer)
  checkAcks(resolved)
  checkWorkers(resolved)
  checkConsumers(resolved)
  checkThresholds(resolved)
  checkExtent(resolved, workload.durationSeconds === undefined ? 'rate' : 'durationSeconds', limits)
  return resolved
}

function refuse(field: string, message: string): never {
  throw fieldError('validation_failed', field, message)
}

function checkTopic(topic: TargetTopic, defaultTopic: string): void {
  if (topic.kind !== 'existing' || topic.name === defaultTopic || topic.confirm === topic.name) return
  refuse('topic.confirm', `must be ${topic.name}, because the records go into a topic that is not for load tests`)
}

function checkPayload(payload: Payload): void {
  if (payload.kind !== 'random') return
  const { size } = payload
  if (size.kind === 'uniform' && size.from > size.to) refuse('payload.size.to', `must be at least from, ${size.from}`)
  if (size.kind === 'log-normal' && size.p99 <= size.median) {
    refuse('payload.size.p99', `must be more than the median, ${size.median}`)
  }
}

function checkProducer({ idempotent, acks, deliveryTimeoutMs, requestTimeoutMs }: Required<ProducerSettings>): void {
  if (idempotent && acks !== 'all') refuse('producer.idempotent', 'needs acks=all: set it to false, or acks to all')
  if (deliveryTimeoutMs < requestTimeoutMs) {
    refuse('producer.deliveryTimeoutMs', `must be at least requestTimeoutMs, ${requestTimeoutMs}`)
  }
}

/** What needs acknowledgements, and knows nothing without them. */
function checkAcks({ producer: { acks, idempotent }, transactions, rate }: ResolvedWorkload): void {
  if (transactions && acks !== 'all') refuse('transactions', `need acks=all, and producer.acks is ${acks}`)
  if (transactions && !idempotent)
    refuse('transactions', 'need an idempotent producer: set producer.idempotent to true')
  if (rate.kind !== 'search') return
  if (acks === 'none') refuse('producer.acks', 'none is not possible with a search, which judges by acknowledgements')
  if (transactions) refuse('transactions', 'are not possible with a search, which judges records and no commits')
}

function checkWorkers({ workers, producers, rate, verify }: ResolvedWorkload): void {
  if (workers === undefined) return
  if (producers < workers) refuse('producers', `must be at least one for each of the ${workers} workers`)
  if (rate.kind === 'search')
    refuse('rate.kind', 'search is not possible with workers: one that is lost would fail its trial')
  // The outcomes of a worker that is lost are lost with it.
  if (verify)
    refuse('verify', 'is not possible with workers: only a worker itself knows where its records were written')
}

function checkConsumers({ consumers, rate, workers }: ResolvedWorkload): void {
  if (consumers.length > 0 && rate.kind === 'search') {
    refuse('consumers', 'are not possible with a search, which measures the producers only')
  }
  if (consumers.length > 0 && workers !== undefined) {
    refuse('consumers', 'are not possible with workers, whose clocks may differ from that of the groups')
  }
  const names = consumers.map(({ group }) => group)
  for (const [index, name] of names.entries()) {
    if (name !== undefined && names.indexOf(name) < index) refuse(`consumers.${index}.group`, `${name} is there twice`)
  }
}

function checkThresholds({ thresholds, consumers, transactions }: ResolvedWorkload): void {
  for (const [index, threshold] of thresholds.entries()) {
    const parsed = parseThreshold(threshold)
    if (!parsed) refuse(`thresholds.${index}`, thresholdRule)
    if (parsed.ofConsumers && consumers.length === 0) refuse(`thresholds.${index}`, 'needs consumers in the workload')
    if (parsed.ofTransactions && !transactions) refuse(`thresholds.${index}`, 'needs transactions in the workload')
  }
}

/**
 * How long a run lasts and what it sends, as far as that is known beforehand: only the cluster knows how many records a closed
 * rate sends within a time, and how long it takes for a number of records.
 */
function checkExtent(workload: ResolvedWorkload, timeField: string, limits: WorkloadLimits): void {
  const { rate, records, durationSeconds, warmUpSeconds } = workload
  if (records === null && durationSeconds === null) refuse('durationSeconds', 'is required, unless there are records')
  if (rate.kind === 'search') checkTrials(workload, rate)
  const lasts = least([
    { field: timeField, amount: durationSeconds },
    { field: 'records', amount: records === null ? null : secondsUntil(rate, records) }
  ])
  if (lasts && lasts.amount > limits.maxSeconds) {
    refuse(
      lasts.field,
      `makes the run last ${Math.ceil(lasts.amount)} s, and at most ${limits.maxSeconds} s are allowed`
    )
  }
  if (lasts && warmUpSeconds !== null && warmUpSeconds >= lasts.amount) {
    refuse('warmUpSeconds', `must be less than the ${lasts.amount} s that the run lasts`)
  }
  const sends = least([
    { field: 'records', amount: records },
    { field: timeField, amount: durationSeconds === null ? null : recordsWithin(rate, durationSeconds) }
  ])
  if (!sends) return
  if (sends.amount > limits.maxRecords) {
    refuse(sends.field, `makes ${Math.ceil(sends.amount)} records, and at most ${limits.maxRecords} are allowed`)
  }
  const bytes = Math.ceil(sends.amount * meanValueBytes(workload.payload))
  if (bytes > limits.maxBytes) {
    refuse(sends.field, `makes about ${bytes} bytes of values, and at most ${limits.maxBytes} are allowed`)
  }
}

function checkTrials(workload: ResolvedWorkload, { startPerSecond, trialSeconds }: ResolvedSearch): void {
  const { records, durationSeconds, warmUpSeconds } = workload
  if (workload.verify) refuse('verify', 'is not possible with a search, which measures only')
  if ((warmUpSeconds ?? 0) >= trialSeconds) {
    refuse('warmUpSeconds', `must be less than the ${trialSeconds} s that a trial lasts`)
  }
  if ((durationSeconds ?? trialSeconds) < trialSeconds) {
    refuse('durationSeconds', `must be at least the ${trialSeconds} s that a trial lasts`)
  }
  const least = startPerSecond * trialSeconds
  if ((records ?? least) < least) refuse('records', `must be at least the ${Math.ceil(least)} of the first trial`)
}

interface End {
  field: string
  amount: number
}

/** The end that comes first, of those that are known. */
function least(ends: { field: string; amount: number | null }[]): End | undefined {
  return ends
    .filter((end): end is End => end.amount !== null)
    .sort((a, b) => a.amount - b.amount)
    .at(0)
}

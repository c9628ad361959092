import type { ClusterMode } from '#shared/contracts/cluster.ts'
import type { DrillKind, StartDrill } from '#shared/contracts/drill-request.ts'
import type { GuardResult } from '#shared/contracts/guard-result.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { GuardInput } from './guard-row.ts'
import { judgeGuards } from './guards.ts'
import { hangingOf } from './hanging/expected.ts'
import { type DrillKindRow, drillKinds, parameters } from './kinds.ts'
import { type PredictedDrill, predictDrill } from './prediction.ts'
import type { WriterSettings } from './records/outcomes.ts'
import type { Situation } from './situation.ts'
import type { Stage } from './stages.ts'
import { type FoundTarget, votersOf } from './target-nodes.ts'
import { assertFields, findTarget } from './targets.ts'
import { type DrillTopic, findTopic } from './topic.ts'
import { durableWriters } from './writers.ts'

/** A drill as it would be carried out now. */
export interface PlannedDrill {
  mode: ClusterMode
  target: FoundTarget
  topic: DrillTopic
  stages: Stage[]
  guards: GuardResult[]
  /** Of the first guard that did not pass. */
  refusal: KopsError | undefined
  prediction: PredictedDrill
}

export interface PlanInput {
  id: string
  request: StartDrill
  situation: Situation
  underWay: GuardInput['underWay']
  /** request.timeout.ms of the writers. */
  clientTimeoutMs: number
  now: Date
}

/**
 * Finds the target and the topic of a drill, checks its guards and predicts its effect. Pure.
 * @throws KopsError those of findTarget() and findTopic(); fault_unavailable if the kind is for clusters of another mode
 */
export function planDrill({ id, request, situation, underWay, clientTimeoutMs, now }: PlanInput): PlannedDrill {
  const row = drillKinds[request.kind]
  const { status } = situation
  const mode = status.mode ?? 'zookeeper'
  assertMode(request.kind, row, mode)
  if (request.consumers?.protocol === 'consumer' && mode === 'zookeeper') {
    throw new KopsError('fault_unavailable', `The group protocol consumer ${needOf('kraft')}`)
  }
  const target = findTarget(row.targets, request, { ...situation, id })
  const topic = findTopic(id, request, situation)
  const stages = row.stages(target, request)
  const prediction = predictDrill(stages, row.how(request), clientTimeoutMs, {
    ...situation,
    mode,
    voters: votersOf(status)
  })
  const { guards, refusal } = judgeGuards({
    ...situation,
    request,
    target,
    faults: row.faults,
    brokersAtOnce: Math.max(0, ...stages.map(brokersOf)),
    prediction: prediction.whole,
    transactionTimeoutMs: hangingOf(stages)?.timeoutMs,
    underWay,
    topic,
    now
  })
  return { mode, target, topic, stages, guards, refusal, prediction }
}

/** The existing topics that a drill writes to: its own if that is one, and that of its load. */
export function writtenTopics({ topic, load }: Pick<StartDrill, 'topic' | 'load'>): string[] {
  const ofLoad = load?.topic.kind === 'existing' ? [load.topic.name] : []
  return topic === undefined ? ofLoad : [topic, ...ofLoad]
}

/**
 * Checks a request without looking at the cluster.
 * @throws KopsError validation_failed with the field
 */
export function assertRequest(request: StartDrill): void {
  const row = drillKinds[request.kind]
  assertFields(row.targets, request)
  for (const parameter of parameters) {
    if (request[parameter] === undefined || row.takes?.includes(parameter)) continue
    throw fieldError('validation_failed', parameter, `a drill ${request.kind} takes none`)
  }
  for (const parameter of row.requires ?? []) {
    if (request[parameter] !== undefined) continue
    throw fieldError('validation_failed', parameter, `is required for a drill ${request.kind}`)
  }
  const { producers, topic, confirmTopic } = request
  if (confirmTopic !== undefined && topic === undefined) {
    throw fieldError('validation_failed', 'confirmTopic', 'confirms a topic, and the request has none')
  }
  if (producers?.acks === 'leader' && producers.idempotence) {
    throw fieldError('validation_failed', 'producers.idempotence', 'needs acks=all')
  }
  if (producers?.transactions && (producers.acks === 'leader' || producers.idempotence === false)) {
    throw fieldError('validation_failed', 'producers.transactions', 'needs acks=all and idempotence')
  }
}

/** What the request asks of the writers. */
export function writersOf({ producers = {} }: StartDrill): WriterSettings {
  const { acks = durableWriters.acks, idempotence = acks === 'all', transactions = false } = producers
  const { recordsPerSecond = durableWriters.recordsPerSecond } = producers
  return { acks, idempotent: idempotence, transactional: transactions, recordsPerSecond }
}

function brokersOf({ faults, brokers }: Stage): number {
  return faults.some(({ by }) => by === 'agent') ? brokers.length : 0
}

function assertMode(kind: DrillKind, { mode: wanted }: DrillKindRow, mode: ClusterMode): void {
  if (wanted === undefined || wanted === mode) return
  throw new KopsError('fault_unavailable', `A drill ${kind} ${needOf(wanted)}`)
}

/** What a mode means for a drill that is for it only. */
export function needOf(mode: ClusterMode): string {
  return mode === 'kraft'
    ? 'needs a cluster with controllers of its own (KRaft); this one keeps its metadata in ZooKeeper'
    : 'needs a cluster that keeps its metadata in ZooKeeper; this one has controllers of its own (KRaft)'
}

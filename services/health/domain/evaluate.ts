import type { Warning } from '#shared/contracts/common.ts'
import type { ZookeeperHealth } from '#shared/contracts/ensemble-health.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { HealthReason, HealthStatus } from '#shared/contracts/health-status.ts'
import { endpointKey, formatEndpoint, metadataOf, type TopicMetadata } from '#shared/kafka/model.ts'
import { boundAffected, findAffected } from './affected.ts'
import { countControllers, countSpread, evaluateBrokers, leaderSkew } from './brokers.ts'
import { findInCluster } from './cluster-findings.ts'
import { evaluateQuorum, evaluateZookeepers } from './ensemble.ts'
import { countDisputed } from './evidence.ts'
import { clusterRules, reasonsOf, scoreOf } from './findings.ts'
import { type JudgedGroup, toGroupHealth, worstFirst } from './groups/index.ts'
import { evaluateTopic, sumPartitions, sumSizes, sumWorst } from './partitions.ts'
import type { ClusterReadings, Part } from './readings.ts'
import { rememberLast } from './remember.ts'

export interface EvaluateOptions {
  /** The reasons of the reading before. */
  before?: readonly HealthReason[] | undefined
  /** Whether a group may stop with unread records; undefined: none may. */
  mayStop?: (group: string) => boolean
}

/** Judges one reading: every number of the API and of the metrics comes from here. @param judged as judgeGroups has judged them */
export type Evaluate = (
  readings: ClusterReadings,
  judged?: readonly JudgedGroup[],
  options?: EvaluateOptions
) => ClusterHealth

const noGroups: readonly JudgedGroup[] = []

/**
 * Pure, except for a cache: as long as pulses find the metadata unchanged, topics, partitions and groups are judged
 * once, because their number grows with the cluster.
 */
export function createEvaluate(): Evaluate {
  const judgeTopics = rememberLast(evaluateTopics)
  const spreadOf = rememberLast(countSpread)
  const sizesOf = rememberLast(sumSizes)
  const disputesIn = rememberLast(countDisputed)
  const groupsOf = rememberLast((judged: readonly JudgedGroup[]) => judged.map(toGroupHealth).sort(worstFirst))

  return (readings, judged = noGroups, { before, mayStop = () => false } = {}) => {
    const { metadata, minInsyncReplicas, views } = readings
    const spread = metadata && spreadOf(metadata.topics)
    const brokers = evaluateBrokers(readings, spread)
    const zookeepers = evaluateZookeepers(readings.zookeepers)
    const quorum = readings.quorum && evaluateQuorum(readings.quorum)
    const sizes = sizesAreWhole(readings) ? sizesOf(readings.replicaSizes) : undefined
    const silent = brokers.flatMap(({ id, reachable }) => (id === null || reachable ? [] : id))
    const found = metadata && judgeTopics(metadata.topics, minInsyncReplicas, sizes, silent.join())
    const controllers = countControllers(brokers, readings.jmx, readings.quorum)
    const skew = metadata && spread && leaderSkew(metadata, spread)
    const groups = groupsOf(judged)
    const partitions = found?.partitions ?? null
    const disputed = disputesIn(...metadataOf(views).map(({ topics }) => topics))
    const findings = findInCluster({
      ...{ brokers, zookeepers, quorum, partitions, metadata, views, disputed, controllers, groups, mayStop },
      worst: found?.worst ?? sumWorst([]),
      leaderSkew: skew,
      errors: readings.errors
    })
    const asOf = readings.asOf.toISOString()
    const reasons = reasonsOf(findings, asOf, before)
    return {
      status: statusOf(reasons),
      reasons,
      score: scoreOf(findings, clusterRules),
      clusterId: metadata?.clusterId ?? null,
      brokers,
      zookeepers,
      quorum,
      controllers,
      leaderSkew: skew,
      partitions,
      affected: found?.affected ?? null,
      topics: found?.topics ?? [],
      groups,
      // No part of a reading of Kafka: the route adds it.
      maintenance: null,
      asOf,
      durationMs: Math.round(readings.durationMs),
      parts: Array.from(readings.parts, ([part, { asOf, durationMs, ok }]) => ({
        part,
        asOf: asOf.toISOString(),
        durationMs: Math.round(durationMs * 10) / 10,
        ok
      })),
      warnings: nameTargets(readings.warnings, [...brokers, ...zookeepers], readings.errors)
    }
  }
}

/** Like createEvaluate(), for a single reading. */
export const evaluate: Evaluate = (...given) => createEvaluate()(...given)

/** @param silent ids of brokers that do not answer, joined: a list would be another one each time */
function evaluateTopics(
  topics: readonly TopicMetadata[],
  minInsyncReplicas: ReadonlyMap<string, number>,
  sizes: ReadonlyMap<string, number> | undefined,
  silent: string
) {
  const ids = new Set(silent === '' ? [] : silent.split(',').map(Number))
  const judged = topics.map((topic) =>
    evaluateTopic(topic, minInsyncReplicas.get(topic.name), sizes?.get(topic.name) ?? null, ids)
  )
  const affected = findAffected({ topics }, minInsyncReplicas, ids)
  return {
    topics: judged,
    partitions: sumPartitions(judged),
    affected: boundAffected(affected),
    worst: sumWorst(affected)
  }
}

/** A sum that misses a broker's replicas is not a size. A broker that is down for long is no longer queried. */
function sizesAreWhole({ parts, errors, known, logDirs }: ClusterReadings): boolean {
  const reporting = new Set(logDirs.map(({ broker }) => broker))
  const all = Array.from(known.keys()).every((id) => reporting.has(id))
  return all && parts.get('logDirs')?.ok === true && !errors.has('logDirs')
}

/** The health after a failed refresh. @param ageMs its age */
export function markStale(health: ClusterHealth, ageMs: number, now: string): ClusterHealth {
  const message = `The last reading is ${Math.round(ageMs / 1000)} s old, because newer readings failed`
  const finding = { code: 'reading_stale' as const, share: 1, message }
  const reasons = [...health.reasons, ...reasonsOf([finding], now)]
  const [cost] = scoreOf([finding], clusterRules).reasons
  const score = {
    score: Math.max(0, health.score.score - (cost?.weight ?? 0)),
    reasons: [...health.score.reasons, ...(cost ? [cost] : [])].sort((a, b) => b.weight - a.weight)
  }
  return { ...health, reasons, score, status: statusOf(reasons) }
}

/** The worst reason decides. */
export function statusOf(reasons: readonly Pick<HealthReason, 'severity'>[]): HealthStatus {
  if (reasons.some(({ severity }) => severity === 'down')) return 'DOWN'
  return reasons.length > 0 ? 'DEGRADED' : 'HEALTHY'
}

type Node = Pick<ZookeeperHealth, 'name' | 'host' | 'port' | 'reachable'>

/** What could not be read, in words. */
const partNames: Partial<Record<Part, string>> = {
  configs: 'settings of topics',
  groups: 'groups',
  commits: 'committed offsets',
  offsets: 'end offsets',
  logDirs: 'log directories'
}
const unanswered = new Set(['broker_unreachable', 'kafka_timeout', 'zookeeper_unreachable', 'exporter_unreachable'])

/** Warnings name nodes instead of addresses, and name a silent node once, whatever was requested from it. */
function nameTargets(
  warnings: readonly Warning[],
  nodes: readonly Node[],
  errors: ClusterReadings['errors']
): Warning[] {
  const byAddress = new Map(nodes.map((node) => [endpointKey(node), node]))
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const incomplete = Array.from(errors.keys()).flatMap((part) => partNames[part] ?? [])
  const distinct = new Map<string, Warning>()
  for (const warning of warnings) {
    const node = byAddress.get(warning.target ?? '') ?? byName.get(warning.target ?? '')
    const target = node?.name ?? warning.target
    const silent = node !== undefined && !node.reachable && unanswered.has(warning.code)
    const key = silent ? node.name : `${warning.code} ${target}`
    if (distinct.has(key)) continue
    const message = silent ? silenceOf(node, incomplete) : nodes.reduce(nameNode, warning.message)
    distinct.set(key, { ...warning, message, ...(target === undefined ? {} : { target }) })
  }
  return Array.from(distinct.values())
}

function silenceOf({ name }: Node, incomplete: readonly string[]): string {
  const isBroker = name.startsWith('kafka-')
  if (!isBroker || incomplete.length === 0) return `${name} does not answer`
  const listed = [incomplete.slice(0, -1).join(', '), incomplete.at(-1)].filter(Boolean).join(' and ')
  return `${name} does not answer: ${listed} may be incomplete`
}

function nameNode(message: string, node: Node): string {
  return message.replaceAll(formatEndpoint(node), node.name)
}

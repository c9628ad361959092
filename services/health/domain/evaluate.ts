import type { Warning } from '#shared/contracts/common.ts'
import type { ClusterHealth, HealthReason, HealthStatus, ZookeeperHealth } from '#shared/contracts/health.ts'
import { endpointKey, formatEndpoint } from '#shared/kafka/endpoints.ts'
import { boundAffected, findAffected } from './affected.ts'
import { countControllers, evaluateBrokers, leaderSkew } from './brokers.ts'
import { findInCluster } from './cluster-findings.ts'
import { evaluateQuorum, evaluateZookeepers } from './ensemble.ts'
import { clusterRules, reasonsOf, scoreOf } from './findings.ts'
import { type JudgedGroup, toGroupHealth, worstFirst } from './groups/index.ts'
import { evaluateTopic, sumPartitions, sumSizes, sumWorst } from './partitions.ts'
import type { ClusterReadings, Part } from './readings.ts'

export interface EvaluateOptions {
  /** The reasons of the reading before. */
  before?: readonly HealthReason[] | undefined
  /** Whether a group may stop with records unread; none may when undefined. */
  mayStop?: (group: string) => boolean
}

/**
 * Judges one sweep: every number of the API and of the metrics comes from here. Pure.
 * @param judged as judgeGroups has judged them
 */
export function evaluate(
  readings: ClusterReadings,
  judged: readonly JudgedGroup[] = [],
  { before, mayStop = () => false }: EvaluateOptions = {}
): ClusterHealth {
  const { metadata, minInsyncReplicas, views } = readings
  const brokers = evaluateBrokers(readings)
  const zookeepers = evaluateZookeepers(readings.zookeepers)
  const quorum = readings.quorum && evaluateQuorum(readings.quorum)
  const sizes = sizesAreWhole(readings) ? sumSizes(readings.replicaSizes) : undefined
  const silent = new Set(brokers.flatMap(({ id, reachable }) => (id === null || reachable ? [] : id)))
  const topics =
    metadata?.topics.map((topic) =>
      evaluateTopic(topic, minInsyncReplicas.get(topic.name), sizes?.get(topic.name) ?? null, silent)
    ) ?? []
  const partitions = metadata ? sumPartitions(topics) : null
  const controllers = countControllers(brokers, readings.jmx)
  const skew = metadata && leaderSkew(metadata)
  const groups = judged.map(toGroupHealth).sort(worstFirst)
  const affected = metadata && findAffected(metadata, minInsyncReplicas, silent)
  const findings = findInCluster({
    ...{ brokers, zookeepers, quorum, partitions, metadata, views, controllers, groups, mayStop },
    worst: sumWorst(affected ?? []),
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
    affected: affected && boundAffected(affected),
    topics,
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

/** A sum of which a broker's replicas are missing is no size; a broker that is gone for long is not asked any more. */
function sizesAreWhole({ parts, errors, known, logDirs }: ClusterReadings): boolean {
  const told = new Set(logDirs.map(({ broker }) => broker))
  const all = Array.from(known.keys()).every((id) => told.has(id))
  return all && parts.get('logDirs')?.ok === true && !errors.has('logDirs')
}

/** A health whose reading could not be made again. @param ageMs how old it is */
export function markStale(health: ClusterHealth, ageMs: number, now: string): ClusterHealth {
  const message = `The last reading is ${Math.round(ageMs / 1000)} s old: reading again failed`
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

/** What was asked for in vain, in words. */
const partNames: Partial<Record<Part, string>> = {
  configs: 'settings of topics',
  groups: 'groups',
  commits: 'committed offsets',
  offsets: 'end offsets',
  logDirs: 'log directories'
}
const unanswered = new Set(['broker_unreachable', 'kafka_timeout', 'zookeeper_unreachable', 'exporter_unreachable'])

/** Warnings speak of nodes by name and not by address, and of one that does not answer once, whatever it was asked for. */
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

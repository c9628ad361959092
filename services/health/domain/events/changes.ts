import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { AlertMessage } from '#shared/contracts/health-events.ts'
import type { HealthChange, HealthState, NodeState } from '#shared/contracts/health-stream.ts'
import { brokerStatus, ensembleNodes } from './nodes.ts'

/** The state of one reading, as a stream sends it. Pure. */
export function stateOf(health: ClusterHealth, alerts: AlertMessage[]): HealthState {
  const { asOf, status, reasons, score, brokers, groups } = health
  return {
    asOf,
    status,
    reasons,
    score,
    brokers: brokers.map((broker) => ({ name: broker.name, status: brokerStatus(broker) })),
    ensemble: ensembleNodes(health).map(({ name, status }) => ({ name, status })),
    groups: groups.map(({ group, verdict }) => ({ group, verdict })),
    alerts
  }
}

/** The changes between two readings, except for alerts, which report their own changes. Pure. */
export function changesBetween(before: HealthState, after: HealthState): HealthChange[] {
  const { asOf, status, reasons, score } = after
  const changes: HealthChange[] = []
  if (status !== before.status || JSON.stringify(reasons) !== JSON.stringify(before.reasons)) {
    changes.push({ event: 'status', data: { asOf, status, reasons, previous: before.status } })
  }
  if (JSON.stringify(score) !== JSON.stringify(before.score)) {
    changes.push({ event: 'score', data: { asOf, score, previous: before.score.score } })
  }
  for (const data of nodeChanges(before.brokers, after.brokers, asOf)) changes.push({ event: 'broker', data })
  for (const data of nodeChanges(before.ensemble, after.ensemble, asOf)) changes.push({ event: 'ensemble', data })
  return [...changes, ...groupChanges(before, after)]
}

function nodeChanges(before: readonly NodeState[], after: readonly NodeState[], asOf: string) {
  const was = new Map(before.map(({ name, status }) => [name, status]))
  const is = new Map(after.map(({ name, status }) => [name, status]))
  return Array.from(new Set([...is.keys(), ...was.keys()]), (name) => {
    return { asOf, name, status: is.get(name) ?? null, previous: was.get(name) ?? null }
  }).filter(({ status, previous }) => status !== previous)
}

function groupChanges(before: HealthState, { groups, asOf }: HealthState): HealthChange[] {
  const was = new Map(before.groups.map(({ group, verdict }) => [group, verdict]))
  const changes: HealthChange[] = []
  for (const { group, verdict } of groups) {
    const isNew = !was.has(group)
    const previous = was.get(group) ?? null
    was.delete(group)
    if (isNew || verdict !== previous) {
      changes.push({ event: 'group', data: { asOf, group, verdict, previous, gone: false } })
    }
  }
  for (const [group, previous] of was) {
    changes.push({ event: 'group', data: { asOf, group, verdict: null, previous, gone: true } })
  }
  return changes
}

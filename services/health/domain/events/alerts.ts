import type { ClusterHealth } from '../../../../shared/contracts/health.ts'
import type { AlertMessage } from '../../../../shared/contracts/health-events.ts'

/** An alert that is firing now. */
export interface CurrentAlert
  extends Pick<AlertMessage, 'alert' | 'severity' | 'summary' | 'source' | 'labels' | 'startedAt'> {
  /** The same from its begin to its end, and no other's at that time. */
  id: string
  /** What it concerns. */
  serviceId: string
  instanceId: string
}

/** Alerts that come from elsewhere than this service's own judgement: those that Alertmanager has sent. */
export interface AlertSource {
  current(): readonly CurrentAlert[]
  /** Calls the listener whenever they have changed. Returns what ends that. */
  subscribe(listener: () => void): () => void
}

export type ReasonAlerts = (health: ClusterHealth) => CurrentAlert[]

/** The reasons of the cluster's status as alerts: each fires from the reading that first had it to the first that has not. */
export function createReasonAlerts(): ReasonAlerts {
  let since = new Map<string, string>()
  return ({ reasons, asOf, clusterId }) => {
    since = new Map(reasons.map(({ code }) => [code, since.get(code) ?? asOf]))
    return reasons.map(({ code, message, severity }) => ({
      id: `health/${code}`,
      alert: code,
      severity: severity === 'down' ? 'critical' : 'warning',
      summary: message,
      source: 'health',
      labels: {},
      startedAt: since.get(code) ?? asOf,
      serviceId: 'kafka-cluster',
      instanceId: clusterId ?? 'unknown'
    }))
  }
}

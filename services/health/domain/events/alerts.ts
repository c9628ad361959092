import type { RunningDrill } from '#shared/contracts/drill-scorecard.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { AlertMessage } from '#shared/contracts/health-events.ts'

/** An alert that is firing now. */
export interface CurrentAlert
  extends Pick<AlertMessage, 'alert' | 'severity' | 'summary' | 'source' | 'labels' | 'startedAt'> {
  /** The same from its begin to its end, and no other's at that time. */
  id: string
  /** Its subject. */
  serviceId: string
  instanceId: string
}

/** Alerts from outside this service's own judgement: those sent by Alertmanager, and drills. */
export interface AlertSource {
  current(): readonly CurrentAlert[]
  /** Calls the listener whenever they have changed. Returns what ends that. */
  subscribe(listener: () => void): () => void
}

/**
 * The reasons of the cluster's status as alerts: each fires from the reading that first had it to the first that has not. Pure.
 * @param drill the one under way, which labels name
 */
export function reasonAlerts({ reasons, clusterId }: ClusterHealth, drill: RunningDrill | null = null): CurrentAlert[] {
  const labels: Record<string, string> = drill ? { drill: drill.id, drillKind: drill.kind, drillNode: drill.node } : {}
  return reasons.map(({ code, message, severity, since }) => ({
    id: `health/${code}`,
    alert: code,
    severity: severity === 'down' ? 'critical' : 'warning',
    summary: message,
    source: 'health',
    labels,
    startedAt: since,
    serviceId: 'kafka-cluster',
    instanceId: clusterId ?? 'unknown'
  }))
}

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { brokers } from './brokers.ts'
import { clusterOverview } from './cluster-overview.ts'
import { consumerGroups } from './consumer-groups.ts'
import { ensemble } from './ensemble.ts'
import { loadTests } from './load-tests.ts'
import { topics } from './topics.ts'

const dashboards: Record<string, () => Dashboard> = {
  'brokers.json': brokers,
  'cluster-overview.json': clusterOverview,
  'consumer-groups.json': consumerGroups,
  'ensemble.json': ensemble,
  'load-tests.json': loadTests,
  'topics.json': topics
}

/** Every dashboard as Grafana loads it, by its file name under grafana/dashboards/. */
export function dashboardFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dashboards).map(([name, build]) => [name, `${JSON.stringify(build(), null, 2)}\n`])
  )
}

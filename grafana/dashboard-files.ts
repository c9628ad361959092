import { clusterOverview } from './cluster-overview.ts'

/** Every dashboard as Grafana loads it, by its file name under grafana/dashboards/. */
export function dashboardFiles(): Record<string, string> {
  return { 'cluster-overview.json': `${JSON.stringify(clusterOverview(), null, 2)}\n` }
}

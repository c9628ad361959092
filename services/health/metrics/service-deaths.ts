import { Counter, type Registry } from 'prom-client'
import { readDeaths } from '#shared/cluster/keeper/deaths.ts'

/**
 * Counts the deaths of the services around the cluster, from the file of the keeper that restarts them, so that the
 * count outlives this process.
 * @param file empty if nothing counts
 */
export function serviceDeathMetrics(registry: Registry, file: string): void {
  new Counter({
    name: 'kops_service_restarts_total',
    help: 'Restarts of a service, Prometheus or Alertmanager after it died (local runtime)',
    labelNames: ['service'],
    registers: [registry],
    async collect() {
      const deaths = file === '' ? {} : await readDeaths(file)
      // In one step, because another scrape may be doing the same.
      this.reset()
      for (const [service, { count }] of Object.entries(deaths)) this.inc({ service }, count)
    }
  })
}

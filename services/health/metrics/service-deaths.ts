import { Counter, type Registry } from 'prom-client'
import { readDeaths } from '#shared/cluster/keeper/deaths.ts'

/**
 * How often the services around the cluster died, from the file of the keeper that starts them again: so the count outlives
 * this process. @param file empty where nobody counts
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

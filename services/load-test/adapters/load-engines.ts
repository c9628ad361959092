import { fieldError } from '#shared/errors/catalog.ts'
import type { LoadEngine } from '../domain/load/engine-port.ts'

/**
 * The LoadEngine port: each order goes to the engine that its workload names.
 * @param engines workers: undefined if the service has no secret that it shares with them
 */
export function createLoadEngines(engines: { threads: LoadEngine; workers: LoadEngine | undefined }): LoadEngine {
  return {
    async prepare(order) {
      if (order.workload.workers === undefined) return engines.threads.prepare(order)
      if (engines.workers) return engines.workers.prepare(order)
      const message = 'needs KOPS_LOAD_WORKER_SECRET, which load-test-service and its load workers share'
      throw fieldError('validation_failed', 'workers', message)
    },
    async close() {
      await Promise.all([engines.threads.close(), engines.workers?.close()])
    }
  }
}

import { Gauge, type Registry } from 'prom-client'
import type { Connector } from '#shared/contracts/connectors.ts'

/** The last reading of the connectors; undefined connectors: no worker answered. */
export interface ConnectReading {
  connectors: readonly Connector[] | undefined
}

/**
 * Gauges of Kafka Connect, from the last reading. What could not be read has no series, except that no worker answers.
 * @param latest undefined until there is a reading
 */
export function connectMetrics(registry: Registry, latest: () => ConnectReading | undefined): void {
  const registers = [registry]
  new Gauge({
    name: 'kops_connect_up',
    help: 'Whether a worker of Kafka Connect answers: 1 or 0',
    registers,
    collect() {
      this.reset()
      const reading = latest()
      if (reading) this.set(reading.connectors === undefined ? 0 : 1)
    }
  })
  new Gauge({
    name: 'kops_connect_connector_failed',
    help: 'Whether a connector itself has failed: 1 or 0',
    labelNames: ['connector'],
    registers,
    collect() {
      this.reset()
      for (const { name, state } of latest()?.connectors ?? []) this.set({ connector: name }, failed(state))
    }
  })
  new Gauge({
    name: 'kops_connect_task_failed',
    help: 'Whether a task of a connector has failed: 1 or 0',
    labelNames: ['connector', 'task'],
    registers,
    collect() {
      this.reset()
      for (const { name, tasks } of latest()?.connectors ?? []) {
        for (const { id, state } of tasks) this.set({ connector: name, task: id }, failed(state))
      }
    }
  })
}

function failed(state: string): 0 | 1 {
  return state === 'FAILED' ? 1 : 0
}

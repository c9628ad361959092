import { type ClusterDefinition, nodeNames } from '../definition.ts'

/** One entry of a Prometheus file_sd file. */
export interface TargetGroup {
  targets: string[]
  labels: Record<string, string>
}

/** The jobs that rules and dashboards know. */
export const jobs = {
  kafka: 'kafka',
  admin: 'admin-service',
  health: 'health-service',
  loadTest: 'load-test-service'
} as const

/**
 * Prometheus' targets for a cluster on this machine, by file name under `targets/`: each broker's JMX exporter and the
 * three services, with the labels that prometheus/prometheus.yml describes.
 */
export function localTargets(definition: ClusterDefinition): Record<string, TargetGroup[]> {
  const { ports } = definition
  const names = nodeNames(definition).brokers
  const service = (job: string, port: number): TargetGroup => ({
    targets: [`127.0.0.1:${port}`],
    labels: { job, instance: job }
  })
  return {
    'kafka.json': names.flatMap((node, index) => {
      const port = ports.jmx[index]
      if (port === undefined) return []
      return [{ targets: [`127.0.0.1:${port}`], labels: { job: jobs.kafka, instance: node, node } }]
    }),
    'services.json': [
      service(jobs.admin, ports.admin),
      service(jobs.health, ports.health),
      service(jobs.loadTest, ports.loadTest)
    ]
  }
}

/** The brokers' exporters for a Prometheus in the network of the containers. */
export function composeBrokerTargets(definition: ClusterDefinition): TargetGroup[] {
  return nodeNames(definition).brokers.map((node) => ({
    targets: [`${node}:7071`],
    labels: { job: jobs.kafka, instance: node, node }
  }))
}

/** Alertmanager's address for a Prometheus on this machine, by file name under `alertmanagers/`. */
export function localAlertmanagers(definition: Pick<ClusterDefinition, 'ports'>): Record<string, TargetGroup[]> {
  return { 'alertmanager.json': [{ targets: [`127.0.0.1:${definition.ports.alertmanager}`], labels: {} }] }
}

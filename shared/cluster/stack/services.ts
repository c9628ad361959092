import { join } from 'node:path'
import { drillsSocket } from '../agent-sockets.ts'
import { connectSettings } from '../connect/worker.ts'
import type { ClusterDefinition } from '../definition.ts'
import { deathsFile } from '../keeper/deaths.ts'
import { monitoringFiles, monitoringUser } from '../observability/access.ts'
import { fewestBrokers } from '../scale/broker-count.ts'
import { kafkaSettings } from '../security/kafka-settings.ts'

/** One of the three services in the local runtime. */
export interface ServiceProcess {
  name: string
  /** The script, relative to the project. */
  script: string
  env: Record<string, string>
  url: string
  /** Directories that the service writes to; it may run as another user than their creator. */
  dataDirs: string[]
}

/** The three services of a cluster on this machine: what to run, with which settings, and where each answers. */
export function serviceProcesses(definition: ClusterDefinition, stateDir: string): ServiceProcess[] {
  const hostPorts = (ports: number[]) => ports.map((port) => `127.0.0.1:${port}`).join(',')
  const { password, tokens } = monitoringFiles(stateDir)
  const alertmanager = {
    KOPS_ALERTMANAGER_URL: `http://${monitoringUser}@127.0.0.1:${definition.ports.alertmanager}`,
    KOPS_ALERTMANAGER_PASSWORD_FILE: password
  }
  const common = {
    KOPS_HOST: '127.0.0.1',
    // Those that stay: a service finds the others through them, and expects none that has been removed.
    KOPS_BOOTSTRAP_SERVERS: hostPorts(definition.ports.kafka.slice(0, fewestBrokers)),
    KOPS_ZOOKEEPER_SERVERS: hostPorts(definition.ports.zookeeper),
    ...kafkaSettings(definition, stateDir),
    KOPS_MONITORING_TOKENS_FILE: tokens,
    NODE_ENV: 'production'
  }
  const prometheus = {
    KOPS_PROMETHEUS_URL: `http://${monitoringUser}@127.0.0.1:${definition.ports.prometheus}`,
    KOPS_PROMETHEUS_PASSWORD_FILE: password
  }
  const dataDir = (service: string) => join(stateDir, 'services', service, 'data')
  return [
    {
      name: 'admin-service',
      script: 'services/admin/server.ts',
      env: {
        ...common,
        KOPS_PORT: String(definition.ports.admin),
        KOPS_CONSOLE_PORT: String(definition.ports.console ?? 0),
        KOPS_HEALTH_URL: `http://127.0.0.1:${definition.ports.health}`,
        KOPS_LOADTEST_URL: `http://127.0.0.1:${definition.ports.loadTest}`,
        KOPS_DATA_DIR: dataDir('admin'),
        ...alertmanager,
        ...connectSettings(definition, stateDir)
      },
      url: `http://127.0.0.1:${definition.ports.admin}`,
      dataDirs: [dataDir('admin')]
    },
    {
      name: 'health-service',
      script: 'services/health/server.ts',
      env: {
        ...common,
        KOPS_PORT: String(definition.ports.health),
        KOPS_DATA_DIR: dataDir('health'),
        KOPS_JMX_TARGETS: hostPorts(definition.ports.jmx),
        KOPS_PROBE_INTERVAL_MS: '5000',
        // A sweep allocates megabytes of short-lived objects: a small young generation keeps the process smaller.
        NODE_OPTIONS: '--max-semi-space-size=8',
        // Writes only to existing topics, those of catalog/smart-load-balancer.yaml.
        KOPS_HEALTH_EVENTS: 'true',
        ...prometheus,
        ...alertmanager,
        KOPS_LOADTEST_URL: `http://127.0.0.1:${definition.ports.loadTest}`,
        KOPS_SERVICE_DEATHS_FILE: deathsFile(stateDir)
      },
      url: `http://127.0.0.1:${definition.ports.health}`,
      dataDirs: [dataDir('health')]
    },
    {
      name: 'load-test-service',
      script: 'services/load-test/server.ts',
      env: {
        ...common,
        KOPS_PORT: String(definition.ports.loadTest),
        KOPS_AGENT_SOCKET: drillsSocket(definition),
        KOPS_DATA_DIR: dataDir('load-test'),
        ...prometheus
      },
      url: `http://127.0.0.1:${definition.ports.loadTest}`,
      dataDirs: [dataDir('load-test')]
    }
  ]
}

/** The services' addresses on this machine, for the links between them. */
export function publicUrls({ ports }: Pick<ClusterDefinition, 'ports'>): Record<string, string> {
  return {
    KOPS_PUBLIC_ADMIN_URL: `http://localhost:${ports.admin}`,
    KOPS_PUBLIC_HEALTH_URL: `http://localhost:${ports.health}`,
    KOPS_PUBLIC_LOADTEST_URL: `http://localhost:${ports.loadTest}`
  }
}

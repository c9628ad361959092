import { connect, createServer } from 'node:net'
import Value from 'typebox/value'
import { type ClusterDefinition, clusterId, withMode } from '#shared/cluster/definition.ts'
import { securityFiles } from '#shared/cluster/security/files.ts'
import { type ClusterMode, type ClusterSecurity, ClusterSecuritySchema } from '#shared/contracts/cluster.ts'

/** The mode of the cluster under test, and of clusters that tests create: run.ts sets it. */
export const testMode: ClusterMode = process.env['KOPS_TEST_MODE'] === 'kraft' ? 'kraft' : 'zookeeper'

/** How the brokers of the cluster under test are reached: run.ts sets it. Clusters that tests create are in plain text. */
export const testSecurity: ClusterSecurity = Value.Parse(
  ClusterSecuritySchema,
  process.env['KOPS_TEST_SECURITY'] ?? 'plaintext'
)

/** The file of settings with which Kafka's tools reach the cluster under test; undefined in plain text. */
export const testCommandConfig =
  testSecurity === 'plaintext' ? undefined : securityFiles(process.env['KOPS_TEST_STATE_DIR'] ?? '').kops.client

/** For a test that is about ZooKeeper itself: why it is skipped, or false. */
export const skipWithoutZooKeeper = testMode === 'kraft' ? 'a KRaft cluster has no ZooKeeper' : false

/** Number of ports for a cluster. */
export const portsOfCluster = 14

/** A local cluster, on ports that are free now. */
export async function defineTestCluster(
  stateDir: string,
  name: string,
  heap: ClusterDefinition['heap'],
  mode: ClusterMode,
  free?: number[]
): Promise<ClusterDefinition> {
  const ports = free ?? (await freePorts(portsOfCluster))
  const [admin = 0, health = 0, loadTest = 0, prometheus = 0, alertmanager = 0] = ports.slice(9, portsOfCluster)
  const nodes = { kafka: ports.slice(0, 3), jmx: ports.slice(3, 6), zookeeper: ports.slice(6, 9) }
  const definition: ClusterDefinition = {
    id: clusterId(stateDir),
    name,
    runtime: 'local',
    ports: { ...nodes, admin, health, loadTest, prometheus, alertmanager },
    heap
  }
  return withMode(definition, mode)
}

/**
 * Unused, unforwarded ports below the kernel's range for outgoing connections. Concurrent processes, started one after
 * the other, search far from each other.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = 26_000 + ((process.pid * 61) % 5900); ports.length < count && port < 32_000; port++) {
    if ((await canListen(port)) && !(await answers(port))) ports.push(port)
  }
  return ports
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** A forwarded port answers although nothing listens here, or leads nowhere without any answer. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 500 })
    const settle = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

import type { ClusterMode } from '../../contracts/cluster.ts'
import { type ClusterDefinition, modeOf, nodeNames } from '../definition.ts'
import type { ReachTarget } from '../reach-script.ts'

/**
 * How the nodes of a cluster reach each other. `prefix` is the first three octets of their addresses: of a bridge in
 * its own namespaces, or of the loopback network, where each node of each cluster has its own address too.
 */
export interface NodeNetwork {
  mode: 'network-namespace' | 'loopback'
  prefix: string
}

export interface NodePlan {
  name: string
  role: 'broker' | 'zookeeper'
  mode: ClusterMode
  /** In the kraft mode: whether the broker is a controller too, and votes in the quorum. */
  controller: boolean
  /** broker.id, node.id or ZooKeeper's myid, from 1. */
  id: number
  /** Its address for the other nodes. */
  address: string
  /** Its ports for clients and what each is: 127.0.0.1:hostPort on this machine leads to host:port. */
  published: { purpose: 'clients' | 'metrics'; hostPort: number; host: string; port: number }[]
}

const ports = { internal: 9092, controller: 9093, external: 19092, jmx: 7071, client: 2181, peer: 2888, election: 3888 }

/** Where brokers listen for each other, and the controllers of the kraft mode for them. */
export const internalPort = ports.internal
export const controllerPort = ports.controller

/** Every node of a cluster with its addresses: ZooKeepers first, the order in which they start. */
export function planNodes(definition: ClusterDefinition, network: NodeNetwork): NodePlan[] {
  const { zookeepers, brokers } = nodeNames(definition)
  const inNamespace = network.mode === 'network-namespace'
  const mode = modeOf(definition)
  const publish = (purpose: 'clients' | 'metrics', hostPort: number, address: string, port: number) => ({
    purpose,
    hostPort,
    host: inNamespace ? address : '127.0.0.1',
    port: inNamespace ? port : hostPort
  })
  return [
    ...zookeepers.map((name, index): NodePlan => {
      const address = `${network.prefix}.${21 + index}`
      const hostPort = definition.ports.zookeeper[index] ?? 0
      return {
        mode,
        controller: false,
        name,
        role: 'zookeeper',
        id: index + 1,
        address,
        published: [publish('clients', hostPort, address, ports.client)]
      }
    }),
    ...brokers.map((name, index): NodePlan => {
      const address = `${network.prefix}.${11 + index}`
      const jmx = definition.ports.jmx[index]
      return {
        mode,
        controller: mode === 'kraft' && index < (definition.controllers ?? brokers.length),
        name,
        role: 'broker',
        id: index + 1,
        address,
        published: [
          publish('clients', definition.ports.kafka[index] ?? 0, address, ports.external),
          ...(jmx === undefined ? [] : [publish('metrics', jmx, address, ports.jmx)])
        ]
      }
    })
  ]
}

/** The values of a ZooKeeper's template, zoo.cfg. */
export function zooKeeperValues(nodes: NodePlan[], dataDir: string): Record<string, string> {
  return {
    DATA_DIR: dataDir,
    SERVERS: nodes
      .filter(({ role }) => role === 'zookeeper')
      .map((server) => {
        const own = `server.${server.id}=${server.address}:${ports.peer}:${ports.election}`
        return `${own};${hostAndPort(clientPort(server))}`
      })
      .join('\n')
  }
}

/**
 * The values of a broker's templates: server.properties, and before it metadata-zookeeper or metadata-kraft.properties.
 * @param security its settings about who may connect and do what
 */
export function brokerValues(node: NodePlan, nodes: NodePlan[], dataDir: string, security: string[]) {
  const clients = clientPort(node)
  const internal = `INTERNAL://${internalAddress(node)}`
  const controller = ({ address }: NodePlan) => `${address}:${ports.controller}`
  const listeners = [internal, `EXTERNAL://${hostAndPort(clients)}`]
  const metadata: Record<string, string> =
    node.mode === 'kraft'
      ? {
          PROCESS_ROLES: node.controller ? 'broker,controller' : 'broker',
          QUORUM_VOTERS: nodes
            .filter((voter) => voter.controller)
            .map((voter) => `${voter.id}@${controller(voter)}`)
            .join(',')
        }
      : {
          ZOOKEEPER_CONNECT: nodes
            .filter(({ role }) => role === 'zookeeper')
            .map(clientPort)
            .map(hostAndPort)
            .join(',')
        }
  if (node.controller) listeners.push(`CONTROLLER://${controller(node)}`)
  return {
    metadata: { BROKER_ID: String(node.id), ...metadata },
    server: {
      RACK: `rack-${node.id}`,
      LISTENERS: listeners.join(','),
      ADVERTISED_LISTENERS: `${internal},EXTERNAL://127.0.0.1:${clients.hostPort}`,
      LOG_DIRS: dataDir,
      SECURITY: security.join('\n')
    }
  }
}

/** Where a broker listens for the others, as host:port. */
export function internalAddress({ address }: NodePlan): string {
  return `${address}:${ports.internal}`
}

/** Where the other nodes reach each service of a node. */
export function servicesOf(node: NodePlan): ReachTarget[] {
  const { name, role, controller, address } = node
  if (role === 'zookeeper')
    return [{ node: name, service: 'metadata', host: clientPort(node).host, port: clientPort(node).port }]
  return [
    { node: name, service: 'broker', host: address, port: ports.internal },
    ...(controller ? [{ node: name, service: 'metadata' as const, host: address, port: ports.controller }] : [])
  ]
}

/** The client address of a node. Every plan has it: planNodes() puts it first. */
export function clientPort(node: NodePlan): NodePlan['published'][number] {
  const found = node.published.find(({ purpose }) => purpose === 'clients')
  if (!found) throw new Error(`${node.name} has no port for clients`)
  return found
}

/** Everything that a node listens on, as host:port to be bound. */
export function listensOn(node: NodePlan): { host: string; port: number }[] {
  const ofBroker = node.controller ? [ports.internal, ports.controller] : [ports.internal]
  const own = node.role === 'broker' ? ofBroker : [ports.peer, ports.election]
  return [
    ...node.published.map(({ host, port }) => ({ host, port })),
    ...own.map((port) => ({ host: node.address, port }))
  ]
}

/**
 * Fills `${NAMES}` in a template.
 * @throws Error naming a name without a value: a node must not start with a hole in its configuration
 */
export function fillTemplate(template: string, values: Record<string, string>): string {
  return template.replaceAll(/^(?!\s*#).*$/gm, (line) =>
    line.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new Error(`The template needs ${name}, which has no value`)
      return value
    })
  )
}

/**
 * The arguments of java for a node.
 * @param options.logging the option that has it log
 * @param options.security what a broker's listeners need
 */
export function javaArguments(
  node: NodePlan,
  options: {
    heap: string
    libs: string
    logging: string
    security: string[]
    jmxAgent: string
    jmxRules: string
    configFile: string
  }
): string[] {
  const metrics = node.published.find(({ purpose }) => purpose === 'metrics')
  const common = [
    `-Xmx${options.heap}`,
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    '-Djava.net.preferIPv4Stack=true',
    options.logging
  ]
  const main = ['-cp', `${options.libs}/*`]
  if (node.role === 'zookeeper') {
    // A small process that idles: a bigger collector and the optimizing compiler would cost more than they save, and
    // six JVMs that start at once compete for the cores.
    return [
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...common,
      ...main,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      options.configFile
    ]
  }
  return [
    // The collector settings of Kafka's own kafka-run-class.sh.
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=20',
    '-XX:InitiatingHeapOccupancyPercent=35',
    '-XX:+ExplicitGCInvokesConcurrent',
    ...common,
    ...options.security,
    ...(metrics === undefined
      ? []
      : [`-javaagent:${options.jmxAgent}=${metrics.host}:${metrics.port}:${options.jmxRules}`]),
    ...main,
    'kafka.Kafka',
    options.configFile
  ]
}

function hostAndPort({ host, port }: { host: string; port: number }): string {
  return `${host}:${port}`
}

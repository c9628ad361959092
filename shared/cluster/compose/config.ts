import envSchema from 'env-schema'
import { type Static, Type } from 'typebox'
import { type ClusterSecurity, ClusterSecuritySchema } from '../../contracts/cluster.ts'
import { agentDir } from '../agent-sockets.ts'
import { connectName, connectUser } from '../connect/files.ts'
import { type ClusterDefinition, clusterId, defaultHeap, defaultName, defaultPorts } from '../definition.ts'
import { heapBytes } from '../heap.ts'

const ports = (what: string, defaults: number[]) =>
  Type.String({
    default: defaults.join(','),
    pattern: '^[0-9]{1,5}(,[0-9]{1,5})*$',
    description: `Where ${what} are published on 127.0.0.1, in order of their numbers, separated by commas`
  })

const AgentContainerConfigSchema = Type.Object({
  KOPS_COMPOSE_PROJECT: Type.String({ default: defaultName, description: "Compose's name of the project" }),
  KOPS_KAFKA_PORTS: ports('the brokers', defaultPorts.kafka),
  KOPS_ZOOKEEPER_PORTS: ports('the ZooKeeper nodes', defaultPorts.zookeeper),
  KOPS_CLUSTER_SECURITY: Type.Unsafe<ClusterSecurity>({ ...ClusterSecuritySchema, default: 'plaintext' })
})

/** The cluster as the environment of the agent's container describes it. @throws Error naming the setting that is not valid */
export function definitionFromEnvironment(stateDir: string, data: NodeJS.ProcessEnv = process.env): ClusterDefinition {
  const config = envSchema<Static<typeof AgentContainerConfigSchema>>({
    schema: AgentContainerConfigSchema,
    data,
    env: false,
    dotenv: false
  })
  return {
    id: clusterId(stateDir),
    name: config.KOPS_COMPOSE_PROJECT,
    runtime: 'compose',
    ...(config.KOPS_CLUSTER_SECURITY === 'plaintext' ? {} : { security: config.KOPS_CLUSTER_SECURITY }),
    ports: {
      ...defaultPorts,
      kafka: config.KOPS_KAFKA_PORTS.split(',').map(Number),
      zookeeper: config.KOPS_ZOOKEEPER_PORTS.split(',').map(Number)
    },
    heap: defaultHeap
  }
}

/**
 * The environment for Compose: this process's own, with the variables of docker-compose.cluster.yml from the
 * definition.
 * @param user who may drive the cluster through the agent's socket on this machine, besides root, and whose group reads
 * the secrets of Alertmanager; those that root writes are given to Alertmanager's own user
 * @param monitoring the rendered configuration of Prometheus and Alertmanager, what they present to others, and the public
 * address of health-service
 */
export function composeEnvironment(
  definition: ClusterDefinition,
  user: { uid: number; gid: number },
  env: NodeJS.ProcessEnv = process.env,
  monitoring: {
    observabilityDir?: string
    accessDir?: string
    consoleAccessDir?: string
    publicHealthUrl?: string | undefined
  } = {}
): NodeJS.ProcessEnv {
  const { kafka, zookeeper, ...others } = definition.ports
  const numbered = (role: string, list: number[]) =>
    Object.fromEntries(list.map((port, index) => [`${role}_${index + 1}_PORT`, String(port)]))
  // The agent needs the socket that Compose itself talks to: a rootless engine has another one.
  const socket = env['DOCKER_SOCKET'] ?? /^unix:\/\/(\/.+)$/.exec(env['DOCKER_HOST'] ?? '')?.[1]
  // The user of a rootless engine is root in its containers.
  const uid = socket?.startsWith('/run/user/') ? 0 : user.uid
  return {
    ...env,
    ...(socket === undefined ? {} : { DOCKER_SOCKET: socket }),
    COMPOSE_PROJECT_NAME: definition.name,
    ...numbered('KAFKA', kafka),
    ...numbered('ZOOKEEPER', zookeeper),
    ADMIN_PORT: String(others.admin),
    HEALTH_PORT: String(others.health),
    LOAD_TEST_PORT: String(others.loadTest),
    PROMETHEUS_PORT: String(others.prometheus),
    ALERTMANAGER_PORT: String(others.alertmanager),
    KAFKA_HEAP: definition.heap.broker,
    ...memoryLimit(definition.heap.broker, env['KAFKA_MEMORY_LIMIT']),
    ZOOKEEPER_HEAP: definition.heap.zookeeper,
    KOPS_AGENT_DIR: agentDir(definition),
    ...(monitoring.observabilityDir && { KOPS_OBSERVABILITY_DIR: monitoring.observabilityDir }),
    ...(monitoring.accessDir && { KOPS_MONITORING_ACCESS_DIR: monitoring.accessDir }),
    ...(monitoring.consoleAccessDir && { KOPS_CONSOLE_ACCESS_DIR: monitoring.consoleAccessDir }),
    // A user's own goes before: an engine may forward from another address than the gateway's.
    KOPS_TRUST_NETWORK: env['KOPS_TRUST_NETWORK'] || 'gateway',
    KOPS_PUBLIC_HEALTH_URL: monitoring.publicHealthUrl ?? `http://localhost:${others.health}`,
    KOPS_SETUP_UID: String(uid),
    ...(user.gid === 0 ? {} : { KOPS_SETUP_GID: String(user.gid) })
  }
}

const MiB = 2 ** 20
/** What a broker has besides its heap: code, threads, buffers of the network, a little page cache. */
const besidesHeap = 640 * MiB

/** The limit of .env is for small heaps. */
function memoryLimit(heap: string, given: string | undefined): NodeJS.ProcessEnv {
  const bytes = heapBytes(heap) + besidesHeap
  return given !== undefined || bytes <= 2 ** 30 ? {} : { KAFKA_MEMORY_LIMIT: `${bytes / MiB}m` }
}

/**
 * What Compose needs besides for the worker of Kafka Connect; nothing for a cluster without one.
 * @param password of its REST API
 */
export function connectEnvironment(
  { connect }: Pick<ClusterDefinition, 'connect'>,
  password: string,
  env: NodeJS.ProcessEnv = process.env
): NodeJS.ProcessEnv {
  if (connect === undefined) return {}
  // Without the variable, Compose reads that of the file .env.
  const profiles = (env['COMPOSE_PROFILES'] ?? 'ui').split(',').filter((profile) => profile !== '')
  return {
    COMPOSE_PROFILES: [...new Set([...profiles, 'connect'])].join(','),
    CONNECT_PORT: String(connect.port),
    CONNECT_HEAP: connect.heap,
    CONNECT_PASSWORD: password,
    KOPS_CONNECT_URL: `http://${connectUser}:${password}@${connectName}:8084`
  }
}

const composeFile = 'docker-compose.cluster.yml'
const securityFile = 'docker-compose.security.yml'

/**
 * The environment for what creates the containers of a secured cluster: Compose also reads docker-compose.security.yml.
 * @param securityDir the folder of its files on this machine
 */
export function securedEnvironment(env: NodeJS.ProcessEnv, securityDir: string): NodeJS.ProcessEnv {
  return { ...withFile(env, securityFile), KOPS_SECURITY_DIR: securityDir }
}

/** Lets Compose also read a file, as the last one. */
export function withFile(env: NodeJS.ProcessEnv, file: string): NodeJS.ProcessEnv {
  const given = (env['COMPOSE_FILE'] ?? composeFile).split(':').filter((other) => other !== file)
  return { ...env, COMPOSE_FILE: [...given, file].join(':') }
}

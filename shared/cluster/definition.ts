import { createHash, randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { Pointer, Value } from 'typebox/value'
import {
  type ClusterMode,
  ClusterModeSchema,
  type ClusterSecurity,
  ClusterSecuritySchema,
  RuntimeKindSchema
} from '../contracts/cluster.ts'
import { fieldError, KopsError } from '../errors/catalog.ts'
import { replaceFile } from '../files/replace-file.ts'

const port = Type.Integer({ minimum: 1, maximum: 65535 })
const heap = Type.String({ pattern: '^[1-9][0-9]*[mg]$', description: 'Heap size as for -Xmx: 384m, 2g' })

/**
 * The definition of one cluster: written once into its state directory, read by everything that drives it. Ports are
 * those on this machine's 127.0.0.1; the i-th port belongs to node i + 1.
 */
export const ClusterDefinitionSchema = Type.Object(
  {
    id: Type.String({
      pattern: '^[0-9a-f]{6}$',
      description: 'Names namespaces, links, tables and the socket of this cluster'
    }),
    name: Type.String({ minLength: 1 }),
    runtime: RuntimeKindSchema,
    mode: Type.Optional(ClusterModeSchema),
    security: Type.Optional(ClusterSecuritySchema),
    clientListener: Type.Optional(
      Type.Object(
        {
          saslMechanisms: Type.Optional(
            Type.Array(Type.Enum(['PLAIN', 'SCRAM-SHA-256', 'OAUTHBEARER']), {
              description: 'Besides SCRAM-SHA-512. For PLAIN and SCRAM the user and the password are the same'
            })
          ),
          jwksUrl: Type.Optional(
            Type.String({ minLength: 1, description: 'Keys of the tokens for OAUTHBEARER: a file: or https: address' })
          ),
          audience: Type.Optional(Type.String({ minLength: 1, description: 'Required of the tokens for OAUTHBEARER' })),
          maxReauthMs: Type.Optional(
            Type.Integer({ minimum: 1000, description: 'A client must authenticate again within this time' })
          )
        },
        { additionalProperties: false, description: 'Further settings of the listener for clients, with sasl_ssl' }
      )
    ),
    kraftClusterId: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_-]{22}$',
        description:
          'Cluster id that the nodes of a KRaft cluster are formatted with. Chosen once: nodes with different ids do not form a cluster'
      })
    ),
    controllers: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: 9 },
        description:
          'In a KRaft cluster: so many nodes, from the first on, are controllers too and form the quorum; by default all'
      })
    ),
    ports: Type.Object(
      {
        kafka: Type.Array(port, { minItems: 1, maxItems: 9 }),
        jmx: Type.Array(port, { minItems: 1, maxItems: 9 }),
        zookeeper: Type.Array(port, { maxItems: 9, description: 'None in a KRaft cluster' }),
        admin: port,
        health: port,
        loadTest: port,
        prometheus: port,
        alertmanager: port,
        console: Type.Optional(
          Type.Integer({
            ...port,
            description: 'A second port of admin-service, for the console (local runtime)'
          })
        )
      },
      { additionalProperties: false }
    ),
    connect: Type.Optional(
      Type.Object(
        { port, heap },
        { additionalProperties: false, description: 'A worker of Kafka Connect, and where its REST API listens' }
      )
    ),
    heap: Type.Object({ broker: heap, zookeeper: heap }, { additionalProperties: false }),
    authorizer: Type.Optional(
      Type.Boolean({
        description:
          'Whether brokers store ACLs (local runtime). A secured cluster always does. With plaintext everyone, including the brokers, is User:ANONYMOUS, a super user, and principals without a matching ACL have access'
      })
    )
  },
  { additionalProperties: false }
)
export type ClusterDefinition = Static<typeof ClusterDefinitionSchema>

/** The ports of README and the defaults that suit a laptop with 4 GiB. */
export const defaultPorts: ClusterDefinition['ports'] = {
  kafka: [9092, 9093, 9094],
  jmx: [7071, 7072, 7073],
  zookeeper: [2181, 2182, 2183],
  admin: 8081,
  health: 8082,
  loadTest: 8083,
  prometheus: 9090,
  alertmanager: 9095,
  console: 8080
}
export const defaultHeap: ClusterDefinition['heap'] = { broker: '384m', zookeeper: '96m' }
export const defaultConnect: NonNullable<ClusterDefinition['connect']> = { port: 8084, heap: '256m' }
export const defaultName = 'kafka-log-streaming-cluster'

const fileName = 'cluster.json'

/** The id of the cluster in a state directory: two checkouts have two ids, so their resources do not collide. */
export function clusterId(stateDir: string): string {
  return createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 6)
}

/** @throws KopsError runtime_failed when there is a file and it is not a definition; resolves to undefined when there is none */
export async function loadDefinition(stateDir: string): Promise<ClusterDefinition | undefined> {
  const path = join(stateDir, fileName)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const [value, cause] = parseJson(text)
  if (!Value.Check(ClusterDefinitionSchema, value) || contradiction(value)) {
    throw new KopsError('runtime_failed', `${path} is not a cluster definition; remove it and set up again`, { cause })
  }
  return value
}

/**
 * Writes a definition atomically: a crash leaves the old or the new file.
 * @throws KopsError validation_failed, naming the field, if it is invalid
 */
export async function saveDefinition(stateDir: string, definition: ClusterDefinition): Promise<void> {
  const [problem] = Value.Errors(ClusterDefinitionSchema, definition)
  if (problem) {
    const field = problem.instancePath.slice(1).replaceAll('/', '.')
    throw fieldError(
      'validation_failed',
      field,
      `${problem.message}; got ${JSON.stringify(Pointer.Get(definition, problem.instancePath))}`
    )
  }
  const contradicted = contradiction(definition)
  if (contradicted) throw fieldError('validation_failed', contradicted.field, contradicted.message)
  await replaceFile(join(stateDir, fileName), `${JSON.stringify(definition, null, 2)}\n`)
}

/** Forgets the cluster of a state folder. Idempotent. */
export async function removeDefinition(stateDir: string): Promise<void> {
  await rm(join(stateDir, fileName), { force: true })
}

/** Where a cluster keeps its metadata. Definitions without a mode use ZooKeeper. */
export function modeOf(definition: Pick<ClusterDefinition, 'mode'>): ClusterMode {
  return definition.mode ?? 'zookeeper'
}

/** How the brokers of a cluster are reached. Definitions without it use plain text. */
export function securityOf(definition: Pick<ClusterDefinition, 'security'>): ClusterSecurity {
  return definition.security ?? 'plaintext'
}

/** A definition of another mode, with what belongs to it: for KRaft no ZooKeeper nodes, and a cluster id where there is none yet. */
export function withMode(definition: ClusterDefinition, mode: ClusterMode): ClusterDefinition {
  const { mode: _, kraftClusterId, controllers, ...common } = definition
  if (mode === 'zookeeper') {
    const zookeeper = common.ports.zookeeper.length > 0 ? common.ports.zookeeper : defaultPorts.zookeeper
    return { ...common, ports: { ...common.ports, zookeeper } }
  }
  return {
    ...common,
    mode,
    kraftClusterId: kraftClusterId ?? newKraftClusterId(),
    ...(controllers === undefined ? {} : { controllers }),
    ports: { ...common.ports, zookeeper: [] }
  }
}

/** 16 random bytes in Kafka's notation. Kafka's tools would take one with a leading dash for an option. */
function newKraftClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newKraftClusterId() : id
}

/** A worker has no credentials and no rights of its own yet. */
export const noSecuredConnect = 'Kafka Connect requires brokers in plain text; secured ones know no user for its worker'

/** Checks the consistency of individually valid fields. */
function contradiction(definition: ClusterDefinition): { field: string; message: string } | undefined {
  const { runtime, ports, kraftClusterId, controllers, authorizer, clientListener, connect } = definition
  const security = securityOf(definition)
  const inKraft = modeOf(definition) === 'kraft'
  if (inKraft && runtime !== 'local') {
    return { field: 'mode', message: 'only the local runtime starts a KRaft cluster; got compose' }
  }
  if (inKraft !== (ports.zookeeper.length === 0)) {
    return { field: 'ports.zookeeper', message: 'ZooKeeper nodes and the zookeeper mode require each other' }
  }
  if (inKraft !== (kraftClusterId !== undefined)) {
    return { field: 'kraftClusterId', message: 'is required in kraft mode, and not allowed otherwise' }
  }
  if (controllers !== undefined && (!inKraft || controllers > ports.kafka.length)) {
    return { field: 'controllers', message: 'is for a KRaft cluster, and at most the number of its nodes' }
  }
  if (security !== 'plaintext' && authorizer === false) {
    return { field: 'authorizer', message: `brokers with ${security} always store ACLs` }
  }
  if (connect && security !== 'plaintext') return { field: 'connect', message: noSecuredConnect }
  if (clientListener && (security !== 'sasl_ssl' || runtime !== 'local')) {
    return { field: 'clientListener', message: 'requires sasl_ssl in the local runtime' }
  }
  if (clientListener?.saslMechanisms?.includes('OAUTHBEARER') && clientListener.jwksUrl === undefined) {
    return { field: 'clientListener.jwksUrl', message: 'is required for OAUTHBEARER' }
  }
  return undefined
}

/** Node names with their indexes, in the order in which they start. */
export function nodeNames(definition: ClusterDefinition): { zookeepers: string[]; brokers: string[] } {
  return {
    zookeepers: definition.ports.zookeeper.map((_, index) => `zookeeper-${index + 1}`),
    brokers: definition.ports.kafka.map((_, index) => `kafka-${index + 1}`)
  }
}

function parseJson(text: string): [unknown, unknown] {
  try {
    return [JSON.parse(text), undefined]
  } catch (error) {
    return [undefined, error]
  }
}

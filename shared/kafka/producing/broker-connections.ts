import { type Connection, findCoordinatorV4, initProducerIdV4, metadataV12 } from '@platformatic/kafka'
import { fieldError, isKopsError, KopsError } from '../../errors/catalog.ts'
import { kafkaRefusal, topicAuthorizationFailed, wholeAnswer, wrapKafkaError } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { type BrokerEndpoint, endpointKey, parseEndpoints } from '../model.ts'
import { handOver, type PartitionAnswer, type PartitionBatch, produce } from '../protocol/produce.ts'
import { BulkConnection } from './bulk-connection.ts'
import type { ProducerIdentity } from './record-batch.ts'

/** Kafka's UNKNOWN_TOPIC_OR_PARTITION. */
const unknownTopic = 3
/** What FindCoordinator finds. */
const coordinatorKeys = { group: 0, transaction: 1 }

/** Broker id of each partition's leader, at the partition's index; null while it has none. */
export type Leaders = (number | null)[]

export interface BrokerConnectionsOptions extends Omit<ConnectionOptions, 'budget'> {
  acks: 'all' | 'leader' | 'none'
  /** Of the records, if they belong to transactions. */
  transactionalId?: string
  requestTimeoutMs: number
  /** How long a broker may wait until replicas have the batches of a request, before it answers for those that lack them; by default as long. */
  replicationTimeoutMs?: number
  connectTimeoutMs: number
  /** A connection has ended. */
  onLost?: () => void
}

/** Connections to the brokers by id, and the questions that a producer has for any of them. */
export interface BrokerConnections {
  /**
   * The leaders according to the first broker that answers; every known one is asked at once, so one dead broker costs
   * nothing.
   * @throws KopsError topic_not_found, cluster_unreachable
   */
  leaders(topic: string): Promise<Leaders>
  /** A new producer id. @throws KopsError cluster_unreachable */
  identity(): Promise<ProducerIdentity>
  /**
   * Who coordinates the transactions of an id, or a consumer group.
   * @throws KopsError coordinator_unavailable, cluster_unreachable, kafka_not_authorized
   */
  coordinator(of: 'transaction' | 'group', id: string): Promise<BrokerEndpoint>
  connectTo(endpoint: BrokerEndpoint): Promise<Connection>
  /** Connects if need be. Rejects when the broker cannot be reached: then nothing was sent. */
  connect(broker: number): Promise<Connection>
  /** Rejects if the connection breaks or nobody answers: then the batches may have been written. */
  produce(connection: Connection, topic: string, batches: PartitionBatch[]): Promise<PartitionAnswer[]>
  /** With acks `none`: resolves when the network has them. */
  handOver(connection: Connection, topic: string, batches: PartitionBatch[]): Promise<void>
  /** Breaks the connection to a broker: requests that wait for it reject. */
  drop(broker: number): void
  close(): void
}

export function createBrokerConnections(options: BrokerConnectionsOptions): BrokerConnections {
  const bootstrap = parseEndpoints(options.bootstrapServers)
  const endpoints = new Map<number, BrokerEndpoint>()
  const connections = new Map<string, Promise<BulkConnection>>()
  const open = new Set<BulkConnection>()
  let closed = false

  async function connectTo(endpoint: BrokerEndpoint): Promise<Connection> {
    if (closed) throw new KopsError('cluster_unreachable', 'The producer is closed')
    const key = endpointKey(endpoint)
    const existing = connections.get(key)
    if (existing) return existing
    const connection = new BulkConnection(endpoint, {
      clientId: options.clientId,
      security: options.security,
      connectTimeout: options.connectTimeoutMs,
      requestTimeout: options.requestTimeoutMs
    })
    const retire = () => {
      if (connections.get(key) === connecting) connections.delete(key)
    }
    const forget = () => {
      retire()
      if (open.delete(connection)) options.onLost?.()
    }
    connection.on('error', forget)
    connection.on('close', forget)
    connection.onRetire = retire
    open.add(connection)
    const connecting = connection.open().then(
      () => connection,
      (error: unknown) => {
        forget()
        connection.destroy()
        throw error
      }
    )
    connections.set(key, connecting)
    return connecting
  }

  /**
   * The first good answer of any known broker. A refusal by Kafka (an error of the catalog) counts only if no broker
   * has a better answer: brokers learn of a new topic one after the other.
   */
  async function firstAnswer<T>(what: string, ask: (connection: Connection) => Promise<T>): Promise<T> {
    const known = new Map([...bootstrap, ...endpoints.values()].map((item) => [endpointKey(item), item]))
    const questions = Array.from(known.values(), async (endpoint) => ask(await connectTo(endpoint)))
    try {
      return await Promise.any(questions)
    } catch (cause) {
      const refusal = cause instanceof AggregateError ? cause.errors.find((error) => isKopsError(error)) : undefined
      throw refusal ?? new KopsError('cluster_unreachable', `No broker answered the request for ${what}`, { cause })
    }
  }

  return {
    async leaders(topic) {
      const metadata = await firstAnswer('metadata', async (connection) => {
        // The client reports a partition without a leader as an error, with the whole answer attached.
        const response = await wholeAnswer(metadataV12.api.async(connection, [topic], false, false))
        const found = response.topics.find(({ name }) => name === topic)
        if (!found || found.errorCode === unknownTopic) {
          throw fieldError('topic_not_found', 'topic', `${topic} does not exist`)
        }
        if (found.errorCode === topicAuthorizationFailed) throw kafkaRefusal(found.errorCode, `Describing ${topic}`)
        return { brokers: response.brokers, partitions: found.partitions }
      })
      for (const { nodeId, host, port } of metadata.brokers) endpoints.set(nodeId, { host, port })
      const leaders: Leaders = []
      for (const { partitionIndex, leaderId } of metadata.partitions) {
        leaders[partitionIndex] = leaderId >= 0 ? leaderId : null
      }
      return leaders
    },
    identity() {
      return firstAnswer('a producer id', async (connection) => {
        const request = [null, options.requestTimeoutMs, undefined, undefined] as const
        const answer = initProducerIdV4.api.async(connection, ...request)
        const { producerId, producerEpoch } = await answer.catch((error: unknown) => {
          const refusal = wrapKafkaError(error, 'Getting a producer id')
          throw refusal.code === 'kafka_not_authorized' ? refusal : error
        })
        return { id: producerId, epoch: producerEpoch }
      })
    },
    coordinator(of, id) {
      return firstAnswer(`the ${of} coordinator`, async (connection) => {
        const answer = await wholeAnswer(findCoordinatorV4.api.async(connection, coordinatorKeys[of], [id]))
        const { errorCode = 0, errorMessage, host = '', port = 0 } = answer.coordinators[0] ?? {}
        if (errorCode !== 0) throw kafkaRefusal(errorCode, `Finding the ${of} coordinator`, errorMessage)
        return { host, port }
      })
    },
    connectTo,
    connect(broker) {
      const endpoint = endpoints.get(broker)
      if (!endpoint)
        return Promise.reject(new KopsError('broker_unreachable', `Broker ${broker} is not in the metadata`))
      return connectTo(endpoint)
    },
    produce(connection, topic, batches) {
      const { acks, transactionalId, requestTimeoutMs, replicationTimeoutMs: timeoutMs = requestTimeoutMs } = options
      if (acks === 'none') throw new Error('acks=none has no answers')
      return produce(connection, { topics: [{ topic, batches }], acks, transactionalId, timeoutMs })
    },
    handOver(connection, topic, batches) {
      return handOver(connection, { topics: [{ topic, batches }], timeoutMs: options.requestTimeoutMs })
    },
    drop(broker) {
      const endpoint = endpoints.get(broker)
      if (!endpoint) return
      const key = endpointKey(endpoint)
      const connection = connections.get(key)
      connections.delete(key)
      connection?.then(
        (dropped) => dropped.destroy(),
        () => undefined
      )
    },
    close() {
      closed = true
      for (const connection of [...open]) connection.destroy()
      open.clear()
      connections.clear()
    }
  }
}

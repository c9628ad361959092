import { listOf } from '#shared/http/service-config.ts'
import { createBrokerAdmin } from '#shared/kafka/brokers/broker-admin.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createWatchedBudget } from '#shared/kafka/cluster/quorum-gate.ts'
import { createPool } from '#shared/kafka/connection/pool.ts'
import { createGroupAdmin } from '#shared/kafka/groups/group-admin.ts'
import { abortTransactions } from '#shared/kafka/producing/abort-transactions.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createEpochReader } from '#shared/kafka/verifying/epoch-reader.ts'
import { createTransactionReader } from '#shared/kafka/verifying/transaction-reader.ts'
import { parseZookeeperTls } from '#shared/zookeeper/settings.ts'
import type { LoadTestConfig } from './config.ts'

const clientId = 'kops-load-test'
const metadataMs = 3000

export type KafkaClients = ReturnType<typeof createKafkaClients>

/** What load-test-service asks Kafka with: all share one connection a broker. */
export function createKafkaClients(config: LoadTestConfig) {
  const servers = parseKafka(config)
  const zookeeperServers = listOf(config.KOPS_ZOOKEEPER_SERVERS)
  const zookeeperTls = parseZookeeperTls(config)
  const budget = createWatchedBudget({ ...servers, zookeeperServers, zookeeperTls, clientId })
  const pool = createPool({ ...servers, clientId, budget })
  const kafka = { ...servers, clientId, budget, pool }
  const reader = createClusterReader(kafka)
  const brokers = createBrokerAdmin(kafka)
  const groups = createGroupAdmin(kafka)
  const epochs = createEpochReader(kafka)
  const transactions = createTransactionReader(kafka)

  /** Looking a coordinator up makes Kafka create its topic, which needs the metadata quorum. */
  async function admitCoordinator(topic: string): Promise<void> {
    const { value } = await reader.metadata({ topics: [topic], deadlineMs: metadataMs })
    if (value.topics.length === 0) await budget.admit()
  }

  return {
    /** Where Kafka is, and how one logs in. */
    servers,
    kafka,
    zookeeperServers,
    zookeeperTls,
    admin: createTopicAdmin(kafka),
    reader,
    brokers,
    groups,
    epochs,
    transactions,
    admitGroups: () => admitCoordinator('__consumer_offsets'),
    admitTransactions: () => admitCoordinator('__transaction_state'),
    abortTransactions: (ids: readonly string[]) => abortTransactions({ ...servers, clientId }, ids),
    async close(): Promise<void> {
      await Promise.all([brokers.close(), groups.close(), epochs.close(), transactions.close()])
      pool.close()
      await budget.close()
    }
  }
}

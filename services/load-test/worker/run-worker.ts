import { randomBytes } from 'node:crypto'
import { preciseEpochMs, systemClock } from '#shared/clock.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import { createWorkerLine } from '../adapters/load-workers/kafka-lines.ts'
import { createShareThreads } from '../adapters/load-workers/share-threads.ts'
import { loadLimits, workerSecretOf } from '../config.ts'
import { checkOrder } from '../domain/load-workers/check-order.ts'
import { createLoadWorker } from '../domain/load-workers/load-worker.ts'
import type { LoadWorkerConfig } from './config.ts'

/** The client id of workers' producers, as quotas of Kafka name it: that of load tests elsewhere, too. */
const clientId = 'kops-load-test'

/**
 * Starts a load worker. Resolves once it has joined, to what ends it.
 * @param say receives what it does, for people
 * @throws Error naming the setting that is missing, and KopsError as WorkerLine.open()
 */
export async function runWorker(config: LoadWorkerConfig, say: (line: string) => void): Promise<() => Promise<void>> {
  const secret = workerSecretOf(config)
  if (!secret) throw new Error('KOPS_LOAD_WORKER_SECRET is required: the secret that load-test-service has, too')
  const kafka = { ...parseKafka(config), clientId }
  const reader = createClusterReader(kafka)
  const admin = createTopicAdmin(kafka)
  const topic = config.KOPS_LOAD_WORKERS_TOPIC
  const reserved = createReservedTopics({ auditTopic: config.KOPS_AUDIT_TOPIC })
  const id = randomBytes(4).toString('hex')
  const worker = createLoadWorker({
    ...{ id, host: config.KOPS_LOAD_WORKER_HOST, clock: systemClock, epochMs: preciseEpochMs, say },
    line: createWorkerLine({
      ...{ kafka, reader, admin, topic, secret },
      onProblem: (error, what) => say(`${what}: ${error instanceof Error ? error.message : error}`)
    }),
    engine: createShareThreads({ config, clientId }),
    check: (order) => checkOrder(order, { limits: loadLimits(config), reserved }),
    newTicket: () => randomBytes(16).toString('hex')
  })
  const close = async () => {
    await worker.close()
    await Promise.all([reader.close(), admin.close()])
  }
  try {
    await worker.open()
  } catch (error) {
    await close()
    throw error
  }
  say(
    `Load worker ${id} on ${config.KOPS_LOAD_WORKER_HOST} waits for orders in ${topic} (${config.KOPS_BOOTSTRAP_SERVERS})`
  )
  return close
}

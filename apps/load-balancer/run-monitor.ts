import { systemClock } from '#shared/clock.ts'
import { type BalancerMetrics, BalancerMetricsSchema, balancerTopics } from '#shared/contracts/load-balancer.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createMessageReader } from '#shared/streams/json-message.ts'
import { followTopic } from './adapters/follow-topic.ts'
import { reachCluster } from './adapters/reach-cluster.ts'
import { loadKafka } from './config.ts'
import { catalogOf, patienceMs, type RunOptions } from './run-options.ts'

export interface MonitorOptions extends RunOptions {
  topic?: string
  /** Begins with what is in the topic, instead of what comes from now on. */
  fromBeginning?: boolean
  /** Called once it follows the topic. */
  onReady: () => void
  onMetrics: (metrics: BalancerMetrics) => void
}

const readMetrics = createMessageReader(BalancerMetricsSchema)

/** `kops lb monitor`: hands over metrics as they are published, until the signal aborts. @throws KopsError as reachCluster() */
export async function runMonitor(options: MonitorOptions): Promise<void> {
  const { topic = balancerTopics.metrics, fromBeginning = false, onReady, onMetrics, signal, say } = options
  const kafka = { ...loadKafka(options.env), clientId: 'kops-lb-monitor' }
  const reader = createClusterReader(kafka)
  const records = createRecordReader(kafka)
  try {
    const topics = [{ name: topic, catalog: catalogOf(topic) }]
    await reachCluster({ ...kafka, reader, topics, say, signal, clock: systemClock, patienceMs })
    const { ended } = await followTopic({
      ...{ reader: records, topic, signal, clock: systemClock },
      start: { at: fromBeginning ? 'earliest' : 'latest' },
      onRecord({ partition, offset, value }) {
        const read = readMetrics(value)
        if ('message' in read) onMetrics(read.message)
        else say(`${topic}-${partition}:${offset} is not a message of metrics: ${read.problem.message}`)
      },
      onProblem: (message) => say(message)
    })
    onReady()
    await ended
  } finally {
    await Promise.all([records.close(), reader.close()])
  }
}

import { preciseEpochMs, systemClock } from '#shared/clock.ts'
import { balancerTopics } from '#shared/contracts/load-balancer.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { reachCluster } from './adapters/reach-cluster.ts'
import { createSureWriter } from './adapters/sure-writer.ts'
import { loadKafka, loadProducer } from './config.ts'
import { arrivals } from './domain/arrivals.ts'
import { generate } from './domain/generate.ts'
import { catalogOf, patienceMs, type RunOptions } from './run-options.ts'

export interface GeneratorOptions extends RunOptions {
  topic?: string
  /** How many, and how many a second. */
  requests: number
  rate: number
  seed: number
  /** The id of the first request; by default one that no earlier run had. */
  firstId?: number | undefined
}

export interface Generated {
  topic: string
  requests: number
  acknowledged: number
  seconds: number
  /** The ids of the first and the last request; null if there is none. */
  firstId: number | null
  lastId: number | null
}

/** How long to wait for the last acknowledgements. */
const lastMs = 15_000

/**
 * `kops lb generate`: writes requests when they are due, whatever the cluster or the processor make of the earlier ones.
 * @throws KopsError as reachCluster()
 */
export async function runGenerator(options: GeneratorOptions): Promise<Generated> {
  const { topic = balancerTopics.requests, requests, rate, seed, signal, say } = options
  const kafka = { ...loadKafka(options.env), clientId: 'kops-lb-generator' }
  const reader = createClusterReader(kafka)
  const onProblem = (code: string, count: number) => say(`${count} requests are sent again (${code})`)
  const writer = createSureWriter({ ...kafka, topic, settings: loadProducer(options.env, say), onProblem })
  try {
    const topics = [{ name: topic, catalog: catalogOf(topic) }]
    await reachCluster({ ...kafka, reader, topics, say, signal, clock: systemClock, patienceMs })
    await writer.open()
    const startsAt = preciseEpochMs() / 1000
    const firstId = options.firstId ?? Math.floor(startsAt * 1e6)
    const generated = await generate({
      source: arrivals({ rate, startsAt, firstId, random: createRandom(seed) }),
      ...{ requests, writer, clock: systemClock, lastMs, signal },
      now: () => preciseEpochMs() / 1000
    })
    const { sent, acknowledged, seconds } = generated
    const ids = { firstId: sent === 0 ? null : firstId, lastId: sent === 0 ? null : firstId + sent - 1 }
    return { topic, requests: sent, acknowledged, seconds, ...ids }
  } finally {
    await Promise.all([writer.close(), reader.close()])
  }
}

/**
 * What a prediction of every loss costs health-service after a sweep, on made-up metadata of topics of 12 partitions with three
 * replicas each, a tenth of them out of sync somewhere, and 1,000 groups:
 *   node bench/what-if.ts [--partitions 10000] [--brokers 3,30] [--rounds 50]
 */
import { parseArgs } from 'node:util'
import { toScenario } from '#services/health/domain/what-if/to-scenario.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import type { KnownCluster } from '#shared/prediction/model.ts'
import { createPredictor } from '#shared/prediction/predict.ts'
import { scenariosOf } from '#shared/prediction/scenarios.ts'

const { values } = parseArgs({
  options: {
    partitions: { type: 'string', default: '10000' },
    brokers: { type: 'string', default: '3,30' },
    rounds: { type: 'string', default: '50' }
  }
})
const partitionsPerTopic = 12

for (const brokers of values.brokers.split(',').map(Number)) {
  const cluster = clusterOf(Number(values.partitions), brokers)
  const times = Array.from({ length: Number(values.rounds) }, () => {
    const startedAt = process.cpuUsage()
    const predict = createPredictor(cluster)
    const scenarios = scenariosOf(cluster, 'kill')
    for (const scenario of scenarios) toScenario(cluster, scenario, predict(scenario))
    const { user, system } = process.cpuUsage(startedAt)
    return (user + system) / 1000
  }).sort((a, b) => a - b)
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(1)
  const losses = scenariosOf(cluster, 'kill').length
  console.log(
    `${values.partitions} partitions, ${brokers} brokers: ${losses} losses in ${at(0.5)} ms of CPU time, ${at(0.99)} ms at worst`
  )
}

function clusterOf(partitions: number, brokers: number): KnownCluster {
  const topics = Array.from(
    { length: Math.ceil(partitions / partitionsPerTopic) },
    (_, topic): TopicMetadata => ({
      name: `topic-${topic}`,
      internal: false,
      partitions: Array.from({ length: partitionsPerTopic }, (_, partition) => {
        const replicas = [0, 1, 2].map((step) => ((topic + partition + step) % brokers) + 1)
        const isr = (topic + partition) % 10 === 0 ? replicas.slice(0, 2) : replicas
        return { partition, leader: replicas[0] ?? null, leaderEpoch: 1, replicas, isr, offlineReplicas: [] }
      })
    })
  )
  const ids = Array.from({ length: brokers }, (_, index) => index + 1)
  return {
    mode: 'zookeeper',
    topics,
    live: new Set(ids),
    controllerId: 1,
    racks: new Map(ids.map((id) => [id, `rack-${id % 3}`])),
    ensemble: [1, 2, 3].map((number) => ({ name: `zookeeper-${number}`, serves: true })),
    minInsyncReplicas: new Map(topics.map(({ name }) => [name, 2])),
    uncleanElection: new Set(),
    timings: { sessionTimeoutMs: 18_000, heartbeatMs: 2000, replicaLagMs: 30_000 },
    groups: Array.from({ length: 1000 }, (_, group) => `group-${group}`),
    traffic: null
  }
}

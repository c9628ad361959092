import type { Clock } from '#shared/clock.ts'
import type { Condition } from '#shared/gamedays/step-words.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { PrometheusReader } from '#shared/prometheus/ports.ts'
import { matchersOf } from '#shared/prometheus/promql.ts'

export interface ConditionParts {
  reader: Pick<ClusterReader, 'views' | 'metadata'>
  /** undefined: none is configured */
  prometheus: Pick<PrometheusReader, 'range'> | undefined
  /** Labels of this cluster's series there. */
  labels: readonly [name: string, value: string][]
  clock: Pick<Clock, 'now'>
}

/** Whether a condition holds; null: it could not be read, and `reading` says why. */
export interface ConditionReading {
  holds: boolean | null
  reading: string
}

const deadlineMs = 4000

/**
 * Reads a condition once. Never rejects, but with the signal's reason.
 * @param since no reading of the health before it counts
 */
export async function readCondition(
  condition: Condition,
  parts: ConditionParts,
  { since, signal }: { since: Date; signal: AbortSignal }
): Promise<ConditionReading> {
  try {
    switch (condition.kind) {
      case 'health': {
        const status = await readHealth(parts, since, signal)
        if (status === undefined) return { holds: null, reading: 'Prometheus has no reading of the health yet' }
        return { holds: status === condition.status, reading: `health is ${status}` }
      }
      case 'promql': {
        const { length } = await query(condition.query, parts, signal)
        return { holds: length > 0, reading: `the query has ${length === 0 ? 'no result' : `${length} result(s)`}` }
      }
      case 'inSync':
        return await readInSync(parts)
    }
  } catch (error) {
    signal.throwIfAborted()
    return { holds: null, reading: messageOf(error) }
  }
}

/** The status of the cluster as health-service exports it. */
async function readHealth(parts: ConditionParts, since: Date, signal: AbortSignal): Promise<string | undefined> {
  const status = `kafka_cluster_status{${matchersOf(parts.labels)}}`
  const fresh = `timestamp(${status}) >= ${since.getTime() / 1000}`
  const [current] = await query(`${status} == 1 and ${fresh}`, parts, signal)
  return current?.labels['status']
}

async function query(text: string, { prometheus, clock }: ConditionParts, signal: AbortSignal) {
  if (!prometheus) throw new Error('no Prometheus is configured (KOPS_PROMETHEUS_URL)')
  const at = clock.now()
  const { series } = await prometheus.range({ query: text, from: at, to: at, stepSeconds: 1 }, { deadlineMs, signal })
  return series.filter(({ points }) => points.length > 0)
}

async function readInSync({ reader }: ConditionParts): Promise<ConditionReading> {
  const [views, { value }] = await Promise.all([
    reader.views({ deadlineMs, topics: [], evenSilent: true }),
    reader.metadata({ deadlineMs })
  ])
  const silent = views.filter(({ reachable }) => !reachable).length
  const weak = value.topics.flatMap(({ partitions }) =>
    partitions.filter(({ leader, isr, replicas }) => leader === null || isr.length < replicas.length)
  ).length
  return {
    holds: silent === 0 && weak === 0,
    reading: `${silent} broker(s) do not answer, ${weak} partition(s) are not in sync`
  }
}

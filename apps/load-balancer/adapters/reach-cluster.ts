import type { Clock } from '#shared/clock.ts'
import { fieldError, isKopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { retry } from '#shared/poll.ts'

export interface NeededTopic {
  name: string
  /** The catalog that creates it, if one does. */
  catalog: 'load-balancing-simulator' | 'smart-load-balancer' | undefined
}

export interface ReachOptions {
  reader: Pick<ClusterReader, 'metadata'>
  /** As the caller names them, for messages. */
  bootstrapServers: readonly string[]
  topics: readonly NeededTopic[]
  /** Topics that it can do without. */
  optional?: readonly string[]
  say: (line: string) => void
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  signal: AbortSignal
  /** How long a cluster without an answer is tried. */
  patienceMs: number
}

const deadlineMs = 5000

/**
 * Waits until the cluster answers, and sees that it has these topics.
 * @returns the topics that exist, of all that were named
 * @throws KopsError cluster_unreachable when the time is up; topic_not_found, with the command that creates what is missing; at once what
 * no further attempt would change (kafka_login_refused, kafka_tls_failed); the signal's reason
 */
export async function reachCluster(options: ReachOptions): Promise<ReadonlySet<string>> {
  const { reader, bootstrapServers, topics, optional = [], say, clock, signal, patienceMs } = options
  const names = [...topics.map(({ name }) => name), ...optional]
  const read = async () => (await reader.metadata({ topics: names, deadlineMs, signal })).value
  let said = false
  const mayPass = (error: unknown) => {
    if (!isKopsError(error) || !error.retriable) return false
    if (!said) say(`No broker of ${bootstrapServers.join(', ')} answers; trying for ${Math.round(patienceMs / 1000)} s`)
    said = true
    return true
  }
  const found = await retry(read, mayPass, { timeoutMs: patienceMs, pauseMs: 500, clock, signal })
  const existing = new Set(found.topics.map(({ name }) => name))
  const missing = topics.filter(({ name }) => !existing.has(name))
  if (missing.length === 0) return existing
  const commands = new Set(
    missing.map(({ name, catalog }) => (catalog ? `kops catalog apply ${catalog}` : `kops topics create ${name}`))
  )
  const which = missing.map(({ name }) => name).join(', ')
  const verb = missing.length === 1 ? 'does not exist; this creates it' : 'do not exist; this creates them'
  throw fieldError('topic_not_found', 'topic', `${which} ${verb}: ${[...commands].join(' && ')}`)
}

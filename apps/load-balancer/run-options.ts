import { balancerTopics } from '#shared/contracts/load-balancer.ts'
import { deadLetterTopic } from './adapters/dead-letter-writer.ts'
import type { NeededTopic } from './adapters/reach-cluster.ts'

/** What every command of the load balancer gets. */
export interface RunOptions {
  /** The settings of Kafka are read from it. */
  env: NodeJS.ProcessEnv
  /** What happens, for people. */
  say: (line: string) => void
  /** Ends it. */
  signal: AbortSignal
}

/** How long a cluster that does not answer at the start is tried. */
export const patienceMs = 30_000

const { requests, responses, metrics } = balancerTopics
const ofSimulator: readonly string[] = [requests, responses, metrics, deadLetterTopic(requests)]
const ofBalancer: readonly string[] = Object.values(balancerTopics).flatMap((name) => [name, deadLetterTopic(name)])

/** The catalog that creates a topic; undefined: none does. */
export function catalogOf(topic: string): NeededTopic['catalog'] {
  if (ofSimulator.includes(topic)) return 'load-balancing-simulator'
  return ofBalancer.includes(topic) ? 'smart-load-balancer' : undefined
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

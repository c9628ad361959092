import type { Clock } from '#shared/clock.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { BrokerMetadata } from '#shared/kafka/model.ts'
import { type Observation, observe } from './observation.ts'

export interface WatcherOptions {
  reader: Pick<ClusterReader, 'views'>
  clock: Clock
  topic: string
  node: BrokerMetadata
  intervalMs: number
  /** How long a broker may take to answer. */
  deadlineMs: number
}

/** Watches leaders and replicas of the drill's topic through every broker at once. */
export interface Watcher {
  readonly observations: readonly Observation[]
  /**
   * Resolves to the next observation that satisfies the condition, or to undefined after the timeout. Rejects with the
   * signal's reason.
   */
  until(
    condition: (observation: Observation) => boolean,
    options: { timeoutMs: number; signal: AbortSignal }
  ): Promise<Observation | undefined>
  stop(): Promise<void>
}

export function startWatcher(options: WatcherOptions): Watcher {
  const { clock, reader, topic, node } = options
  const observations: Observation[] = []
  const stopping = new AbortController()

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      const atMs = clock.monotonicMs()
      const views = await reader.views({ deadlineMs: options.deadlineMs, topics: [topic], signal: stopping.signal })
      if (!stopping.signal.aborted) observations.push(observe(views, { topic, node, atMs }))
      const pause = options.intervalMs - (clock.monotonicMs() - atMs)
      if (pause > 0) await clock.sleep(pause, stopping.signal).catch(() => undefined)
      else await clock.turn()
    }
  }

  const done = watch().catch((error: unknown) => {
    // views() never rejects; if it ever does, waiting callers must learn of it.
    stopping.abort(error)
  })

  return {
    observations,
    async until(condition, { timeoutMs, signal }) {
      const deadline = clock.monotonicMs() + timeoutMs
      let seen = observations.length
      for (;;) {
        signal.throwIfAborted()
        for (; seen < observations.length; seen += 1) {
          const observation = observations[seen]
          if (observation && condition(observation)) return observation
        }
        if (stopping.signal.aborted || clock.monotonicMs() >= deadline) return undefined
        await clock.sleep(Math.min(options.intervalMs, 50), signal)
      }
    },
    async stop() {
      stopping.abort()
      await done
    }
  }
}

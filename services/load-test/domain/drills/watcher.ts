import type { Clock } from '#shared/clock.ts'
import type { ClusterReader, ViewReader } from '#shared/kafka/cluster/port.ts'
import { type BrokerEndpoint, type BrokerMetadata, type BrokerView, endpointKey } from '#shared/kafka/model.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { type Observation, observe, sameObservation } from './observation.ts'

export interface WatcherOptions {
  reader: Pick<ClusterReader, 'views'> & ViewReader
  clock: Clock
  topic: string
  /** The broker that the observations are about; undefined: about none in particular. */
  node: BrokerMetadata | undefined
  /** Further brokers, each of which gets observations of its own. */
  others?: readonly BrokerMetadata[]
  /** Between two questions to one broker: the resolution of what is measured. */
  intervalMs: number
  /** How long a broker may take to answer. */
  deadlineMs: number
}

/** Watches leaders and replicas of the drill's topic through every broker at once. */
export interface Watcher {
  /**
   * All brokers' answers merged, whenever something changed: of answers that say the same, the first and the last one.
   * Those that there was no room for are missing at the end.
   */
  readonly observations: readonly Observation[]
  /** The same, about one of the brokers that are watched. */
  of(broker: BrokerMetadata | undefined): readonly Observation[]
  readonly lanes: Lanes
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

const room = 20_000

/** Asks each broker on its own: one that answers late, or not at all, delays what the others have to say by nothing. */
export function startWatcher(options: WatcherOptions): Watcher {
  const { clock, reader, topic, node, others = [], deadlineMs, intervalMs } = options
  const observations: Observation[] = []
  const ofOthers = new Map(others.map((broker) => [broker.id, { broker, observations: [] as Observation[] }]))
  const lanes = createLanes(topic)
  const listeners = new Set<(observation: Observation) => void>()
  const latest = new Map<string, BrokerView>()
  const pollers = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  let isComplete = false

  function take(view: BrokerView): void {
    const atMs = clock.monotonicMs()
    latest.set(endpointKey(view.endpoint), view)
    lanes.take(view, atMs)
    if (view.reachable) view.metadata.brokers.forEach(watch)
    // Until each broker has been asked once, one that has not answered yet would seem to be silent.
    isComplete ||= pollers.size > 0 && latest.size >= pollers.size
    if (!isComplete) return
    const views = Array.from(latest.values())
    const observation = observe(views, { topic, node, atMs })
    keep(observations, observation)
    for (const { broker, observations } of ofOthers.values()) {
      keep(observations, observe(views, { topic, node: broker, atMs }))
    }
    for (const listen of listeners) listen(observation)
  }

  function keep(observations: Observation[], observation: Observation): void {
    const [before, last] = observations.slice(-2)
    if (before && last && sameObservation(before, last) && sameObservation(last, observation)) {
      observations[observations.length - 1] = observation
    } else if (observations.length < room) observations.push(observation)
  }

  function watch({ host, port }: BrokerEndpoint): void {
    const endpoint = { host, port }
    const key = endpointKey(endpoint)
    if (!pollers.has(key) && !stopping.signal.aborted) pollers.set(key, pollBroker(endpoint))
  }

  async function pollBroker(endpoint: BrokerEndpoint): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      const askedAtMs = clock.monotonicMs()
      const view = await reader.view(endpoint, { deadlineMs, topics: [topic], signal }).catch(() => undefined)
      if (signal.aborted) return
      if (view) take(view)
      const pause = intervalMs - (clock.monotonicMs() - askedAtMs)
      if (pause > 0) await clock.sleep(pause, signal).catch(() => undefined)
      else await clock.turn()
    }
  }

  /** The node may be down already: the configured brokers name the others. */
  async function begin(): Promise<void> {
    const views = await reader.views({ deadlineMs, topics: [topic], signal: stopping.signal }).catch(() => [])
    if (node) watch(node)
    for (const { endpoint } of views) watch(endpoint)
  }

  const begun = begin()

  return {
    observations,
    of: (broker) => (broker && ofOthers.get(broker.id)?.observations) ?? observations,
    lanes,
    async until(condition, { timeoutMs, signal }) {
      const deadline = clock.monotonicMs() + timeoutMs
      let found: Observation | undefined
      const listen = (observation: Observation) => {
        if (!found && condition(observation)) found = observation
      }
      listeners.add(listen)
      try {
        for (;;) {
          signal.throwIfAborted()
          if (found || stopping.signal.aborted || clock.monotonicMs() >= deadline) return found
          await clock.sleep(Math.min(intervalMs, 50), signal)
        }
      } finally {
        listeners.delete(listen)
      }
    },
    async stop() {
      stopping.abort()
      await begun
      await Promise.all(pollers.values())
    }
  }
}

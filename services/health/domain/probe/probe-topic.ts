import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { ProbeView } from '#shared/kafka/probe/port.ts'
import { type Change, ownPartitions, planChange } from './layout.ts'
import type { ProbeOptions } from './probe.ts'

const changeMs = 8000
/** After a change its consequences are waited for, after a refusal whatever was in the way. */
const restMs = 2000
const restAfterErrorMs = 15_000
/** How long to wait for all brokers before creating the topic with fewer replicas. */
const patienceMs = 30_000

/** Keeps the probe's topic so that each broker leads a partition of it. */
export interface ProbeTopic {
  /** Starts the change that a view requires, if any; one at a time. */
  follow(view: ProbeView): void
  /** The error of the last change; undefined after a success. */
  lastError(): KopsError | undefined
  /** Resolves when no change is under way. */
  settled(): Promise<void>
}

export function createProbeTopic({
  channel,
  clock,
  brokersExpected,
  onError
}: Pick<ProbeOptions, 'channel' | 'clock' | 'brokersExpected' | 'onError'>): ProbeTopic {
  const startedAtMs = clock.monotonicMs()
  const had = new Set<number>()
  let topicId: string | undefined
  let changing: Promise<void> | undefined
  let notBeforeMs = 0
  let lastError: KopsError | undefined

  /** Live brokers that had a partition and no longer have one. */
  function movedAway({ topic }: ProbeView): Set<number> {
    if (topic === null) return new Set()
    if (topic.id !== topicId) had.clear()
    topicId = topic.id
    const own = new Set(ownPartitions(topic).map(({ broker }) => broker))
    const moved = new Set([...had].filter((broker) => !own.has(broker)))
    for (const broker of own) had.add(broker)
    return moved
  }

  async function carryOut(change: Change): Promise<void> {
    try {
      await apply(change)
      lastError = undefined
      notBeforeMs = clock.monotonicMs() + restMs
    } catch (error) {
      // Another service with the same topic was faster.
      if (isKopsError(error, 'topic_exists')) return
      lastError = isKopsError(error) ? error : new KopsError('internal', 'Changing the topic failed', { cause: error })
      notBeforeMs = clock.monotonicMs() + restAfterErrorMs
      onError(lastError, `${change.kind} ${channel.topic}`)
    }
  }

  function apply(change: Change): Promise<void> {
    const timeoutMs = changeMs
    switch (change.kind) {
      case 'create':
        return channel.createTopic(change.assignment, { timeoutMs })
      case 'add':
        return channel.addPartitions(change.total, change.assignment, { timeoutMs })
      case 'elect':
        return channel.electPreferred(change.partitions, { timeoutMs })
    }
  }

  return {
    follow(view) {
      const moved = movedAway(view)
      if (changing || clock.monotonicMs() < notBeforeMs) return
      const waited = clock.monotonicMs() - startedAtMs >= patienceMs
      const change = planChange(view, { brokersExpected: waited ? 1 : brokersExpected, moved })
      if (!change) {
        lastError = undefined
        return
      }
      changing = carryOut(change).finally(() => {
        changing = undefined
      })
    },
    lastError: () => lastError,
    async settled() {
      await changing
    }
  }
}

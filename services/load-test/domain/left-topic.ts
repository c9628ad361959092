import type { Clock } from '#shared/clock.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { retry } from '#shared/poll.ts'

export interface LeftTopicOptions {
  admin: Pick<TopicAdmin, 'deleteTopic'>
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  /** Aborts further attempts: the service closes. */
  signal: AbortSignal
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

/** Whatever ended the service may still be wrong with the cluster. */
const bounds = { timeoutMs: 60_000, pauseMs: 2000 }

/**
 * Deletes a topic of a job that ended with the service's death, for a minute if need be. What cannot be deleted then goes
 * with the next start. Never rejects.
 */
export async function deleteLeftTopic(
  topic: string,
  { admin, clock, signal, onProblem }: LeftTopicOptions
): Promise<void> {
  // The close of the service ends a pause, and no first attempt.
  const pausing = { monotonicMs: () => clock.monotonicMs(), sleep: (ms: number) => clock.sleep(ms, signal) }
  try {
    await retry(
      () => admin.deleteTopic(topic, { timeoutMs: 10_000 }),
      (error) => !isKopsError(error, 'topic_not_found'),
      { ...bounds, clock: pausing }
    )
  } catch (error) {
    if (!isKopsError(error, 'topic_not_found')) onProblem(error, `could not delete topic ${topic}`)
  }
}

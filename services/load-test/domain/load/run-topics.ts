import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'

export interface RunTopicsOptions {
  admin: Pick<TopicAdmin, 'createTopic' | 'deleteTopic'>
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

type Taken = Pick<LoadTestRun, 'id' | 'topic' | 'workload'>

/** The topics that runs write to, each at a time for one of them. */
export interface RunTopics {
  /**
   * Makes the run's topic if it is a temporary one.
   * @returns its name
   * @throws KopsError job_conflict if another run has the topic; those of creating one
   */
  take(id: string, workload: Pick<ResolvedWorkload, 'topic'>): Promise<string>
  /** Deletes a temporary topic. What cannot be deleted now goes with the next start of the service. Idempotent. */
  giveBack(run: Taken): Promise<void>
}

/** For creating a topic, and for brokers to learn of it. */
export const topicTimeoutMs = 20_000

export function createRunTopics({ admin, onProblem }: RunTopicsOptions): RunTopics {
  /** Ids of runs by the existing topic that each has. */
  const taken = new Map<string, string>()
  return {
    async take(id, { topic }) {
      if (topic.kind === 'existing') {
        const other = taken.get(topic.name)
        if (other !== undefined) {
          throw new KopsError('job_conflict', `The load test ${other} writes to ${topic.name}: one at a time does`)
        }
        taken.set(topic.name, id)
        return topic.name
      }
      const { partitions, replicationFactor, configs = {} } = topic
      const name = `kops-load-${id}`
      await admin.createTopic(
        { name, partitions, replicationFactor, configs },
        { validateOnly: false, timeoutMs: topicTimeoutMs }
      )
      return name
    },
    async giveBack({ id, topic, workload }) {
      if (taken.get(topic) === id) taken.delete(topic)
      if (workload?.topic.kind !== 'temporary') return
      try {
        await admin.deleteTopic(topic, { timeoutMs: topicTimeoutMs })
      } catch (error) {
        if (!isKopsError(error, 'topic_not_found')) onProblem(error, `could not delete topic ${topic}`)
      }
    }
  }
}

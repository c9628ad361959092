import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'

export interface RunTopicsOptions {
  admin: Pick<TopicAdmin, 'createTopic' | 'deleteTopic'>
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

/** The topics that runs write to. */
export interface RunTopics {
  /** Makes the run's topic if it is a temporary one. @returns its name. @throws KopsError those of creating a topic */
  take(id: string, workload: Pick<ResolvedWorkload, 'topic'>): Promise<string>
  /** Deletes a temporary topic. What cannot be deleted now goes with the next start of the service. */
  giveBack(run: Pick<LoadTestRun, 'topic' | 'workload'>): Promise<void>
}

/** For creating a topic, and for brokers to learn of it. */
export const topicTimeoutMs = 20_000

export function createRunTopics({ admin, onProblem }: RunTopicsOptions): RunTopics {
  return {
    async take(id, { topic }) {
      if (topic.kind === 'existing') return topic.name
      const { partitions, replicationFactor, configs = {} } = topic
      const name = `kops-load-${id}`
      await admin.createTopic(
        { name, partitions, replicationFactor, configs },
        { validateOnly: false, timeoutMs: topicTimeoutMs }
      )
      return name
    },
    async giveBack({ topic, workload }) {
      if (workload?.topic.kind !== 'temporary') return
      try {
        await admin.deleteTopic(topic, { timeoutMs: topicTimeoutMs })
      } catch (error) {
        if (!isKopsError(error, 'topic_not_found')) onProblem(error, `could not delete topic ${topic}`)
      }
    }
  }
}

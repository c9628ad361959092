import type { TopicHealth } from '#shared/contracts/topic-health.ts'
import { gaugeSet } from './gauge-set.ts'

const topics = gaugeSet<TopicHealth>({
  level: 'topic',
  labels: ['topic'],
  items: ({ health }) =>
    health.topics.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((topic) => [topic.name, [topic]] as const),
  values: ({ name }) => [name],
  gauges: [
    {
      name: 'kops_topic_size_bytes',
      help: 'Size of all replicas of the topic; missing unless every broker has answered',
      read: ({ sizeBytes }) => sizeBytes
    },
    {
      name: 'kops_topic_health_score',
      help: 'Health score of the topic, from 0 to 100 (no faults)',
      read: ({ score }) => score.score
    },
    {
      name: 'kops_topic_under_min_isr_partitions',
      help: 'Partitions of the topic with fewer in-sync replicas than min.insync.replicas',
      read: ({ underMinIsr }) => underMinIsr
    },
    {
      name: 'kops_topic_offline_partitions',
      help: 'Partitions of the topic without a leader',
      read: ({ offline }) => offline
    },
    {
      name: 'kops_topic_unconfirmed_partitions',
      help: 'Partitions of the topic with an in-sync replica on a broker that does not answer',
      read: ({ unconfirmed }) => unconfirmed
    }
  ]
})

export const topicMetrics = [topics]

import { fieldError } from '#shared/errors/catalog.ts'
import type { GuardInput, GuardRow } from './guard-row.ts'
import type { TopicReaders } from './topic.ts'

/** Who writes into an existing topic says so twice: its consumers get the records of the drill. */
export const topicConfirmed: GuardRow<GuardInput> = {
  name: 'topic-confirmed',
  canForce: false,
  look: ({ topic, readers, request: { confirmTopic } }) => ({
    passed: !topic.isShared || confirmTopic === topic.name,
    reading: topic.isShared
      ? `${confirmTopic ?? 'not given'}; the records of the drill go to ${readersInWords(readers)}`
      : 'a topic of its own',
    limit: 'confirmTopic is the name of an existing topic'
  }),
  refuse: ({ topic, readers }) =>
    fieldError(
      'validation_failed',
      'confirmTopic',
      `must be ${topic.name}, because the records of the drill go to ${readersInWords(readers)}`
    )
}

/** Each record of a drill has a key of its own: compaction would keep all of them. */
export const topicNotCompacted: GuardRow<GuardInput> = {
  name: 'topic-not-compacted',
  canForce: false,
  look({ topic, cleanupPolicies }) {
    const policy = topic.isShared ? cleanupPolicies.get(topic.name) : 'delete'
    const passed = policy !== undefined && !policy.includes('compact')
    return { passed, reading: `cleanup.policy ${policy ?? 'cannot be read'}`, limit: 'without compact' }
  },
  refuse: ({ topic }, { reading }) =>
    fieldError('drill_unsafe', 'topic', `${topic.name} would keep the records of the drill: ${reading}`)
}

function readersInWords(readers: TopicReaders | null): string {
  const { groups = [], isPartial = false } = readers ?? {}
  const known = groups.length === 0 ? 'no known group' : groups.join(', ')
  return isPartial ? `${known}, and maybe others: not every coordinator answers` : known
}

import { Type } from 'typebox'

/** The name that the topic of decisions has by default; another name begins with it. */
export const defaultDecisionTopic = 'kops-dead-letters'

/** The settings of every service that knows dead-letter queues. */
export const deadLetterProperties = {
  KOPS_DEAD_LETTER_QUEUES: Type.String({
    default: '*.dlq,*.DLQ,*-dlq,*.DLT,*-dlt,dlq.*,dlq-*,dead-letter-topic-*',
    description:
      'Comma-separated globs (*, ?) of the topics that are dead-letter queues; empty: none. Give admin-service and health-service the same'
  }),
  KOPS_DEAD_LETTER_TOPIC: Type.String({
    default: defaultDecisionTopic,
    pattern: `^${defaultDecisionTopic}[a-zA-Z0-9._-]{0,200}$`,
    description:
      'Topic in which admin-service records what was decided on dead letters, created if missing. Give admin-service and health-service the same name. The prefix keeps it from being one of your topics'
  })
}

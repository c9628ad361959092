import { fieldError, type KopsError } from '#shared/errors/catalog.ts'

/**
 * Whether a name is one of the topics that Kafka keeps for itself (`__consumer_offsets`, `__transaction_state`, and others
 * of later versions): by convention those with two leading underscores. Known by name, so that they are protected before
 * they exist and while nothing can be read.
 */
export function isProtected(name: string): boolean {
  return name.startsWith('__')
}

export function protectedTopicError(name: string): KopsError {
  return fieldError(
    'topic_protected',
    'topicName',
    `${name} is Kafka's own: consumer groups and transactions keep their state in such topics`
  )
}

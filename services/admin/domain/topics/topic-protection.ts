import { fieldError, type KopsError } from '#shared/errors/catalog.ts'
import { matchesGlob } from '#shared/lists/glob.ts'

/**
 * Whether a name is one of Kafka's own topics (`__consumer_offsets`, `__transaction_state`, and others in later
 * versions): by convention those with two leading underscores. Recognised by name, so that they are protected before
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

/** Topics whose records are protected from every caller. */
export interface TopicProtection {
  /** @throws KopsError topic_protected */
  assertUnprotected(topic: string): void
}

/**
 * @param patterns globs: `*` stands for any characters, `?` for one. No regular expressions: one that takes too long,
 * or matches more than it seems to, must not decide what is deleted.
 */
export function createTopicProtection(patterns: readonly string[]): TopicProtection {
  return {
    assertUnprotected(topic) {
      if (isProtected(topic)) throw protectedTopicError(topic)
      const pattern = patterns.find((candidate) => matchesGlob(candidate, topic))
      if (pattern !== undefined) throw patternError(topic, pattern)
    }
  }
}

function patternError(topic: string, pattern: string): KopsError {
  return fieldError(
    'topic_protected',
    'topicName',
    `${topic} matches the protected pattern ${pattern} (KOPS_PROTECTED_TOPICS): no caller may delete it or its records`
  )
}

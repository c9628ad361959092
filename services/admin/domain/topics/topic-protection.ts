import { fieldError, type KopsError } from '#shared/errors/catalog.ts'
import { matchesGlob } from '#shared/lists/glob.ts'
import { isProtected, protectedTopicError } from './protected-topics.ts'

/** Which topics keep their records, whoever asks. */
export interface TopicProtection {
  /** @throws KopsError topic_protected */
  assertUnprotected(topic: string): void
}

/**
 * @param patterns globs: `*` stands for any characters, `?` for one. No regular expressions: one that takes too long, or
 *   matches more than it seems to, must not decide what is deleted.
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

import { fieldError, type KopsError } from '../../../../shared/errors/catalog.ts'
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

/** Whether a glob matches a whole name, in time that grows with the product of their lengths at most. */
export function matchesGlob(glob: string, name: string): boolean {
  let at = 0
  let inGlob = 0
  let star = -1
  let starAt = 0
  while (at < name.length) {
    if (inGlob < glob.length && glob[inGlob] === '*') {
      star = inGlob++
      starAt = at
    } else if (inGlob < glob.length && (glob[inGlob] === '?' || glob[inGlob] === name[at])) {
      inGlob++
      at++
    } else if (star >= 0) {
      // The last star takes one character more.
      inGlob = star + 1
      at = ++starAt
    } else {
      return false
    }
  }
  while (glob[inGlob] === '*') inGlob++
  return inGlob === glob.length
}

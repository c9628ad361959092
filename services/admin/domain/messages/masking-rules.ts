/** The masking rules of one topic. */
export interface TopicMask {
  /** Field paths; `*` stands for any number of levels, none included. */
  paths: string[][]
  /** A rule names the topic: then a value that has no fields is withheld, since nobody can tell what is in it. */
  named: boolean
}

export interface MaskingRules {
  /** undefined when nothing of the topic is masked. */
  of(topic: string): TopicMask | undefined
}

/**
 * Reads rules like `*.password,log-events:user.email`: a path of field names separated by dots, for the topics that the name
 * before the colon matches (`*` for any text), for all topics without one. Array elements are no level of their own. The
 * case of names does not matter: hiding too much is the better error.
 * @throws Error, naming the rule that cannot be read
 */
export function parseMaskingRules(setting: string): MaskingRules {
  const rules = setting
    .split(',')
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '')
    .map(parseRule)
  const known = new Map<string, TopicMask | undefined>()
  return {
    of(topic) {
      if (!known.has(topic)) {
        const matching = rules.filter((rule) => rule.topic === undefined || rule.topic.test(topic))
        const named = matching.some((rule) => rule.topic !== undefined)
        known.set(topic, matching.length === 0 ? undefined : { paths: matching.map(({ path }) => path), named })
      }
      return known.get(topic)
    }
  }
}

function parseRule(rule: string): { topic: RegExp | undefined; path: string[] } {
  const colon = rule.indexOf(':')
  const topic = colon < 0 ? undefined : rule.slice(0, colon)
  const path = rule
    .slice(colon + 1)
    .toLowerCase()
    .split('.')
  if (path.some((name) => name === '') || topic === '' || (topic !== undefined && !/^[\w.*-]+$/.test(topic))) {
    throw new Error(`KOPS_MASKED_FIELDS: "${rule}" is not a field path such as user.email or my-topic:user.email`)
  }
  return { topic: topic === undefined || topic === '*' ? undefined : globOf(topic), path }
}

function globOf(pattern: string): RegExp {
  const literal = pattern.split('*').map((part) => part.replaceAll(/[.-]/g, '\\$&'))
  return new RegExp(`^${literal.join('.*')}$`)
}

/** Whether a path of a rule is this path of field names. */
export function matchesPath(rule: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = rule
  if (first === undefined) return path.length === 0
  if (first === '*') return matchesPath(rest, path) || (path.length > 0 && matchesPath(rule, path.slice(1)))
  return path[0]?.toLowerCase() === first && matchesPath(rest, path.slice(1))
}

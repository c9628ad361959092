/** The masking rules of one topic. */
export interface TopicMask {
  /** Field paths; `*` stands for any number of levels, including none. */
  paths: string[][]
  /** A rule names the topic: then a value without fields is withheld, because its content is unknown. */
  named: boolean
}

export interface MaskingRules {
  /** undefined if nothing in the topic is masked. */
  of(topic: string): TopicMask | undefined
}

/**
 * Parses rules like `*.password,log-events:user.email`: a path of field names separated by dots, for the topics that
 * match the name before the colon (`*` for any text), or for all topics without one. Array elements are not a level.
 * Names are case-insensitive: hiding too much is the better error.
 * @throws Error naming the invalid rule
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

/** Whether a path of a rule matches this path of field names. */
export function matchesPath(rule: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = rule
  if (first === undefined) return path.length === 0
  if (first === '*') return matchesPath(rest, path) || (path.length > 0 && matchesPath(rule, path.slice(1)))
  return path[0]?.toLowerCase() === first && matchesPath(rest, path.slice(1))
}

/** The masking rules of one topic. */
export interface TopicMask {
  /** Field paths; `*` stands for any number of levels, including none. */
  paths: string[][]
  matcher: PathMatcher
  /** A rule names the topic: then a value without fields is withheld, because its content is unknown. */
  named: boolean
}

export interface MaskingRules {
  /**
   * undefined if nothing in the topic is masked.
   * @param origin another topic that its records come from, whose rules apply, too
   */
  of(topic: string, origin?: string | null): TopicMask | undefined
}

/** How many topics' masks are kept; origins are what records say. */
const mostKept = 1000

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
    of(topic, origin) {
      const names = origin == null ? [topic] : [topic, origin]
      // No name of a topic has a space.
      const key = names.join(' ')
      if (!known.has(key)) {
        if (known.size >= mostKept) known.clear()
        const matching = rules.filter(
          (rule) => rule.topic === undefined || names.some((name) => rule.topic?.test(name))
        )
        const named = matching.some((rule) => rule.topic !== undefined)
        const paths = matching.map(({ path }) => path)
        known.set(key, paths.length === 0 ? undefined : { paths, matcher: createPathMatcher(paths), named })
      }
      return known.get(key)
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

/** How far a path of field names has come in the rules of a matcher. */
export interface PathState {
  /** Positions in the compiled rules, each at most once. */
  readonly at: readonly number[]
  /** The path up to here is that of a rule. */
  readonly matched: boolean
}

export interface PathMatcher {
  readonly start: PathState
  /** The state one name further: at most as much work as the rules have names, however long the path is. */
  next(state: PathState, name: string): PathState
}

/** Compiles the paths of rules into an automaton that follows all of them at once, one name after the other. */
export function createPathMatcher(paths: readonly (readonly string[])[]): PathMatcher {
  /** All rules in a row; undefined ends each. */
  const names: (string | undefined)[] = paths.flatMap((path) => [...path, undefined])
  const starts = paths.map((_, index) => paths.slice(0, index).reduce((sum, path) => sum + path.length + 1, 0))
  /** The number of the step that last came to a position. */
  const reached = new Float64Array(names.length)
  let step = 0

  function collect(positions: Iterable<number>): PathState {
    step += 1
    const at: number[] = []
    let matched = false
    for (let position of positions) {
      // A star may stand for no name at all: what follows it is reached with it.
      for (; reached[position] !== step; position += 1) {
        reached[position] = step
        at.push(position)
        if (names[position] !== '*') break
      }
      if (names[at.at(-1) ?? 0] === undefined && at.length > 0) matched = true
    }
    return { at, matched }
  }

  function* follow({ at }: PathState, name: string): Generator<number> {
    const lower = name.toLowerCase()
    for (const position of at) {
      if (names[position] === '*') yield position
      else if (names[position] === lower) yield position + 1
    }
  }

  return { start: collect(starts), next: (state, name) => collect(follow(state, name)) }
}

import type { PathState, TopicMask } from './masking-rules.ts'

/** How far rules are followed: names and characters of a path. A field beyond is hidden, whatever it is called. */
const maxLevels = 100
const maxLength = 4096

/** The place of a field in a document, and what the rules say of it. */
export interface FieldPath {
  /** Names, separated by dots. */
  readonly text: string
  readonly levels: number
  /** undefined beyond the limits. */
  readonly state: PathState | undefined
}

/** Paths grow name by name, so that a document costs work in proportion to its size. */
export const fieldPaths = {
  root: ({ matcher }: TopicMask): FieldPath => ({ text: '', levels: 0, state: matcher.start }),

  /** The field of this name, which may be a flattened path. In a form, empty names are no level: `a[]` is `a`. */
  enter(path: FieldPath, name: string, { matcher }: TopicMask, { form = false } = {}): FieldPath {
    const beyond = { ...path, text: path.text === '' ? '*' : `${path.text}.*`, state: undefined }
    if (path.state === undefined || path.text.length + name.length > maxLength) return beyond
    const names = name.split('.').filter((name) => !form || name !== '')
    const levels = path.levels + names.length
    if (levels > maxLevels) return beyond
    const state = names.reduce(matcher.next, path.state)
    const parts = path.levels === 0 ? names : [path.text, ...names]
    return { text: parts.join('.'), levels, state }
  },

  isHidden: ({ state }: FieldPath): boolean => state === undefined || state.matched
}

/** The paths of hidden fields, as the answer lists them. */
export interface MaskedPaths {
  /** How often something was hidden. */
  readonly hits: number
  /** @param path without the prefix; empty for all of the content */
  add(path: string): void
  /** Each once, with the prefix. */
  list(): string[]
}

/** Paths of a small document are always listed, whatever its size. */
const leastCharacters = 4096

/**
 * Lists at most as many characters as the content has: every field repeats the path of its parents, so that a full
 * list may be a thousand times larger. `prefix.*` stands for the rest.
 */
export function createMaskedPaths(prefix: string, contentBytes: number): MaskedPaths {
  const paths = new Set<string>()
  let left = Math.max(leastCharacters, contentBytes)
  let hits = 0
  return {
    get hits() {
      return hits
    },
    add(path) {
      hits += 1
      if (paths.has(path)) return
      left -= path.length + prefix.length
      if (left >= 0) paths.add(path)
    },
    list() {
      const listed = Array.from(paths, (path) => (path === '' ? prefix : `${prefix}.${path}`))
      return left < 0 ? [...new Set([...listed, `${prefix}.*`])] : listed
    }
  }
}

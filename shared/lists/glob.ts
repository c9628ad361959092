/** Whether a name is one of those that the globs match; without globs every name is. */
export function isGranted(globs: readonly string[] | undefined, name: string): boolean {
  return globs === undefined || globs.some((glob) => matchesGlob(glob, name))
}

/**
 * Whether a glob matches a whole name, in time proportional to the product of their lengths at most. `*` stands for any
 * characters, `?` for one. No regular expressions: one that takes too long, or matches more than it seems to, must not
 * decide.
 */
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

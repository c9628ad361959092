/** A release, `3.9.1`, as numbers; undefined if the text has none. */
export function releaseOf(text: string): number[] | undefined {
  const [found] = /\d+(?:\.\d+)+/.exec(text) ?? []
  return found?.split('.').map(Number)
}

/** Negative if the first release is the older one. */
export function compareReleases(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether a release is at least another one; false if either text has none. */
export function isAtLeast(text: string, least: string): boolean {
  const [found, wanted] = [releaseOf(text), releaseOf(least)]
  return found !== undefined && wanted !== undefined && compareReleases(found, wanted) >= 0
}

/** The release in the name of a jar, `kafka_2.13-3.9.1.jar`. */
export function releaseOfJar(jars: readonly string[], artifact: string): string | undefined {
  const found = jars.find((jar) => jar.startsWith(`${artifact}-`) && /^\d/.test(jar.slice(artifact.length + 1)))
  return found?.slice(artifact.length + 1, -'.jar'.length)
}

/**
 * Lets one run of a costly reading go on at a time, however many ask. Whoever asks during a run shares the next one: it begins
 * after they asked, so that it shows what they have just done.
 */
export function oneAtATime<T>(run: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | undefined
  return () => {
    next ??= last.then(() => {
      next = undefined
      return run()
    })
    last = next.catch(() => {})
    return next
  }
}

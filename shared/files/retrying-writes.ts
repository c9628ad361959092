/** Writes documents as well as the disk allows: nothing waits for a disk that fails. */
export interface RetryingWrites<T> {
  /** Resolves after an attempt to write this state, or a later one. Never rejects: what fails is retried. */
  write(document: T): Promise<void>
  /** Ends the attempts to write a document that is to be removed. */
  forget(id: string): void
  /** The documents whose last state could not be written yet. */
  missing(): T[]
  /** Resolves when nothing is being written, after a last attempt at what is missing. */
  close(): Promise<void>
}

export interface RetryingWritesOptions<T> {
  write(document: T): Promise<void>
  /** Called after each round of attempts that failed, with the last error. */
  onFailure(missing: T[], error: unknown): void
}

const firstRetryMs = 500
const longestRetryMs = 10_000

export function createRetryingWrites<T extends { id: string }>({
  write,
  onFailure
}: RetryingWritesOptions<T>): RetryingWrites<T> {
  /** The newest state of each document that is not written yet. */
  const waiting = new Map<string, T>()
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let closed = false

  async function writeWaiting(): Promise<void> {
    const tried = new Set<T>()
    let failure: unknown
    for (;;) {
      const document = [...waiting.values()].find((one) => !tried.has(one))
      if (document === undefined) break
      tried.add(document)
      try {
        await write(document)
        if (waiting.get(document.id) === document) waiting.delete(document.id)
      } catch (error) {
        failure = error
      }
    }
    // At once: a state that arrives from here on is not part of this round.
    running = undefined
    failures = waiting.size === 0 ? 0 : failures + 1
    if (failures === 0) return
    onFailure([...waiting.values()], failure)
    if (!closed) timer = setTimeout(start, Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 10)))
  }

  function start(): Promise<void> {
    clearTimeout(timer)
    running ??= Promise.resolve().then(writeWaiting)
    return running
  }

  return {
    async write(document) {
      waiting.set(document.id, document)
      await start()
    },
    forget: (id) => void waiting.delete(id),
    missing: () => (failures === 0 ? [] : [...waiting.values()]),
    async close() {
      closed = true
      await running
      clearTimeout(timer)
      if (waiting.size > 0) await start()
    }
  }
}

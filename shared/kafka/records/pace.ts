import { setImmediate } from 'node:timers/promises'

/** How long work may hold the event loop before other requests have their turn, in milliseconds. */
const sliceMs = 10

/** Cuts long work into slices. */
export interface Pace {
  /** A promise to await when a slice has ended; undefined while it lasts, so that short work costs no turn. */
  pause(): Promise<void> | undefined
}

export function createPace(): Pace {
  let startedAt = performance.now()
  return {
    pause() {
      if (performance.now() - startedAt < sliceMs) return undefined
      return setImmediate().then(() => {
        startedAt = performance.now()
      })
    }
  }
}

import { signal } from '@preact/signals'

/** The time of this machine, in milliseconds, for the ages that are shown: it moves each second while somebody looks. */
export const now = signal(Date.now())

/** How far this machine's clock is behind that of the services, in milliseconds. */
export const serverAhead = signal(0)

/** Less than this is not told from the time that an answer takes, and the whole seconds of its header. */
const noticeableMs = 2000

/** Takes over what an answer says of the services' clock. */
export function noteServerTime(serverTime: Date, receivedAt: number): void {
  const ahead = serverTime.getTime() - receivedAt
  serverAhead.value = Math.abs(ahead) < noticeableMs ? 0 : ahead
}

/** The services' time now. */
export function serverNow(): number {
  return now.value + serverAhead.value
}

/** Moves `now`. @returns ends it */
export function startClock(isVisible: () => boolean): () => void {
  const timer = setInterval(() => {
    if (isVisible()) now.value = Date.now()
  }, 1000)
  return () => clearInterval(timer)
}

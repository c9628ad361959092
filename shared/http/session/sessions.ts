import { createHash, randomBytes } from 'node:crypto'

/** A browser that has logged in. The token stays here: the browser has an id that means nothing elsewhere. */
export interface Session {
  token: string
  expiresAt: Date
  /** What ends the answers under way: streams may last. */
  answers: Set<() => void>
}

export interface Sessions {
  /** @returns the id, which is shown to the browser once and kept as a hash */
  open(token: string): { id: string; expiresAt: Date }
  /** undefined if there is none, or it has expired */
  find(id: string): Session | undefined
  /** Milliseconds until it ends by time. */
  remainingMs(session: Session): number
  /** Ends the session and its answers under way. Idempotent. */
  close(id: string): void
}

export interface SessionOptions {
  now: () => Date
  /** A session ends after this time, however often it is used. */
  lifetimeMs: number
  /** Sessions that are kept; the oldest make room for new ones. */
  most?: number
}

/** Sessions of one process: they end when it does. Whether a token is still accepted is checked with every request. */
export function createSessions({ now, lifetimeMs, most = 1000 }: SessionOptions): Sessions {
  // By hash, so that looking an id up takes as long whatever part of it is right. A map keeps the order of insertion.
  const sessions = new Map<string, Session>()

  function dropExpired(): void {
    for (const [key, { expiresAt }] of sessions) {
      // All have the same lifetime, so the first that has not expired is followed by none that has.
      if (expiresAt > now() && sessions.size < most) return
      sessions.delete(key)
    }
  }

  return {
    open(token) {
      dropExpired()
      const id = randomBytes(32).toString('base64url')
      const expiresAt = new Date(now().getTime() + lifetimeMs)
      sessions.set(keyOf(id), { token, expiresAt, answers: new Set() })
      return { id, expiresAt }
    },
    find(id) {
      const session = sessions.get(keyOf(id))
      return session && session.expiresAt > now() ? session : undefined
    },
    remainingMs: ({ expiresAt }) => expiresAt.getTime() - now().getTime(),
    close(id) {
      const key = keyOf(id)
      const session = sessions.get(key)
      sessions.delete(key)
      for (const end of session?.answers ?? []) end()
    }
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

import type { HealthChange, HealthState } from '#shared/contracts/health-stream.ts'
import type { Monitor } from '../monitor.ts'
import type { AlertFeed } from './alert-feed.ts'
import { changesBetween, stateOf } from './changes.ts'

/** A change and its position in the sequence of all changes. */
export interface NumberedChange {
  id: string
  change: HealthChange
}

/** The state of the cluster and the changes that led to it, for any number of watchers. */
export interface HealthFeed {
  /** undefined before the first reading. The id is that of the last change included in the state. */
  state(): { id: string; state: HealthState } | undefined
  /** The changes after this id; undefined if the id is not (or no longer) known. */
  since(id: string): NumberedChange[] | undefined
  /** Calls the listener with each change from now on. Returns what ends that. */
  subscribe(listener: (change: NumberedChange) => void): () => void
  close(): void
}

/** Number of changes kept for clients that lost their connection. */
const remembered = 1000

/** @param epoch identifies this run of the service: ids of earlier runs are not valid */
export function createHealthFeed(monitor: Pick<Monitor, 'subscribe'>, alerts: AlertFeed, epoch: string): HealthFeed {
  const listeners = new Set<(change: NumberedChange) => void>()
  let recent: NumberedChange[] = []
  let count = 0
  let state: Omit<HealthState, 'alerts'> | undefined

  const idOf = (number: number) => `${epoch}-${number}`

  function tell(change: HealthChange): void {
    count += 1
    const numbered = { id: idOf(count), change }
    recent.push(numbered)
    if (recent.length > 2 * remembered) recent = recent.slice(-remembered)
    for (const listener of listeners) listener(numbered)
  }

  const stops = [
    monitor.subscribe(({ health }) => {
      const before = state
      const after = stateOf(health, [])
      state = after
      if (before) for (const change of changesBetween({ ...before, alerts: [] }, after)) tell(change)
    }),
    alerts.subscribe((data) => tell({ event: 'alert', data }))
  ]

  return {
    state: () => state && { id: idOf(count), state: { ...state, alerts: alerts.firing() } },
    since(id) {
      const [, run, number] = /^(.*)-(\d+)$/.exec(id) ?? []
      if (run !== epoch) return undefined
      // The first id is that of the state before any change.
      const missed = count - Number(number)
      return missed >= 0 && missed <= recent.length ? recent.slice(recent.length - missed) : undefined
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      for (const stop of stops) stop()
    }
  }
}

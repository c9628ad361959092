import type { HealthStreamEvent } from '#shared/contracts/health-stream.ts'
import type { HealthFeed, NumberedChange } from './feed.ts'

/** Receives the events of one watcher. */
export interface Watcher {
  /** Id of the last event that it got earlier. */
  lastEventId: string | undefined
  /** Returns false if the watcher no longer accepts events: then the event was not sent. */
  send(event: HealthStreamEvent, id: string): boolean
  /** Called once when an event could not be sent: the client must reconnect for the events it missed. */
  onBehind(): void
}

/**
 * Sends the current state, or the events missed since the client's last one, and then every change. Returns a function
 * that ends it.
 */
export function watchHealth(feed: HealthFeed, { lastEventId, send, onBehind }: Watcher): () => void {
  let behind = false
  const sendOrGiveUp = (event: HealthStreamEvent, id: string) => {
    if (behind || send(event, id)) return
    behind = true
    onBehind()
  }
  const sendChange = ({ change, id }: NumberedChange) => sendOrGiveUp(change, id)
  const missed = lastEventId === undefined ? undefined : feed.since(lastEventId)
  if (missed) for (const change of missed) sendChange(change)
  else {
    const present = feed.state()
    if (present) sendOrGiveUp({ event: 'state', data: present.state }, present.id)
  }
  return feed.subscribe(sendChange)
}

import type { HealthStreamEvent } from '#shared/contracts/health-stream.ts'
import type { HealthFeed, NumberedChange } from './feed.ts'

/** Where the events of one watcher go. */
export interface Watcher {
  /** Id of the last event that it got earlier. */
  lastEventId: string | undefined
  /** Answers false when the watcher does not take any more: then it was not sent. */
  send(event: HealthStreamEvent, id: string): boolean
  /** Called once when an event could not be sent: it is to come back and ask for what it missed. */
  onBehind(): void
}

/** Sends the present state, or what the watcher missed since its last event, and then every change. Returns what ends that. */
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

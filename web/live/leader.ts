/**
 * One tab of a browser reads the streams and relays them to the others: HTTP/1.1 allows six connections to a host, and each stream
 * takes one for as long as it is open. Who leads is who holds a lock (Web Locks), which the browser hands on when the tab closes.
 */

/** The parts of the browser that this needs. */
export interface TabParts {
  /** Runs `lead` once this tab is the only one; what it returns ends when the tab gives up. */
  whenAlone(lead: () => Promise<void>): void
  channel: {
    postMessage(message: unknown): void
    addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
    close(): void
  }
}

export interface StreamSource<Event> {
  /** Opens the stream. @returns closes it */
  open(handlers: { onEvent(event: Event): void; onLost(): void }): () => void
}

/** What tabs send each other. */
type Message<Event, Snapshot> =
  | { kind: 'hello' }
  | { kind: 'event'; event: Event }
  | { kind: 'lost' }
  | { kind: 'snapshot'; snapshot: Snapshot }

export interface SharedStreamOptions<Event, Snapshot> {
  tabs: TabParts
  source: StreamSource<Event>
  /** What a tab that has just opened needs to know, as this one knows it. */
  snapshot(): Snapshot
  onEvent(event: Event): void
  onSnapshot(snapshot: Snapshot): void
  onLost(): void
}

export interface SharedStream {
  /** This tab reads the stream itself. */
  isLeader(): boolean
  close(): void
}

/** A stream that all tabs of this browser share. */
export function shareStream<Event, Snapshot>(options: SharedStreamOptions<Event, Snapshot>): SharedStream {
  const { tabs, source, snapshot, onEvent, onSnapshot, onLost } = options
  const send = (message: Message<Event, Snapshot>) => tabs.channel.postMessage(message)
  let leads = false
  let closed = false
  const ended = Promise.withResolvers<void>()
  let closeStream = () => {}

  tabs.channel.addEventListener('message', ({ data }) => {
    if (closed) return
    // Only tabs of this origin reach the channel.
    const message = data as Message<Event, Snapshot>
    if (message.kind === 'hello') {
      if (leads) send({ kind: 'snapshot', snapshot: snapshot() })
    } else if (!leads) {
      if (message.kind === 'event') onEvent(message.event)
      else if (message.kind === 'lost') onLost()
      else onSnapshot(message.snapshot)
    }
  })
  send({ kind: 'hello' })

  tabs.whenAlone(async () => {
    if (closed) return
    leads = true
    closeStream = source.open({
      onEvent(event) {
        onEvent(event)
        send({ kind: 'event', event })
      },
      onLost() {
        onLost()
        send({ kind: 'lost' })
      }
    })
    await ended.promise
  })

  return {
    isLeader: () => leads,
    close() {
      closed = true
      leads = false
      closeStream()
      ended.resolve()
      tabs.channel.close()
    }
  }
}

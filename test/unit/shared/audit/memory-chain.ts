import { auditEvent } from '#shared/audit/audit-event.ts'
import {
  type ChainedEvent,
  type ChainState,
  type ChainStore,
  createEventChain,
  type EventChain
} from '#shared/audit/chain.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'

/** Keeps the state of a chain as a file does, through JSON. */
export function memoryStore(): ChainStore & { text: string | undefined; lost?: boolean } {
  return {
    text: undefined,
    read() {
      return this.text === undefined ? { because: 'no-state' } : { continues: JSON.parse(this.text) as ChainState }
    },
    write(state) {
      this.text = JSON.stringify(state)
    },
    close() {}
  }
}

export function memoryChain(store: ChainStore = memoryStore(), writer = 'test-1'): EventChain {
  return createEventChain(store, () => writer)
}

const start = Date.parse('2026-01-31T12:00:00Z')

/** An event of that number; each is a second later than the one before it. */
export function plainEvent(number: number): AuditEvent {
  const actor = { name: 'alice', role: 'admin', how: 'token', address: '127.0.0.1' }
  const note = { before: { size: number }, after: null }
  const mutation = { requestId: `r${number}`, action: 'topic.create', dryRun: false, actor, target: 'a', note }
  return auditEvent(mutation, 'applied', { at: new Date(start + number * 1000) })
}

/** So many events, each written; as they are read back. */
export function linkedEvents(count: number, chain = memoryChain()): ChainedEvent[] {
  return Array.from({ length: count }, (_, number) => {
    const event = chain.link(plainEvent(number))
    chain.settle(event, true)
    return JSON.parse(JSON.stringify(event)) as ChainedEvent
  })
}

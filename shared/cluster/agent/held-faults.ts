import { randomUUID } from 'node:crypto'
import type { Fault, InjectFault } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import type { NodeRuntime } from '../runtime.ts'
import type { FaultJournal } from './fault-journal.ts'
import {
  isOpen,
  isRenewable,
  leaseEnd,
  leaseLeftMs,
  plannedFault,
  refusal,
  retryDelayMs,
  timestamp
} from './fault-rules.ts'
import { faults } from './faults.ts'
import type { NodeLock } from './node-lock.ts'

/** Why a fault was healed. */
export type HealedBy = NonNullable<Fault['healedBy']>

/** Manages the faults of one cluster: records each before it is injected, and undoes it when its lease expires. */
export interface HeldFaults {
  inject(request: InjectFault): Promise<Fault>
  renew(id: string, leaseMs: number): Promise<Fault>
  /** Resolves once it is undone; rejects if this attempt failed, and continues to retry. */
  heal(id: string, by: HealedBy): Promise<Fault>
  get(id: string): Fault
  /** Not healed yet, the oldest first. */
  open(): Fault[]
  /** @throws KopsError fault_conflict if the node has a fault */
  assertFree(node: string): void
  /** Takes note that the whole cluster was brought to a state in which no fault is left. */
  settle(by: HealedBy): Promise<void>
  /** Begins to heal what an agent before this one left open. Its askers have lost it, so no lease counts. */
  reconcile(): Promise<void>
  /** Heals every open fault, once, and stops the clocks. */
  close(): Promise<void>
}

export interface HeldFaultsOptions {
  runtime: NodeRuntime
  journal: FaultJournal
  lock: NodeLock
  /** Milliseconds since the epoch. */
  now: () => number
  log: { warn(details: object, message: string): void; info(details: object, message: string): void }
}

export function createHeldFaults({ runtime, journal, lock, now, log }: HeldFaultsOptions): HeldFaults {
  const held = new Map<string, Fault>()
  const timers = new Map<string, NodeJS.Timeout>()
  const attempts = new Map<string, { count: number; running: Promise<Fault> | undefined }>()
  let closed = false

  function get(id: string): Fault {
    const fault = held.get(id)
    if (!fault) throw new KopsError('fault_not_found', `There is no fault ${id}`)
    return fault
  }

  async function update(id: string, change: Partial<Fault>): Promise<Fault> {
    const { failure: _, ...before } = get(id)
    const fault = { ...before, ...change }
    held.set(id, fault)
    await journal.write(fault)
    return fault
  }

  function arm(id: string, delayMs: number, by: HealedBy): void {
    disarm(id)
    if (closed) return
    timers.set(
      id,
      setTimeout(() => {
        // The fault records the error, and the next attempt is scheduled.
        healOnce(id, by).catch(() => {})
      }, delayMs)
    )
  }

  function disarm(id: string): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
  }

  /** One attempt at a time; concurrent callers join the running one. */
  function healOnce(id: string, by: HealedBy): Promise<Fault> {
    const entry = attempts.get(id) ?? { count: 0, running: undefined }
    attempts.set(id, entry)
    entry.running ??= attempt(id, by, entry).finally(() => {
      entry.running = undefined
    })
    return entry.running
  }

  async function attempt(id: string, by: HealedBy, entry: { count: number }): Promise<Fault> {
    disarm(id)
    const { node, kind } = get(id)
    const row = faults[kind]
    return lock.run([node], async () => {
      if (!isOpen(get(id))) return get(id)
      try {
        await update(id, { state: 'healing' })
        const nodes = await runtime.status()
        if (
          row.isLeft(
            nodes.find(({ name }) => name === node),
            nodes
          )
        ) {
          await row.undo(runtime, node)
          await readBack(node, row.undone, `${kind} of ${node} was undone but still has an effect`)
        }
        const healed = await update(id, { state: 'healed', healedAt: timestamp(now()), healedBy: by })
        log.info({ fault: id, kind, node, by }, 'fault healed')
        return healed
      } catch (error) {
        entry.count += 1
        const failure = error instanceof Error ? error.message : String(error)
        log.warn({ fault: id, kind, node, attempt: entry.count, failure }, 'healing failed; retrying')
        held.set(id, { ...get(id), state: 'heal-failed', failure })
        await journal.write(get(id)).catch(() => {})
        arm(id, retryDelayMs(entry.count), by)
        throw error
      }
    })
  }

  async function readBack(
    node: string,
    holds: (status: Awaited<ReturnType<NodeRuntime['status']>>[number]) => boolean,
    problem: string
  ): Promise<void> {
    const status = (await runtime.status()).find(({ name }) => name === node)
    if (!status || !holds(status)) throw new KopsError('runtime_failed', problem)
  }

  const heldFaults: HeldFaults = {
    inject(request) {
      const { kind, node } = request
      return lock.run([node], async () => {
        if (closed) throw new KopsError('agent_unreachable', 'The agent is closing')
        const row = faults[kind]
        if (row.needs === 'isolation' && !runtime.isolation.available) {
          throw new KopsError('isolation_unavailable', runtime.isolation.detail)
        }
        heldFaults.assertFree(node)
        const status = (await runtime.status()).find(({ name }) => name === node)
        if (!status) throw new KopsError('node_not_found', `There is no node ${node}`)
        const refused = refusal(kind, status)
        if (refused !== undefined) throw new KopsError('node_state_conflict', refused)

        const fault = plannedFault(randomUUID(), request, now())
        await journal.write(fault)
        held.set(fault.id, fault)
        try {
          await row.inject(runtime, node)
          const injectedAt = timestamp(now())
          await readBack(node, row.tookEffect, `${kind} of ${node} did not take effect`)
          // The lease starts once the fault has taken effect: a graceful stop may take longer than the lease.
          const active = await update(fault.id, {
            state: 'active',
            injectedAt,
            expiresAt: leaseEnd(now(), request.leaseMs)
          })
          arm(fault.id, request.leaseMs, 'lease')
          log.info({ fault: fault.id, kind, node, expiresAt: active.expiresAt }, 'fault injected')
          return active
        } catch (error) {
          // Whatever was done half is undone; this node is still ours, so it begins when we let go of it.
          arm(fault.id, 0, 'request')
          throw error
        }
      })
    },

    async renew(id, leaseMs) {
      const fault = get(id)
      if (!isRenewable(fault)) throw new KopsError('fault_not_found', `Fault ${id} is ${fault.state} already`)
      const renewed = await update(id, { expiresAt: leaseEnd(now(), leaseMs) })
      arm(id, leaseLeftMs(renewed, now()), 'lease')
      return renewed
    },

    async heal(id, by) {
      const fault = get(id)
      return isOpen(fault) ? healOnce(id, by) : fault
    },

    get,
    open: () => [...held.values()].filter(isOpen),

    assertFree(node) {
      const holder = heldFaults.open().find((fault) => fault.node === node)
      if (holder) {
        throw new KopsError(
          'fault_conflict',
          `${node} has the active fault ${holder.id} (${holder.kind}, ${holder.state}); heal it, or wait for its lease to expire`
        )
      }
    },

    async settle(by) {
      for (const { id } of heldFaults.open()) {
        disarm(id)
        await update(id, { state: 'healed', healedAt: timestamp(now()), healedBy: by })
      }
    },

    async reconcile() {
      const { faults: found, unreadable } = await journal.load()
      if (unreadable.length > 0) log.warn({ unreadable }, 'cannot read some files of the fault journal')
      for (const fault of found) {
        held.set(fault.id, fault)
        if (isOpen(fault)) arm(fault.id, 0, 'reconcile')
      }
    },

    async close() {
      await Promise.allSettled(heldFaults.open().map(({ id }) => healOnce(id, 'down')))
      closed = true
      for (const id of timers.keys()) disarm(id)
    }
  }
  return heldFaults
}

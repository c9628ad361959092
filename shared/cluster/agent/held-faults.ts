import { randomUUID } from 'node:crypto'
import type { Fault, InjectFault } from '../../contracts/cluster.ts'
import type { Warning } from '../../contracts/common.ts'
import { KopsError } from '../../errors/catalog.ts'
import type { NodeRuntime } from '../runtime.ts'
import type { FaultJournal } from './fault-journal.ts'
import { createFaultRecords } from './fault-records.ts'
import {
  assertPossible,
  isOpen,
  isRenewable,
  leaseEnd,
  leaseLeftMs,
  plannedFault,
  refusal,
  retryDelayMs,
  timestamp,
  unexplained
} from './fault-rules.ts'
import { describeView, faults, readBack } from './faults.ts'
import { createHealing, type HealedBy } from './healing.ts'
import type { NodeLock } from './node-lock.ts'

/**
 * Manages the faults of one cluster: records each before it is injected, and undoes it when its lease expires. Only
 * injecting waits for the record: undoing needs no disk.
 */
export interface HeldFaults {
  /** @throws KopsError storage_unavailable, having done nothing, if it cannot be recorded */
  inject(request: InjectFault): Promise<Fault>
  renew(id: string, leaseMs: number): Promise<Fault>
  /**
   * Resolves once it is undone; rejects if this attempt failed, and continues to retry. An injection under way ends first, as soon
   * as what it does to the node at that moment is done; one that has not begun never does.
   */
  heal(id: string, by: HealedBy): Promise<Fault>
  get(id: string): Fault
  /** get(), and whether the node shows the fault now, unless it is healed. */
  examine(id: string): Promise<Fault>
  /** Not healed yet, the oldest first. */
  open(): Fault[]
  /** @throws KopsError fault_conflict if the node has a fault */
  assertFree(node: string): void
  /** Takes note that the whole cluster was brought to a state in which no fault is left. */
  settle(by: HealedBy): Promise<void>
  /**
   * Begins to heal what an agent before this one left open. Its callers have lost it, so no lease counts. It also heals
   * every impaired node that no record explains and, if a record cannot be read, every isolated or paused one.
   */
  reconcile(): Promise<void>
  /** What the journal lacks, and which of its records cannot be read. */
  warnings(): Promise<Warning[]>
  /** Heals every open fault, once, and stops the clocks. Resolves when no heal and no write is under way. */
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
  /** Those under way, by the ids of their faults. */
  const injections = new Map<string, { request: InjectFault; done: Promise<Fault>; isCancelled: boolean }>()
  const records = createFaultRecords(journal, log)
  const healing = createHealing({ get, change, record }, { runtime, lock, now, log })
  let adopting: NodeJS.Timeout | undefined
  let closed = false

  function get(id: string): Fault {
    const fault = held.get(id)
    if (!fault) throw new KopsError('fault_not_found', `There is no fault ${id}`)
    return fault
  }

  function change(id: string, to: Partial<Fault>): Fault {
    const { failure: _, ...before } = get(id)
    const fault = { ...before, ...to }
    held.set(id, fault)
    return fault
  }

  /** Never within a node's lock: a disk that hangs must not keep a node from being healed. */
  async function record(id: string): Promise<Fault> {
    const fault = get(id)
    await records.follow(fault)
    return fault
  }

  /** @throws KopsError fault_not_found */
  function assertWanted(id: string): void {
    if (!injections.get(id)?.isCancelled) return
    throw new KopsError('fault_not_found', `Fault ${id} was healed before it was in place`)
  }

  function healedBefore(id: string, request: InjectFault, by: HealedBy): Fault {
    return { ...plannedFault(id, request, now()), state: 'healed', healedAt: timestamp(now()), healedBy: by }
  }

  async function inject(id: string, request: InjectFault): Promise<Fault> {
    const { kind, node } = request
    await lock.run([node], async () => {
      if (closed) throw new KopsError('agent_unreachable', 'The agent is closing')
      assertWanted(id)
      const row = faults[kind]
      assertPossible(request, runtime.faultKinds)
      heldFaults.assertFree(node)
      const status = (await runtime.status()).find(({ name }) => name === node)
      if (!status) throw new KopsError('node_not_found', `There is no node ${node}`)
      const refused = refusal(kind, status)
      if (refused !== undefined) throw new KopsError('node_state_conflict', refused)

      const fault = plannedFault(id, request, now())
      await records.begin(fault)
      if (injections.get(id)?.isCancelled) {
        // The node is free at once; the record says so as soon as the disk allows.
        held.set(id, healedBefore(id, request, 'request'))
        record(id).catch(() => {})
        assertWanted(id)
      }
      held.set(id, fault)
      try {
        await row.inject(runtime, fault)
        assertWanted(id)
        const injectedAt = timestamp(now())
        await readBack(runtime, node, row.tookEffect, `${kind} of ${node} did not take effect`)
        // The lease starts once the fault has taken effect: a graceful stop may take longer than the lease.
        const expiresAt = leaseEnd(now(), request.leaseMs)
        change(fault.id, { state: 'active', injectedAt, expiresAt })
        healing.arm(fault.id, request.leaseMs, 'lease')
        log.info({ fault: fault.id, kind, node, expiresAt }, 'fault injected')
      } catch (error) {
        // Whatever was done half is undone; this node is still ours, so it begins when we let go of it.
        healing.arm(fault.id, 0, 'request')
        throw error
      }
    })
    return record(id)
  }

  /** Heals what no record that can be read explains, as faults of its own. Retries until the nodes can be read. */
  async function adoptUnexplained(isComplete: boolean, attempt: number): Promise<void> {
    try {
      for (const { kind, node } of unexplained(await runtime.status(), heldFaults.open(), { isComplete })) {
        const fault: Fault = { ...plannedFault(randomUUID(), { kind, node, leaseMs: 0 }, now()), state: 'active' }
        held.set(fault.id, fault)
        log.warn({ fault: fault.id, kind, node }, 'no record explains the state of this node; healing it')
        healing.arm(fault.id, 0, 'reconcile')
      }
    } catch (err) {
      log.warn({ err, attempt }, 'cannot read the nodes to heal what no record explains; retrying')
      if (!closed) adopting = setTimeout(adoptUnexplained, retryDelayMs(attempt), isComplete, attempt + 1)
    }
  }

  const heldFaults: HeldFaults = {
    async inject(request) {
      const id = request.id ?? randomUUID()
      if (held.has(id) || injections.has(id)) throw new KopsError('fault_conflict', `There is a fault ${id} already`)
      const done = inject(id, request)
      injections.set(id, { request, done, isCancelled: false })
      return done.finally(() => injections.delete(id))
    },

    async renew(id, leaseMs) {
      const fault = get(id)
      if (!isRenewable(fault)) throw new KopsError('fault_not_found', `Fault ${id} is ${fault.state} already`)
      const renewed = change(id, { expiresAt: leaseEnd(now(), leaseMs) })
      healing.arm(id, leaseLeftMs(renewed, now()), 'lease')
      return record(id)
    },

    async heal(id, by) {
      const injection = injections.get(id)
      if (injection) {
        injection.isCancelled = true
        // Nothing has been done to the node, and nothing will be. It may wait for a disk that does not answer.
        if (!held.has(id)) return healedBefore(id, injection.request, by)
      }
      const fault = get(id)
      return isOpen(fault) ? healing.heal(id, by) : fault
    },

    get,

    async examine(id) {
      const fault = get(id)
      if (!isOpen(fault)) return fault
      const view = (await runtime.status()).find(({ name }) => name === fault.node)
      if (!view) return fault
      return { ...fault, holds: faults[fault.kind].tookEffect(view), evidence: describeView(view) }
    },

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
      const settled = heldFaults.open()
      for (const { id } of settled) {
        healing.disarm(id)
        change(id, { state: 'healed', healedAt: timestamp(now()), healedBy: by })
      }
      await Promise.all(settled.map(({ id }) => record(id)))
      await records.setAside()
    },

    async reconcile() {
      const { faults: found, isComplete } = await records.load()
      for (const fault of found) held.set(fault.id, fault)
      for (const { id } of heldFaults.open()) healing.arm(id, 0, 'reconcile')
      await adoptUnexplained(isComplete, 1)
    },

    warnings: records.warnings,

    async close() {
      closed = true
      healing.armNoMore()
      await Promise.allSettled([...injections.values()].map(({ done }) => done))
      clearTimeout(adopting)
      healing.disarmAll()
      await Promise.allSettled(heldFaults.open().map(({ id }) => healing.heal(id, 'down')))
      await healing.settled()
      await records.close()
    }
  }
  return heldFaults
}

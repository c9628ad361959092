import { randomUUID } from 'node:crypto'
import type { Clock } from '#shared/clock.ts'
import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { InjectFault } from '#shared/contracts/cluster.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { poll } from '#shared/poll.ts'

const pollMs = 500

/**
 * A fault that lasts while this process renews its lease: if the process dies, the lease expires and the agent heals
 * the fault.
 */
export interface HeldFault {
  readonly id: string
  /** Resolves once it is in place. Rejects as Agent.inject, also if it is healed before it is in place. */
  readonly placed: Promise<unknown>
  /**
   * Aborted, with the reason, if the agent reports that the fault has ended although this process did not request that.
   */
  readonly lost: AbortSignal
  /**
   * Heals the fault, also one that is not in place yet, and resolves when the node is back. The agent retries a failed attempt,
   * and this waits for it.
   * @throws KopsError of the agent, if the fault is not healed within the timeout
   */
  heal(timeoutMs: number): Promise<void>
}

/** Begins to inject a fault, and renews its lease until it is healed. */
export function holdFault(
  { agent, clock }: { agent: Pick<DrillAgent, 'inject' | 'renew' | 'heal' | 'fault'>; clock: Clock },
  request: Omit<InjectFault, 'id'>
): HeldFault {
  const id = randomUUID()
  const releasing = new AbortController()
  const lost = new AbortController()
  let injection: 'under way' | 'placed' | 'failed' = 'under way'
  const placed = agent.inject({ ...request, id }).then(
    () => {
      injection = 'placed'
    },
    (error: unknown) => {
      injection = 'failed'
      throw error
    }
  )

  async function renew(): Promise<void> {
    while (!releasing.signal.aborted) {
      await clock.sleep(request.leaseMs / 3, releasing.signal).catch(() => undefined)
      if (releasing.signal.aborted) return
      try {
        await agent.renew(id, request.leaseMs)
      } catch (error) {
        if (releasing.signal.aborted) return
        // An agent that does not answer for a moment keeps the fault until the lease expires; an agent that does not
        // know the fault has healed it.
        if (isKopsError(error, 'fault_not_found')) {
          lost.abort(new Error('the fault was healed before that was requested'))
          return
        }
      }
    }
  }

  async function askToHeal(): Promise<void> {
    const wasPlaced = injection === 'placed'
    try {
      await agent.heal(id)
      return
    } catch (error) {
      if (!isKopsError(error, 'fault_not_found') || wasPlaced) throw error
    }
    // Nothing was injected, or this request was faster than that to inject: the answer to that one says which.
    const isPlaced = await placed.then(
      () => true,
      () => false
    )
    if (isPlaced) await agent.heal(id)
  }

  const renewing = placed.then(renew, () => undefined)
  return {
    id,
    placed,
    lost: lost.signal,
    async heal(timeoutMs) {
      releasing.abort()
      let failure: unknown
      try {
        await askToHeal()
        return
      } catch (error) {
        if (isKopsError(error, 'fault_not_found')) throw error
        failure = error
      } finally {
        if (injection !== 'under way') await renewing
      }
      const { done, answer } = await poll(
        () => agent.fault(id).catch(() => undefined),
        (state) => state?.state === 'healed',
        { timeoutMs, pauseMs: pollMs, clock }
      )
      if (done) return
      throw answer?.failure === undefined ? failure : new KopsError('runtime_failed', answer.failure)
    }
  }
}

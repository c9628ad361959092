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
  /**
   * Aborted, with the reason, if the agent reports that the fault has ended although this process did not request that.
   */
  readonly lost: AbortSignal
  /**
   * Heals the fault and resolves when the node is back. The agent retries a failed attempt, and this waits for it.
   * @throws KopsError of the agent, if the fault is not healed within the timeout
   */
  heal(timeoutMs: number): Promise<void>
}

/** Injects a fault and renews its lease until it is healed. @throws KopsError as Agent.inject */
export async function holdFault(
  { agent, clock }: { agent: Pick<DrillAgent, 'inject' | 'renew' | 'heal' | 'fault'>; clock: Clock },
  request: InjectFault
): Promise<HeldFault> {
  const fault = await agent.inject(request)
  const releasing = new AbortController()
  const lost = new AbortController()

  async function renew(): Promise<void> {
    while (!releasing.signal.aborted) {
      await clock.sleep(request.leaseMs / 3, releasing.signal).catch(() => undefined)
      if (releasing.signal.aborted) return
      try {
        await agent.renew(fault.id, request.leaseMs)
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

  const renewing = renew()
  return {
    id: fault.id,
    lost: lost.signal,
    async heal(timeoutMs) {
      releasing.abort()
      await renewing
      let failure: unknown
      try {
        await agent.heal(fault.id)
        return
      } catch (error) {
        if (isKopsError(error, 'fault_not_found')) throw error
        failure = error
      }
      const { done, answer } = await poll(
        () => agent.fault(fault.id).catch(() => undefined),
        (state) => state?.state === 'healed',
        { timeoutMs, pauseMs: pollMs, clock }
      )
      if (done) return
      throw answer?.failure === undefined ? failure : new KopsError('runtime_failed', answer.failure)
    }
  }
}

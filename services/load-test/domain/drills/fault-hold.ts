import type { Clock } from '#shared/clock.ts'
import type { Agent } from '#shared/cluster/agent-port.ts'
import type { InjectFault } from '#shared/contracts/cluster.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { poll } from '#shared/poll.ts'

const pollMs = 500

/** A fault that is there as long as somebody holds it: if this process dies, the lease ends and the agent heals. */
export interface HeldFault {
  readonly id: string
  /** Aborted, with the reason, when the agent says that the fault is over although nobody asked for that. */
  readonly lost: AbortSignal
  /**
   * Heals and resolves when the node is back. An attempt that fails is repeated by the agent, and waited for.
   * @throws KopsError of the agent, when it is not healed within the time-out
   */
  heal(timeoutMs: number): Promise<void>
}

/** Injects a fault and renews its lease until it is healed. @throws KopsError as Agent.inject */
export async function holdFault(
  { agent, clock }: { agent: Pick<Agent, 'inject' | 'renew' | 'heal' | 'fault'>; clock: Clock },
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
        // An agent that is silent for a moment keeps the fault until the lease ends; one that does not know it has healed it.
        if (isKopsError(error, 'fault_not_found')) {
          lost.abort(new Error('the fault was healed before the drill requested it'))
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

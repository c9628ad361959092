import type { Agent } from '../../../../shared/cluster/agent-port.ts'
import type { InjectFault } from '../../../../shared/contracts/cluster.ts'
import { isKopsError } from '../../../../shared/errors/catalog.ts'
import type { Clock } from '../clock.ts'

/** A fault that is there as long as somebody holds it: if this process dies, the lease ends and the agent heals. */
export interface HeldFault {
  readonly id: string
  /** Aborted, with the reason, when the agent says that the fault is over although nobody asked for that. */
  readonly lost: AbortSignal
  /** Heals and resolves when the node is back. Idempotent. @throws KopsError of the agent */
  heal(): Promise<void>
}

/** Injects a fault and renews its lease until it is healed. @throws KopsError as Agent.inject */
export async function holdFault(
  { agent, clock }: { agent: Pick<Agent, 'inject' | 'renew' | 'heal'>; clock: Clock },
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
          lost.abort(new Error('the fault was healed before the drill asked for it'))
          return
        }
      }
    }
  }

  const renewing = renew()
  return {
    id: fault.id,
    lost: lost.signal,
    async heal() {
      releasing.abort()
      await renewing
      await agent.heal(fault.id)
    }
  }
}

import { abortable } from '#shared/abortable.ts'
import type { StageEvidence } from '#shared/contracts/drill-plan.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import { type BrokerMetadata, brokerName } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import type { Effect, StageWindow } from './effect.ts'
import type { FaultWindow } from './fault-evidence.ts'
import type { HeldFault } from './fault-hold.ts'
import { type FaultSource, faultName, injectBy, type StageFault } from './fault-sources.ts'
import { type LooksParts, takeLooks } from './looks.ts'
import { firstMoment, leadersMoved } from './observation.ts'
import type { Participant } from './participants.ts'
import { bounds, type DrillPlan } from './steps.ts'
import type { Watcher } from './watcher.ts'

/** Faults that are injected together, held, healed and recovered from. Most drills have one stage with one fault. */
export interface Stage {
  /** In the timeline and the evidence: `kafka-2`. */
  name: string
  /** The node that it is about, for the evidence. */
  node: string
  /** Brokers that it is about: none for a node of a ZooKeeper ensemble. */
  brokers: readonly BrokerMetadata[]
  faults: readonly StageFault[]
  /** How long they hold, from when all are injected. */
  holdMs: number
  effect: Effect
}

/** A stage under way. */
export interface StageRun {
  readonly stage: Stage
  readonly injectedAtMs: number | null
  readonly healedAtMs: number | null
  /** Injects the faults, holds them until their effect has been seen and their time is over, or one is lost. */
  hold(): Promise<void>
  /** Heals what is left of the faults, also those that are being injected. Idempotent. @throws what healing failed with */
  heal(): Promise<void>
  /** Waits until the cluster has recovered. */
  recover(): Promise<boolean>
  /** Ends looking. */
  close(): Promise<void>
  evidence(): StageEvidence
}

export interface StageParts extends LooksParts {
  plan: Pick<DrillPlan, 'signal' | 'onEvent' | 'onStatus'>
  watcher: Watcher
  participants: readonly Participant[]
  sources: readonly FaultSource[]
}

const lookMs = 50

export function createStageRun(stage: Stage, parts: StageParts): StageRun {
  const { clock, watcher, participants, sources } = parts
  const { signal, onEvent, onStatus } = parts.plan
  const { effect } = stage
  const held = new Set<HeldFault>()
  const looks = takeLooks(effect.looks ?? [], parts)
  const main = stage.brokers[0]
  const leadersOn = (broker: BrokerMetadata | undefined) => watcher.of(broker).at(-1)?.leadersOnNode ?? 0
  const leadersBefore = new Map<BrokerMetadata | undefined, number>()
  let injectedAtMs: number | null = null
  let activeAtMs: number | null = null
  let healedAtMs: number | null = null

  const lostReason = () => Array.from(held).find(({ lost }) => lost.aborted)?.lost.reason

  function ofBroker(broker: BrokerMetadata | undefined, nth: number): FaultWindow {
    const reason = lostReason()
    return {
      node: nth === 0 || !broker ? stage.node : brokerName(broker.id),
      observations: watcher.of(broker),
      injectedAtMs,
      activeAtMs,
      healedAtMs,
      leadersOnNodeBefore: leadersBefore.get(broker) ?? 0,
      lost: reason === undefined ? undefined : messageOf(reason)
    }
  }

  function window(): StageWindow {
    const first = ofBroker(main, 0)
    return {
      ...first,
      brokers: [first, ...stage.brokers.slice(1).map((each, at) => ofBroker(each, at + 1))],
      looks,
      participants
    }
  }

  /**
   * Injects all of them at once; those that could be injected are healed with the stage even if others could not. Whoever aborts
   * waits for none of them.
   */
  async function inject(): Promise<void> {
    await abortable(looks.begin(main), signal)
    for (const broker of [main, ...stage.brokers]) leadersBefore.set(broker, leadersOn(broker))
    onEvent('fault-injecting', stage.faults.map(faultName).join(', '))
    signal.throwIfAborted()
    injectedAtMs = clock.monotonicMs()
    const attempts = stage.faults.map(async (fault) => {
      const injected = injectBy(sources, fault)
      held.add(injected)
      // There is nothing to heal after a refusal.
      await injected.placed.catch((error: unknown) => {
        held.delete(injected)
        throw error
      })
    })
    const ends = await abortable(Promise.allSettled(attempts), signal)
    const failed = ends.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    activeAtMs = clock.monotonicMs()
    looks.prove(Array.from(held).filter((_, nth) => stage.faults[nth]?.by === 'agent'))
    onEvent('fault-injected')
  }

  async function seen(look: () => number | undefined, timeoutMs: number, until: AbortSignal) {
    return (await poll(look, (at) => at !== undefined, { timeoutMs, pauseMs: lookMs, clock, signal: until })).answer
  }

  /** Reports the effect. If none shows, it does not wait until the end. */
  async function watchEffect(activeAtMs: number, fromMs: number): Promise<void> {
    const until = AbortSignal.any([signal, ...Array.from(held, ({ lost }) => lost)])
    const left = () => Math.max(0, activeAtMs + stage.holdMs - clock.monotonicMs())
    const after = (atMs: number) => `${((atMs - fromMs) / 1000).toFixed(1)} s after the fault was requested`
    try {
      // Effects that show before the agent has finished count too: a graceful stop moves leaders before the process ends.
      const shownAtMs = await seen(() => effect.shownAt(window()), Math.min(bounds.confirmMs, left()), until)
      if (shownAtMs === undefined) {
        onEvent('fault-not-seen', effect.unshown(window()))
        return
      }
      onEvent(effect.shownAs, after(shownAtMs))
      if (effect.movesLeaders && window().leadersOnNodeBefore > 0) {
        const movedAtMs = await seen(() => firstMoment(watcher.of(main), leadersMoved, fromMs), left(), until)
        if (movedAtMs === undefined) onEvent('leaders-not-moved')
        else onEvent('leaders-moved', after(movedAtMs))
      }
      await clock.sleep(left(), until)
    } catch (error) {
      const reason = lostReason()
      if (signal.aborted || reason === undefined) throw error
      onEvent('fault-lost', messageOf(reason))
    }
  }

  return {
    stage,
    get injectedAtMs() {
      return injectedAtMs
    },
    get healedAtMs() {
      return healedAtMs
    },
    async hold() {
      await inject()
      await watchEffect(clock.monotonicMs(), injectedAtMs ?? clock.monotonicMs())
    },
    async heal() {
      if (held.size === 0 || healedAtMs !== null) return
      looks.endProof()
      onStatus('healing')
      onEvent('healing')
      healedAtMs = clock.monotonicMs()
      const ends = await Promise.allSettled(Array.from(held, (fault) => fault.heal(bounds.healMs)))
      const failed = ends.find(({ status }) => status === 'rejected')
      if (failed?.status !== 'rejected') {
        onEvent('healed')
        return
      }
      // The agent retries by itself; if the agent is down, it heals the expired lease when it is back.
      onEvent('healing-failed', messageOf(failed.reason))
      throw failed.reason
    },
    async recover() {
      const { done } = await poll(
        () => effect.recovered(window()),
        (recovered) => recovered,
        { timeoutMs: bounds.fullIsrMs, pauseMs: lookMs, clock, signal }
      )
      const [whole, notWhole] = effect.recoveredAs ?? ['isr-full', 'isr-not-full']
      onEvent(done ? whole : notWhole)
      return done
    },
    close: () => looks.stop(),
    evidence() {
      const blocked = looks.reach.flatMap((look) => look.blocked)
      const reach = blocked.length === 0 ? {} : { reach: Array.from(new Set(blocked)).sort() }
      return { stage: stage.name, node: stage.node, ...effect.evidence(window()), ...reach }
    }
  }
}

import type { Clock } from '#shared/clock.ts'
import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { Reachability } from '#shared/contracts/cluster.ts'
import type { ViewReader } from '#shared/kafka/cluster/port.ts'
import type { BrokerMetadata } from '#shared/kafka/model.ts'
import type { HeldFault } from './fault-hold.ts'

/** One observation of the metadata quorum: ZooKeeper, or the controllers. */
export interface EnsembleLook {
  atMs: number
  /** Names of the nodes that serve. */
  serving: readonly string[]
  /** null: unknown. */
  hasQuorum: boolean | null
}

/** Looks at the metadata quorum, from this service. Never rejects. */
export interface EnsembleReader {
  look(signal: AbortSignal): Promise<Omit<EnsembleLook, 'atMs'>>
}

/** Whether a node shows its fault, as the agent's runtime reads it. */
export interface ProofLook {
  atMs: number
  holds: boolean
  detail: string
}

/** Connections between nodes that could not be opened: `kafka-2 -> kafka-1 (broker)`. */
export interface ReachLook {
  atMs: number
  blocked: readonly string[]
}

/** How long a broker took to answer this service; null if it did not. */
export interface AnswerLook {
  atMs: number
  tookMs: number | null
}

/** What is looked at beside the brokers' answers, for as long as a stage's fault holds and until it has recovered. */
export type LookKind = 'ensemble' | 'reach' | 'answers'

export interface Looks {
  readonly ensemble: readonly EnsembleLook[]
  readonly proofs: readonly ProofLook[]
  readonly reach: readonly ReachLook[]
  readonly answers: readonly AnswerLook[]
}

export interface LooksParts {
  clock: Clock
  agent: Pick<DrillAgent, 'fault' | 'reach'>
  reader: ViewReader
  ensemble: EnsembleReader | undefined
}

export interface TakenLooks extends Looks {
  /** Begins with what needs no fault: the answers before it are what those during it are compared with. */
  begin(broker: BrokerMetadata | undefined): Promise<void>
  /** Asks the agent about faults that hold, until end() of them. */
  prove(faults: readonly Pick<HeldFault, 'id'>[]): void
  /** The faults are about to be healed: what shows from now on proves nothing. */
  endProof(): void
  stop(): Promise<void>
}

const everyMs = { ensemble: 500, proof: 2000, reach: 4000, answers: 200 }
const answersBefore = 10
const answerDeadlineMs = 3000

/** Takes looks until it is stopped. What cannot be read is missing. */
export function takeLooks(kinds: readonly LookKind[], { clock, agent, reader, ensemble }: LooksParts): TakenLooks {
  const looks = {
    ensemble: [] as EnsembleLook[],
    proofs: [] as ProofLook[],
    reach: [] as ReachLook[],
    answers: [] as AnswerLook[]
  }
  const stopping = new AbortController()
  const proving = new AbortController()
  const running: Promise<void>[] = []

  function repeat(pauseMs: number, signal: AbortSignal, look: () => Promise<void>): void {
    const loop = async () => {
      while (!signal.aborted) {
        await look().catch(() => undefined)
        await clock.sleep(pauseMs, signal).catch(() => undefined)
      }
    }
    running.push(loop())
  }

  async function answer(broker: BrokerMetadata): Promise<void> {
    const atMs = clock.monotonicMs()
    const options = { deadlineMs: answerDeadlineMs, topics: [], signal: stopping.signal }
    const { reachable } = await reader.view(broker, options)
    looks.answers.push({ atMs, tookMs: reachable ? clock.monotonicMs() - atMs : null })
  }

  return {
    ...looks,
    async begin(broker) {
      const { signal } = stopping
      if (kinds.includes('ensemble') && ensemble) {
        repeat(everyMs.ensemble, signal, async () => {
          const look = await ensemble.look(signal)
          if (!signal.aborted) looks.ensemble.push({ atMs: clock.monotonicMs(), ...look })
        })
      }
      if (!kinds.includes('answers') || !broker) return
      for (let nth = 0; nth < answersBefore; nth += 1) await answer(broker).catch(() => undefined)
      repeat(everyMs.answers, signal, () => answer(broker))
    },
    prove(faults) {
      const { signal } = proving
      for (const { id } of faults) {
        repeat(everyMs.proof, signal, async () => {
          const { state, holds, evidence } = await agent.fault(id)
          if (signal.aborted || state !== 'active' || holds === undefined) return
          looks.proofs.push({ atMs: clock.monotonicMs(), holds, detail: evidence ?? '' })
        })
      }
      if (!kinds.includes('reach')) return
      repeat(everyMs.reach, signal, async () => {
        const reach = await agent.reach()
        if (!signal.aborted) looks.reach.push({ atMs: clock.monotonicMs(), blocked: blockedIn(reach) })
      })
    },
    endProof: () => proving.abort(),
    async stop() {
      proving.abort()
      stopping.abort()
      await Promise.all(running)
    }
  }
}

function blockedIn({ from }: Reachability): string[] {
  return from.flatMap(({ node, to }) =>
    to.filter(({ reachable }) => !reachable).map((other) => `${node} -> ${other.node} (${other.service})`)
  )
}

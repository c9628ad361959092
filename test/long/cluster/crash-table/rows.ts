import type { Fault, InjectFault } from '#shared/contracts/cluster.ts'
import type { Gate } from './gate-files.ts'

export type Victim = 'agent' | 'holder' | 'supervisor'
export type Phase = 'recorded' | 'injecting' | 'injected' | 'active' | 'renewing' | 'healing' | 'healed'

/** What a crash interrupts, and how the test knows that it does. */
export const phases: Record<
  Phase,
  {
    /** Closed before the fault is injected, or once it is active. */
    gate?: { when: 'before' | 'active'; at: Gate }
    /** Whether the holder heals it once the gate is closed. */
    heals?: boolean
    /** The state of its record while the agent waits. */
    recordedAs: Fault['state']
    /** Whether the node shows the fault; either may be if the deed has parts. */
    shows: boolean
  }
> = {
  recorded: { gate: { when: 'before', at: 'recorded' }, recordedAs: 'injecting', shows: false },
  injecting: { gate: { when: 'before', at: 'deed' }, recordedAs: 'injecting', shows: false },
  injected: { gate: { when: 'before', at: 'record' }, recordedAs: 'injecting', shows: true },
  active: { recordedAs: 'active', shows: true },
  renewing: { gate: { when: 'active', at: 'record' }, recordedAs: 'active', shows: true },
  healing: { gate: { when: 'active', at: 'deed' }, heals: true, recordedAs: 'active', shows: true },
  healed: { gate: { when: 'active', at: 'record' }, heals: true, recordedAs: 'active', shows: false }
}

export interface Row {
  phase: Phase
  fault: Pick<InjectFault, 'kind' | 'cut' | 'slow'>
  /** Changes of the node that are made before the agent waits: a fault that is half in place. */
  letThrough: number
  victims: Victim[]
}

const cut = { from: ['brokers' as const], direction: 'both' as const }
const faults: Row['fault'][] = [{ kind: 'pause' }, { kind: 'cut', cut }, { kind: 'isolate' }]
const killings: Victim[][] = [
  ['agent'],
  ['agent', 'supervisor'],
  ['holder'],
  ['agent', 'holder'],
  ['holder', 'supervisor'],
  ['agent', 'holder', 'supervisor']
]

/**
 * The table: each quick fault in each phase with two of the ways to die, so that each way meets each phase, and each fault in
 * some phase; a killed broker, which takes seconds to start, in each phase once; and faults that are half in place.
 */
export function crashRows(): Row[] {
  const names = Object.keys(phases) as Phase[]
  const killing = (turn: number) => killings[turn % killings.length] ?? []
  const quick = names.flatMap((phase, shift) =>
    killings.map((_, turn): Row => {
      const fault = faults[turn % faults.length] ?? { kind: 'pause' }
      return { phase, fault, letThrough: 0, victims: killing(turn + shift) }
    })
  )
  const killed = names.map(
    (phase, turn): Row => ({ phase, fault: { kind: 'kill' }, letThrough: 0, victims: killing(turn) })
  )
  const slow: Row['fault'] = { kind: 'slow', slow: { bytesPerSecond: 1_000_000, lossPercent: 1 } }
  return [
    ...quick,
    ...killed,
    { phase: 'injecting', fault: slow, letThrough: 1, victims: ['agent'] },
    { phase: 'injecting', fault: slow, letThrough: 2, victims: ['agent', 'supervisor'] },
    { phase: 'healing', fault: slow, letThrough: 1, victims: ['agent', 'holder'] }
  ]
}

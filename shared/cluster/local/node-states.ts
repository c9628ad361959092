import type { NodeState } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { exists } from '../../files/exists.ts'
import { poll } from '../../poll.ts'
import type { ProcessLedger } from '../process-ledger.ts'
import { nodeFiles } from './node-files.ts'
import type { NodePlan } from './node-plan.ts'

/** The state of each node, as its process and its folder show it. */
export interface NodeStates {
  /** @throws KopsError node_not_found */
  find(name: string): NodePlan
  /** @throws KopsError node_not_found */
  stateOf(name: string): Promise<NodeState>
  /** @param verb in the past participle. @throws KopsError node_state_conflict unless its state is one of those; node_not_found */
  expectState(name: string, verb: string, ...allowed: NodeState[]): Promise<NodeState>
  /** The nodes that have a process. */
  running(): Promise<NodePlan[]>
  /** Waits until a signal shows. @throws KopsError runtime_failed */
  readBack(name: string, expected: NodeState): Promise<void>
}

export function createNodeStates(stateDir: string, known: readonly NodePlan[], ledger: ProcessLedger): NodeStates {
  function find(name: string): NodePlan {
    const node = known.find((candidate) => candidate.name === name)
    if (!node) {
      throw new KopsError('node_not_found', `${name} is not one of ${known.map((one) => one.name).join(', ')}`)
    }
    return node
  }

  async function stateOf(name: string): Promise<NodeState> {
    find(name)
    const { state } = await ledger.status(name)
    if (state !== 'gone') return state
    return (await exists(nodeFiles(stateDir, name).data)) ? 'stopped' : 'absent'
  }

  async function expectState(name: string, verb: string, ...allowed: NodeState[]): Promise<NodeState> {
    const state = await stateOf(name)
    if (!allowed.includes(state)) {
      throw new KopsError('node_state_conflict', `${name} is ${state}: it cannot be ${verb}`)
    }
    return state
  }

  async function running(): Promise<NodePlan[]> {
    const alive = await Promise.all(known.map(({ name }) => ledger.isAlive(name)))
    return known.filter((_, index) => alive[index])
  }

  async function readBack(name: string, expected: NodeState): Promise<void> {
    const { done, answer } = await poll(
      () => stateOf(name),
      (state) => state === expected,
      { timeoutMs: 1000, pauseMs: 5 }
    )
    if (!done) throw new KopsError('runtime_failed', `${name} is ${answer} after the signal, not ${expected}`)
  }

  return { find, stateOf, expectState, running, readBack }
}

import type { LossKind } from '../contracts/what-if.ts'
import { brokerName } from '../kafka/model.ts'
import type { KnownCluster, Scenario } from './model.ts'

/**
 * The losses that are looked at: each broker, each rack with all its brokers, and each voter that is not a broker. A node that is broker and controller is lost as both.
 */
export function scenariosOf({ racks, ensemble }: Pick<KnownCluster, 'racks' | 'ensemble'>, how: LossKind): Scenario[] {
  const ids = Array.from(racks.keys()).sort((a, b) => a - b)
  const voters = new Set(ensemble.map(({ name }) => name))
  const nodesOf = (brokers: readonly number[]) => brokers.map(brokerName).filter((name) => voters.has(name))
  const named = new Set(ids.map(brokerName))
  const ofBrokers = ids.map(
    (id): Scenario => ({ kind: 'broker', name: brokerName(id), brokers: [id], nodes: nodesOf([id]), how })
  )
  const ofRacks = Array.from(
    Map.groupBy(ids, (id) => racks.get(id) ?? null),
    ([rack, brokers]): Scenario[] =>
      rack === null ? [] : [{ kind: 'rack', name: rack, brokers, nodes: nodesOf(brokers), how }]
  )
  const ofNodes = ensemble
    .filter(({ name }) => !named.has(name))
    .map(({ name }): Scenario => ({ kind: 'node', name, brokers: [], nodes: [name], how }))
  return [...ofBrokers, ...ofRacks.flat().sort((a, b) => (a.name < b.name ? -1 : 1)), ...ofNodes]
}

import type { EnsembleNode, KnownCluster, Scenario } from './model.ts'

/** What becomes of the quorum, and whether one is left to elect leaders. */
export interface QuorumFate {
  /** absent: there was none before; null: nobody knows the voters. */
  quorum: 'kept' | 'lost' | 'absent' | null
  canElect: boolean
  couldElect: boolean
  /** Whether one would be left if every voter served now. */
  wouldElectInHealth: boolean
}

export function quorumFate(
  { ensemble }: Pick<KnownCluster, 'ensemble'>,
  { nodes }: Pick<Scenario, 'nodes'>
): QuorumFate {
  if (ensemble.length === 0) return { quorum: null, canElect: true, couldElect: true, wouldElectInHealth: true }
  const isLost = ({ name }: EnsembleNode) => nodes.includes(name)
  const serving = ensemble.filter(({ serves }) => serves)
  const isMajority = (count: number) => count > ensemble.length / 2
  const couldElect = isMajority(serving.length)
  const canElect = isMajority(serving.filter((node) => !isLost(node)).length)
  const wouldElectInHealth = isMajority(ensemble.filter((node) => !isLost(node)).length)
  return { quorum: couldElect ? (canElect ? 'kept' : 'lost') : 'absent', canElect, couldElect, wouldElectInHealth }
}

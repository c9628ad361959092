import type { LossKind, WhatIf, WhatIfQuery, WhatIfScenario } from '#shared/contracts/what-if.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { KraftQuorum } from '#shared/kafka/cluster/port.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { toDetail } from '#shared/prediction/detail.ts'
import type { KnownCluster } from '#shared/prediction/model.ts'
import { createPredictor } from '#shared/prediction/predict.ts'
import { scenariosOf } from '#shared/prediction/scenarios.ts'
import type { BrokerSettings } from '#shared/prediction/timings.ts'
import type { ClusterReadings } from '../readings.ts'
import { rememberLast } from '../remember.ts'
import type { Snapshot } from '../snapshot.ts'
import { type Situation, situationOf } from './known-cluster.ts'
import { toScenario } from './to-scenario.ts'

type Known = Pick<Snapshot, 'health' | 'readings'>

/** Predicts losses from snapshots. */
export interface WhatIfJudge {
  /** Every loss, without details; null while no broker answers. The same object while nothing that decides it changes. */
  overview(snapshot: Known, how?: LossKind): readonly WhatIfScenario[] | null
  /**
   * What a request asks for.
   * @throws KopsError cluster_unreachable while no broker answers; node_not_found; validation_failed
   */
  answer(snapshot: Known, query: WhatIfQuery): WhatIf
}

export interface WhatIfSources {
  settings: () => BrokerSettings
  /** Bytes that producers write a second, by placeKey(); null if they are unknown. */
  traffic: () => ReadonlyMap<string, number> | null
}

/** Pure, apart from what it keeps: the last quorum, and the last prediction, which costs more the larger the cluster is. */
export function createWhatIf({ settings, traffic }: WhatIfSources): WhatIfJudge {
  let lastQuorum: KraftQuorum | null = null
  const namesOf = rememberLast((groups: ClusterReadings['groups']) => groups?.map(({ group }) => group) ?? null)
  let kept: { cluster: KnownCluster; key: string; overviews: Map<LossKind, WhatIfScenario[]> } | undefined

  /** The cluster of a snapshot: the previous object if nothing has changed, whose predictions are kept. */
  function clusterOf(snapshot: Known) {
    const { metadata, quorum, groups } = snapshot.readings
    lastQuorum = quorum ?? lastQuorum
    if (metadata === null) return null
    const situation = situationOf(snapshot, settings(), lastQuorum)
    const cluster = { ...situation, topics: metadata.topics, groups: namesOf(groups), traffic: traffic() }
    const key = keyOf(situation)
    if (!kept || kept.key !== key || !isSame(kept.cluster, cluster)) kept = { cluster, key, overviews: new Map() }
    return { cluster: kept.cluster, overviews: kept.overviews, assumed: situation.assumed }
  }

  function overview(snapshot: Known, how: LossKind) {
    const known = clusterOf(snapshot)
    if (!known) return null
    const { cluster, overviews } = known
    const before = overviews.get(how)
    if (before) return before
    const predict = createPredictor(cluster)
    const scenarios = scenariosOf(cluster, how).map((scenario) => toScenario(cluster, scenario, predict(scenario)))
    overviews.set(how, scenarios)
    return scenarios
  }

  return {
    overview: (snapshot, how = 'kill') => overview(snapshot, how),
    answer(snapshot, { how = 'kill', limit = 100, ...query }) {
      const known = clusterOf(snapshot)
      if (!known) throw new KopsError('cluster_unreachable', 'No broker answers, so the partitions are unknown')
      const { cluster, assumed } = known
      const { asOf, warnings } = snapshot.health
      const answer = { how, mode: cluster.mode, assumed, asOf, warnings }
      const wanted = wantedOf(query)
      if (!wanted) return { ...answer, scenarios: overview(snapshot, how) ?? [], detail: null }
      const scenario = scenariosOf(cluster, how).find(wanted.matches)
      if (!scenario) throw new KopsError('node_not_found', `The cluster has no ${wanted.name}`)
      const prediction = createPredictor(cluster)(scenario)
      return { ...answer, scenarios: [toScenario(cluster, scenario, prediction)], detail: toDetail(prediction, limit) }
    }
  }
}

interface Wanted {
  name: string
  matches: (scenario: Pick<WhatIfScenario, 'kind' | 'name'>) => boolean
}

function wantedOf({ broker, rack, node }: Pick<WhatIfQuery, 'broker' | 'rack' | 'node'>): Wanted | undefined {
  const isNode =
    (wanted: string) =>
    ({ kind, name }: Pick<WhatIfScenario, 'kind' | 'name'>) =>
      kind !== 'rack' && name === wanted
  const wanted: Wanted[] = []
  if (broker !== undefined) wanted.push({ name: `broker ${broker}`, matches: isNode(brokerName(broker)) })
  if (node !== undefined) wanted.push({ name: `node ${node}`, matches: isNode(node) })
  if (rack !== undefined) {
    wanted.push({ name: `rack ${rack}`, matches: ({ kind, name }) => kind === 'rack' && name === rack })
  }
  if (wanted.length > 1) throw fieldError('validation_failed', 'broker', 'Give one of broker, rack and node')
  return wanted[0]
}

function isSame(a: KnownCluster, b: KnownCluster): boolean {
  return (
    a.topics === b.topics &&
    a.minInsyncReplicas === b.minInsyncReplicas &&
    a.uncleanElection === b.uncleanElection &&
    a.groups === b.groups &&
    a.traffic === b.traffic
  )
}

/** The small rest, of which each snapshot has new objects. */
function keyOf({ mode, live, racks, controllerId, ensemble, timings }: Situation): string {
  return JSON.stringify([mode, Array.from(live), Array.from(racks), controllerId, ensemble, timings])
}

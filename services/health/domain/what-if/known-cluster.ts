import type { KraftQuorum } from '#shared/kafka/cluster/port.ts'
import { brokerName } from '#shared/kafka/model.ts'
import type { EnsembleNode, KnownCluster } from '#shared/prediction/model.ts'
import { type BrokerSettings, timingsOf } from '#shared/prediction/timings.ts'
import { isKnownAsKraft } from '../quick-reading.ts'
import type { Snapshot } from '../snapshot.ts'

/** A voter that has not fetched from its leader for this long does not serve. */
const silentVoterMs = 10_000

/** What a snapshot knows for predictions, besides what does not change with each of them. */
export interface Situation extends Omit<KnownCluster, 'topics' | 'groups' | 'traffic'> {
  /** Settings for which Kafka's default counts because they could not be read. */
  assumed: string[]
}

/** @param lastQuorum the last one that could be read: while there is none, its voters do not serve */
export function situationOf(
  { health, readings }: Pick<Snapshot, 'health' | 'readings'>,
  settings: BrokerSettings,
  lastQuorum: KraftQuorum | null
): Situation {
  const mode = isKnownAsKraft(readings) ? 'kraft' : 'zookeeper'
  const live = new Set(health.brokers.flatMap(({ id, reachable }) => (id !== null && reachable ? id : [])))
  const racks = new Map(Array.from(readings.known.values(), ({ id, rack }) => [id, rack]))
  const { timings, assumed } = timingsOf(settings, mode)
  return {
    mode,
    live,
    racks,
    controllerId: health.brokers.find(({ controller }) => controller)?.id ?? readings.quorum?.leaderId ?? null,
    ensemble: mode === 'kraft' ? votersOf(readings.quorum, lastQuorum, { live, racks }) : zookeepersOf(health),
    minInsyncReplicas: readings.minInsyncReplicas,
    uncleanElection: readings.uncleanElection,
    timings,
    assumed
  }
}

function zookeepersOf({ zookeepers }: Snapshot['health']): EnsembleNode[] {
  const voters = zookeepers.filter(({ mode }) => mode !== 'observer')
  return voters.map(({ name, mode }) => ({ name, serves: mode !== null }))
}

function votersOf(
  quorum: KraftQuorum | null,
  lastQuorum: KraftQuorum | null,
  { live, racks }: Pick<KnownCluster, 'live' | 'racks'>
): EnsembleNode[] {
  const { leaderId, voters } = quorum ?? lastQuorum ?? { leaderId: null, voters: [] }
  const answeredAt = voters.find(({ id }) => id === leaderId)?.lastFetchTimestamp ?? null
  return voters.map(({ id, lag, lastFetchTimestamp }) => {
    const fetches =
      answeredAt === null || lastFetchTimestamp === null
        ? lag !== null
        : answeredAt - lastFetchTimestamp < silentVoterMs
    // A node that is broker, too, shows at once whether it lives.
    return { name: brokerName(id), serves: quorum !== null && (racks.has(id) ? live.has(id) : fetches) }
  })
}

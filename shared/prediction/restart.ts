import type { RestartReason, RestartVerdict } from '../contracts/what-if.ts'
import { type PartitionPlace, placeKey } from '../kafka/model.ts'
import type { KnownCluster, Scenario } from './model.ts'
import type { PartitionLoss, Prediction } from './predict.ts'

const named = 3

/**
 * Whether a node may be stopped and started now. What waiting or repairing could change speaks against it; what the configuration
 * makes of every restart (topics with one replica, or with as many required as there are) is a note: refusing would not help. A
 * node that does not serve may always be restarted.
 */
export function judgeRestart(
  { ensemble }: Pick<KnownCluster, 'ensemble'>,
  { name, nodes }: Pick<Scenario, 'name' | 'nodes'>,
  prediction: Prediction
): RestartVerdict {
  const { serves, offline, writesStop, moves, unknown, quorum } = prediction
  if (!serves) {
    return {
      safe: true,
      reasons: [],
      notes: [{ code: 'not_serving', message: `${name} does not serve now: a restart stops nothing` }]
    }
  }
  const without = new Set(offline.map(({ topic, partition }) => placeKey(topic, partition)))
  const refusing = writesStop.filter(({ topic, partition }) => !without.has(placeKey(topic, partition)))
  const degraded = ({ cause }: PartitionLoss) => cause === 'degraded'
  const reasons: RestartReason[] = []
  const notes: RestartReason[] = []
  if (quorum.quorum === 'lost') {
    const missing = ensemble.filter(({ name, serves }) => !serves && !nodes.includes(name)).map(({ name }) => name)
    const why = missing.length === 0 ? '' : `: ${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not serve`
    const message = `The quorum would be lost${why}`
    if (quorum.wouldElectInHealth) reasons.push({ code: 'quorum_lost', message })
    else notes.push({ code: 'configuration', message: `${message}, as too few nodes vote to lose one` })
  }
  if (quorum.quorum === 'absent') {
    const message = 'There is no quorum: nobody could elect other leaders, and a broker that starts could not register'
    reasons.push({ code: 'quorum_absent', message })
  }
  const against = (code: RestartReason['code'], places: readonly PartitionPlace[], what: string) => {
    if (places.length > 0) reasons.push({ code, message: `${listed(places)} ${what}` })
  }
  against('partitions_offline', offline.filter(degraded), 'would have no leader')
  against('writes_stop', refusing.filter(degraded), 'would not accept writes with acks=all')
  against(
    'unclean_election',
    moves.filter(({ unclean }) => unclean),
    'would get a leader that is not in sync, and lose records'
  )
  if (unknown.length > 0) {
    const message = `min.insync.replicas of ${unknown.slice(0, named).join(', ')}${unknown.length > named ? ', ...' : ''} is unknown`
    reasons.push({ code: 'min_isr_unknown', message })
  }
  const losses = [...offline, ...refusing]
  const always = (code: RestartReason['code'], places: readonly PartitionLoss[], what: string) => {
    if (places.length > 0) notes.push({ code, message: `${listed(places)} ${what}` })
  }
  always(
    'single_replica',
    losses.filter(({ cause }) => cause === 'singleReplica'),
    'will be offline: one replica'
  )
  always(
    'configuration',
    losses.filter(({ cause }) => cause === 'configuration'),
    'will not accept writes with acks=all: replication factor and min.insync.replicas allow for no loss'
  )
  return { safe: reasons.length === 0, reasons, notes }
}

/** `12 partitions (a-0, a-1, a-2, ...)`; Kafka's own topics are named last. */
function listed(places: readonly PartitionPlace[]): string {
  const [internal, others] = [places.filter(isInternal), places.filter((place) => !isInternal(place))]
  const first = [...others, ...internal].slice(0, named).map(({ topic, partition }) => `${topic}-${partition}`)
  const all = places.length > named ? [...first, '...'] : first
  return `${places.length} ${places.length === 1 ? 'partition' : 'partitions'} (${all.join(', ')})`
}

function isInternal({ topic }: PartitionPlace): boolean {
  return topic.startsWith('__')
}

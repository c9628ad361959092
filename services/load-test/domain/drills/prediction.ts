import type { NodeStatus } from '#shared/contracts/cluster.ts'
import type { DrillPrediction } from '#shared/contracts/drill-plan.ts'
import { type BrokerView, brokerName, type ClusterMetadata, type TopicMetadata } from '#shared/kafka/model.ts'
import { toDetail } from '#shared/prediction/detail.ts'
import type { KnownCluster, Scenario } from '#shared/prediction/model.ts'
import { createPredictor, type Prediction } from '#shared/prediction/predict.ts'
import { type BrokerSettings, timingsOf } from '#shared/prediction/timings.ts'
import { expectedWait, hangingOf } from './hanging/expected.ts'
import type { Stage } from './stages.ts'

/** What predictions of a drill are made from, as read when it begins. */
export interface PredictionInput {
  mode: 'zookeeper' | 'kraft'
  metadata: ClusterMetadata
  views: readonly BrokerView[]
  controllerId: number | null
  voters: readonly NodeStatus[]
  /** min.insync.replicas, by topic. */
  minInsyncReplicas: ReadonlyMap<string, number>
  uncleanElection: ReadonlySet<string>
  settings: BrokerSettings
  groups: readonly string[] | null
}

export interface PredictedDrill {
  /** Of the whole cluster, with what guards need; null if nothing of it is lost. */
  whole: Prediction | null
  record: DrillPrediction
  /** request.timeout.ms of the writers, and whether the controller is on a broker that is lost: they explain differences. */
  clientTimeoutMs: number
  breaksController: boolean
  /** The drill's own topic, once it exists. Pure. */
  ofTopic(topic: TopicMetadata, minInsyncReplicas: number): DrillPrediction['ownTopic']
}

const listed = 100
const nothingPredicted = { detection: null, leaders: null, clientGap: null, followed: null, isrFull: null }

/**
 * What a drill does to the cluster, from its live configuration. Pure.
 * @param clientTimeoutMs request.timeout.ms of the drill's own writers
 */
export function predictDrill(
  stages: readonly Stage[],
  how: Scenario['how'],
  clientTimeoutMs: number,
  input: PredictionInput
): PredictedDrill {
  const { cluster, assumed } = knownCluster(input)
  const scenarios = stages.map((stage) => scenarioOf(stage, how, clientTimeoutMs))
  const predict = createPredictor(cluster)
  const predictions = scenarios.map(predict)
  const whole = predictions.length === 0 ? null : joined(predictions)
  const hanging = hangingOf(stages)
  const wait = hanging && expectedWait({ ...hanging, settings: input.settings })
  return {
    ...{ whole, clientTimeoutMs },
    breaksController: scenarios.some(
      ({ brokers }) => input.controllerId !== null && brokers.includes(input.controllerId)
    ),
    record: {
      ...toDetail(whole ?? { moves: [], offline: [], writesStop: [], groups: [] }, listed),
      totals: totalsOf(whole),
      ownTopic: null,
      seconds: wait ? { ...nothingPredicted, committedWait: wait.band } : (whole?.seconds ?? nothingPredicted),
      assumed: wait?.assumed ?? assumed,
      notes: notesOf(stages, input, whole)
    },
    ofTopic(topic, minInsyncReplicas) {
      const small = createPredictor({
        ...cluster,
        topics: [topic],
        minInsyncReplicas: new Map([[topic.name, minInsyncReplicas]])
      })
      return totalsOf(joined(scenarios.map(small)))
    }
  }
}

function knownCluster(input: PredictionInput): { cluster: KnownCluster; assumed: string[] } {
  const { mode, metadata, views, controllerId, voters, minInsyncReplicas, uncleanElection, groups } = input
  const { timings, assumed } = timingsOf(input.settings, mode)
  const answering = views.filter(({ reachable }) => reachable).length
  // Kafka's metadata lists the brokers that are alive to the controller.
  const ids = metadata.brokers.map(({ id }) => id)
  return {
    cluster: {
      mode,
      topics: metadata.topics,
      live: new Set(answering === 0 ? [] : ids),
      controllerId,
      racks: new Map(metadata.brokers.map(({ id, rack }) => [id, rack])),
      ensemble: voters.map(({ name, state, ready, isolated }) => ({
        name,
        serves: state === 'running' && ready && !isolated
      })),
      minInsyncReplicas,
      uncleanElection,
      timings,
      groups,
      traffic: null
    },
    assumed
  }
}

function scenarioOf({ name, faults, brokers, holdMs }: Stage, how: Scenario['how'], clientTimeoutMs: number): Scenario {
  const nodes = faults.flatMap((fault) => (fault.by === 'agent' ? [fault.node] : []))
  // Members and transactions come and go without a node.
  const isLost = nodes.length > 0
  const ids = isLost ? brokers.map(({ id }) => id) : []
  // A broker that is cut off remains a voter; one with a full disk ends with its process.
  const isGone = how === 'kill' || how === 'stop' || how === 'pause' || how === 'diskFull'
  const kind = ids.length > 0 ? 'broker' : 'node'
  return {
    kind,
    name,
    brokers: ids,
    nodes: isGone ? [...nodes, ...ids.map(brokerName)] : [],
    how,
    holdMs,
    clientTimeoutMs
  }
}

/** Several stages one after the other: what each changes, and the bands of the first. */
function joined(predictions: readonly Prediction[]): Prediction {
  const [first, ...others] = predictions
  if (!first) throw new Error('There is no prediction')
  return {
    ...first,
    moves: predictions.flatMap(({ moves }) => moves),
    offline: predictions.flatMap(({ offline }) => offline),
    writesStop: predictions.flatMap(({ writesStop }) => writesStop),
    groups: first.groups && [first.groups, ...others.map(({ groups }) => groups ?? [])].flat(),
    quorum: predictions.find(({ quorum }) => quorum.quorum !== 'kept')?.quorum ?? first.quorum
  }
}

function totalsOf(prediction: Prediction | null): NonNullable<DrillPrediction['ownTopic']> {
  const { moves = [], offline = [], writesStop = [] } = prediction ?? {}
  return { moves: moves.length, offline: offline.length, writesStop: writesStop.length }
}

function notesOf(
  stages: readonly Stage[],
  { minInsyncReplicas, metadata }: PredictionInput,
  whole: Prediction | null
): string[] {
  if (hangingOf(stages)) {
    return ['Readers with isolation.level=read_committed wait in half of the partitions; others do not notice']
  }
  const notes: string[] = []
  const unknown = metadata.topics.filter(({ name }) => !minInsyncReplicas.has(name)).length
  if (unknown > 0) notes.push(`min.insync.replicas of ${unknown} topic(s) is unknown: writes to them may stop, too`)
  if (stages.length > 1) notes.push('The bands are those of each of the stages')
  if (whole?.quorum.quorum === 'lost') {
    notes.push(
      'Without a quorum no leader is elected and no ISR changes: what is lost meanwhile stays lost until it is back'
    )
  }
  return notes
}

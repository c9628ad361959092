import type { Cut, FaultKind } from '#shared/contracts/cluster.ts'
import type { DrillKind, StartDrill } from '#shared/contracts/drill-request.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type { Scenario } from '#shared/prediction/model.ts'
import { brokerGone, brokerIsolated, clientsCut, diskFull, metadataCut, peersCut, slowed } from './broker-effects.ts'
import { memberGone } from './consumers/participant.ts'
import { groupSettings } from './consumers/settings.ts'
import type { Effect } from './effect.ts'
import { ensembleNodeGone, quorumGone } from './ensemble-effects.ts'
import type { StageFault } from './fault-sources.ts'
import { delayedEnd } from './hanging/expected.ts'
import { readersHeld } from './hanging/participant.ts'
import type { Stage } from './stages.ts'
import type { FoundTarget } from './target-nodes.ts'
import type { TargetRule } from './targets.ts'

/** Defines a kind of drill. To add one, add a row and its test. */
export interface DrillKindRow {
  /** What it rehearses, for the list of kinds. */
  title: string
  targets: TargetRule
  /** Parameters that only some kinds have. */
  takes?: readonly Parameter[]
  requires?: readonly Parameter[]
  /** The faults of the agent that its stages inject. */
  faults: readonly FaultKind[]
  /** It always has a consumer group of its own. */
  hasConsumers?: true
  /** The metadata mode that it is for; absent: both. */
  mode?: 'zookeeper' | 'kraft'
  /** What becomes of the target, for the prediction. */
  how(request: StartDrill): Scenario['how']
  /**
   * What happens to the target, one after the other.
   * @throws KopsError validation_failed
   */
  stages(target: FoundTarget, request: StartDrill): Stage[]
}

export const parameters = ['from', 'direction', 'slow', 'transaction'] as const
export type Parameter = (typeof parameters)[number]

const defaultHoldMs = 20_000
/** A restart takes no longer than a service manager needs to start the process again. */
const restartMs = 5000
/** A follower leaves the ISR after 1 to 1.5 times replica.lag.time.max.ms, 30 s by default: the effect needs this long to show. */
const cutMs = 60_000

/** One fault on each node of the target, all at once. */
function atOnce(
  kind: FaultKind,
  effect: Effect,
  rest: Omit<Extract<StageFault, { by: 'agent' }>, 'by' | 'kind' | 'node'> = {},
  holdMs = defaultHoldMs
): DrillKindRow['stages'] {
  return ({ nodes, brokers }, { faultDurationMs = holdMs }) => {
    const [node = ''] = nodes
    const faults = nodes.map((node) => ({ by: 'agent', kind, node, ...rest }) as const)
    return [{ name: node, node, brokers, faults, holdMs: faultDurationMs, effect }]
  }
}

/** The same to one node of the target after the other. */
function oneByOne(kind: FaultKind, effect: Effect): DrillKindRow['stages'] {
  return ({ nodes, brokers }, { faultDurationMs = restartMs }) =>
    nodes.map((node, nth) => ({
      name: node,
      node,
      brokers: brokers.slice(nth, nth + 1),
      faults: [{ by: 'agent', kind, node }],
      holdMs: faultDurationMs,
      effect
    }))
}

function cutOf({ from = ['brokers'], direction = 'both' }: StartDrill): Cut {
  return { from, direction }
}

function effectOfCut({ from }: Cut): Effect {
  if (from.includes('clients')) return from.includes('metadata') ? brokerIsolated : clientsCut
  return from.includes('metadata') ? metadataCut : peersCut
}

const killed = {
  faults: ['kill'],
  how: () => 'kill',
  stages: atOnce('kill', brokerGone)
} satisfies Partial<DrillKindRow>

/** Breaks one member of the drill's own group. */
function memberOnce(kind: 'kill' | 'pause' | 'leave'): DrillKindRow['stages'] {
  return ({ nodes: [node = ''] }, { faultDurationMs = defaultHoldMs }) => [
    { ...ofMembers(kind), name: 'member', node, holdMs: faultDurationMs }
  ]
}

function ofMembers(kind: 'kill' | 'pause' | 'leave' | 'replace'): Pick<Stage, 'faults' | 'effect' | 'brokers'> {
  return { faults: [{ by: 'members', kind, members: 1 }], effect: memberGone, brokers: [] }
}

const inGroup = {
  targets: 'participant',
  hasConsumers: true,
  faults: [],
  how: () => 'kill'
} satisfies Partial<DrillKindRow>

export const drillKinds: Record<DrillKind, DrillKindRow> = {
  'broker-stop': {
    title: 'A broker shuts down in good order, and starts again',
    targets: 'broker',
    faults: ['stop'],
    how: () => 'stop',
    stages: atOnce('stop', brokerGone)
  },
  'broker-kill': { title: 'The process of a broker dies', targets: 'broker', ...killed },
  'broker-pause': {
    title: 'A broker hangs: it neither answers nor closes its connections',
    targets: 'broker',
    faults: ['pause'],
    how: () => 'pause',
    stages: atOnce('pause', brokerGone)
  },
  'controller-kill': {
    title: 'The broker dies that is the (active) controller at the time',
    targets: 'controller',
    ...killed
  },
  'leader-kill': { title: 'The broker dies that leads a partition at the time', targets: 'leader', ...killed },
  'coordinator-kill': {
    title: 'The broker dies that coordinates a consumer group at the time',
    targets: 'coordinator',
    ...killed
  },
  'network-partition': {
    title: 'A broker is cut off from everybody',
    targets: 'broker',
    faults: ['isolate'],
    how: () => 'pause',
    stages: atOnce('isolate', brokerIsolated)
  },
  'partial-partition': {
    title: 'A broker is cut off from some: the other brokers, the metadata (ZooKeeper or the controllers), or clients',
    targets: 'broker',
    takes: ['from', 'direction'],
    faults: ['cut'],
    how: ({ from = ['brokers'] }) =>
      from.includes('metadata') ? 'cutMetadata' : from.includes('brokers') ? 'cutBrokers' : 'slow',
    stages(target, request) {
      const cut = cutOf(request)
      return atOnce('cut', effectOfCut(cut), { cut }, cutMs)(target, request)
    }
  },
  'slow-network': {
    title: 'The network of a broker delays packets, loses some, or carries fewer',
    targets: 'broker',
    takes: ['slow'],
    requires: ['slow'],
    faults: ['slow'],
    how: () => 'slow',
    stages(target, request) {
      const { slow } = request
      if (!slow) throw fieldError('validation_failed', 'slow', 'is required for a drill slow-network')
      return atOnce('slow', slowed(slow), { slow })(target, request)
    }
  },
  'zookeeper-stop': {
    title: 'A node of ZooKeeper stops; the quorum is kept',
    targets: 'ensemble',
    mode: 'zookeeper',
    faults: ['stop'],
    how: () => 'stop',
    stages: atOnce('stop', ensembleNodeGone)
  },
  'zookeeper-quorum-loss': {
    title: 'So many nodes of ZooKeeper stop that no majority is left',
    targets: 'quorum',
    mode: 'zookeeper',
    faults: ['stop'],
    how: () => 'stop',
    stages: atOnce('stop', quorumGone)
  },
  'controller-stop': {
    title: 'A controller stops, with the broker in its process; the quorum is kept',
    targets: 'ensemble',
    mode: 'kraft',
    faults: ['stop'],
    how: () => 'stop',
    stages: atOnce('stop', brokerGone)
  },
  'controller-quorum-loss': {
    title: 'So many controllers die, with the brokers in their processes, that no majority is left',
    targets: 'quorum',
    mode: 'kraft',
    faults: ['kill'],
    how: () => 'kill',
    stages: atOnce('kill', quorumGone)
  },
  'rolling-restart': {
    title: 'Every broker is restarted, one after the other, each once the one before is in sync',
    targets: 'brokers',
    faults: ['stop'],
    how: () => 'stop',
    stages: oneByOne('stop', brokerGone)
  },
  'disk-full': {
    title: 'The disk of a broker is full',
    targets: 'broker',
    faults: ['disk-full'],
    how: () => 'diskFull',
    stages: atOnce('disk-full', diskFull)
  },
  'disk-slow': {
    title: 'The disk of a broker is slow',
    targets: 'broker',
    faults: ['disk-slow'],
    how: () => 'slow',
    stages: atOnce('disk-slow', slowed({}))
  },
  'member-kill': {
    title: "A member of the drill's own consumer group dies, and is replaced",
    ...inGroup,
    stages: memberOnce('kill')
  },
  'member-pause': {
    title: "A member of the drill's own consumer group stands still for a while",
    ...inGroup,
    stages: memberOnce('pause')
  },
  'member-leave': {
    title: "A member of the drill's own consumer group leaves, and is replaced",
    ...inGroup,
    stages: memberOnce('leave')
  },
  'rolling-deploy': {
    title: "Each member of the drill's own consumer group leaves while a new one starts, one after the other",
    ...inGroup,
    stages: ({ nodes: [node = ''] }, { faultDurationMs = restartMs, consumers = {} }) =>
      Array.from({ length: groupSettings(consumers).members }, (_, nth) => ({
        ...ofMembers('replace'),
        name: `member ${nth + 1}`,
        node,
        holdMs: faultDurationMs
      }))
  },
  'hanging-transaction': {
    title: 'A transaction stays open: its producer neither commits nor aborts it for a while',
    targets: 'transaction',
    takes: ['transaction'],
    hasConsumers: true,
    faults: [],
    how: () => 'kill',
    stages({ nodes: [node = ''] }, request) {
      const { faultDurationMs: holdMs = defaultHoldMs } = request
      const faults = [delayedEnd(request, holdMs)]
      return [{ name: 'transaction', node, brokers: [], faults, holdMs, effect: readersHeld }]
    }
  }
}

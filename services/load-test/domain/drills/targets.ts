import type { ClusterStatus, NodeStatus } from '#shared/contracts/cluster.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { transactionTopic } from '#shared/prediction/coordinators.ts'
import { hangingId } from './hanging/expected.ts'
import {
  brokersOn,
  coordinatorOf,
  ensembleRole,
  type FoundTarget,
  findBroker,
  nodeOf,
  onBroker,
  type TargetSituation,
  unhealthy,
  votersOf
} from './target-nodes.ts'

/**
 * How a target is found when the drill begins:
 * - broker: the node that the request names
 * - controller: the broker that is the (active) controller now
 * - leader: the broker that leads a partition now
 * - coordinator: the broker that coordinates a group now; without one, that of the drill's own consumers
 * - ensemble: a node of ZooKeeper, or with KRaft a controller, that the request names
 * - quorum: so many of them that no majority is left
 * - brokers: all of them, the controller last
 * - participant: the drill's own consumers; the node is the broker that coordinates them
 * - transaction: a transaction of the drill's own; likewise
 */
export type TargetRule =
  | 'broker'
  | 'controller'
  | 'leader'
  | 'coordinator'
  | 'ensemble'
  | 'quorum'
  | 'brokers'
  | 'participant'
  | 'transaction'

type Field = 'node' | 'partition' | 'group'
type Finder = (request: StartDrill, situation: TargetSituation) => FoundTarget

interface TargetRow {
  /** The role of the nodes that a request may name; absent: it names none. */
  names?: (mode: ClusterStatus['mode']) => NodeStatus['role']
  /** Fields of the request that it takes; the others are refused. */
  takes: readonly Field[]
  requires: readonly Field[]
  find: Finder
}

/** The group of a drill's own consumers. */
export function ownGroup(id: string): string {
  return `kops-drill-${id}`
}

const rows: Record<TargetRule, TargetRow> = {
  broker: {
    names: () => 'broker',
    takes: ['node'],
    requires: ['node'],
    find: ({ node: name = '' }, situation) => {
      const node = nodeOf(name, situation, 'broker')
      return { nodes: [name], brokers: brokersOn([node], situation), detail: `${name} was named` }
    }
  },
  controller: {
    takes: [],
    requires: [],
    find: (_, situation) => {
      if (situation.controllerId === null) throw unhealthy('The cluster has no controller that is known')
      return onBroker(situation.controllerId, situation, (node) => ({ detail: `${node} was the controller` }))
    }
  },
  leader: {
    takes: ['partition'],
    requires: ['partition'],
    find: ({ partition }, situation) => {
      const { topic = '', partition: number = 0 } = partition ?? {}
      const known = situation.metadata.topics.find(({ name }) => name === topic)
      if (!known) throw fieldError('topic_not_found', 'partition.topic', `there is no topic ${topic}`)
      const found = known.partitions.find((each) => each.partition === number)
      if (!found) {
        const message = `${topic} has the partitions 0 to ${known.partitions.length - 1}`
        throw fieldError('validation_failed', 'partition.partition', message)
      }
      if (found.leader === null) throw unhealthy(`${topic}-${number} has no leader`)
      return onBroker(found.leader, situation, (node) => ({
        ...(partition && { partition }),
        detail: `${node} led ${topic}-${number}`
      }))
    }
  },
  coordinator: {
    takes: ['group'],
    requires: ['group'],
    find: (request, situation) => {
      const { group = ownGroup(situation.id) } = request
      const leader = coordinatorOf(group, situation.metadata)
      if (leader === null) throw fieldError('group_not_found', 'group', `no broker coordinates ${group}`)
      return onBroker(leader, situation, (node) => ({ group, detail: `${node} coordinated ${group}` }))
    }
  },
  ensemble: {
    names: ensembleRole,
    takes: ['node'],
    requires: ['node'],
    find: ({ node = '' }, situation) => {
      const found = nodeOf(node, situation, ensembleRole(situation.status.mode))
      return { nodes: [node], brokers: brokersOn([found], situation), detail: `${node} was named` }
    }
  },
  quorum: {
    names: ensembleRole,
    takes: ['node'],
    requires: [],
    find: ({ node }, situation) => {
      const voters = votersOf(situation.status)
      const first = node === undefined ? [] : [nodeOf(node, situation, ensembleRole(situation.status.mode))]
      const others = voters.filter(({ name }) => name !== node).reverse()
      const nodes = [...first, ...others].slice(0, Math.ceil(voters.length / 2))
      return {
        nodes: nodes.map(({ name }) => name),
        brokers: brokersOn(nodes, situation),
        detail: `Without ${nodes.length} of ${voters.length} there is no majority`
      }
    }
  },
  brokers: {
    takes: [],
    requires: [],
    find: (_, situation) => {
      const { status, controllerId, metadata } = situation
      const isLast = (node: NodeStatus) => (findBroker(node, metadata)?.id === controllerId ? 1 : 0)
      const nodes = status.nodes.filter(({ role }) => role === 'broker').toSorted((a, b) => isLast(a) - isLast(b))
      return {
        nodes: nodes.map(({ name }) => name),
        brokers: brokersOn(nodes, situation),
        detail: 'One after the other, the controller last'
      }
    }
  },
  participant: {
    takes: [],
    requires: [],
    find: (_, situation) => {
      const group = ownGroup(situation.id)
      const { brokers } = situation.metadata
      const leader = coordinatorOf(group, situation.metadata) ?? brokers[0]?.id
      if (leader === undefined) throw unhealthy('No broker answers')
      return onBroker(leader, situation, (node) => ({ group, detail: `${group}, which ${node} coordinates` }))
    }
  },
  transaction: {
    takes: [],
    requires: [],
    find: (_, situation) => {
      const id = hangingId(situation.id)
      const { metadata } = situation
      // Before the first transaction of a cluster, its coordinator is not known.
      const leader = coordinatorOf(id, metadata, transactionTopic) ?? metadata.brokers[0]?.id
      if (leader === undefined) throw unhealthy('No broker answers')
      return onBroker(leader, situation, (node) => ({ detail: `${id}, which ${node} coordinates` }))
    }
  }
}

/**
 * Finds what a drill breaks. Pure.
 * @throws KopsError validation_failed with the field if the request lacks what the kind needs, or has what it does not take;
 * node_not_found, topic_not_found, group_not_found; cluster_unhealthy; node_state_conflict if the broker that is looked for is not
 * a node of the managed cluster
 */
export function findTarget(rule: TargetRule, request: StartDrill, situation: TargetSituation): FoundTarget {
  assertFields(rule, request)
  return rows[rule].find(request, situation)
}

/** @throws KopsError validation_failed */
export function assertFields(rule: TargetRule, request: StartDrill): void {
  const { takes, requires } = rows[rule]
  for (const field of ['node', 'partition', 'group'] as const) {
    const isGiven = request[field] !== undefined
    // A drill with consumers has a group of its own.
    const isKnown = field === 'group' && request.consumers !== undefined
    if (!isGiven && !isKnown && requires.includes(field)) {
      throw fieldError('validation_failed', field, `is required for a drill ${request.kind}`)
    }
    if (isGiven && !takes.includes(field)) {
      throw fieldError('validation_failed', field, `a drill ${request.kind} takes none`)
    }
  }
}

/** The fields that a rule takes, for the list of kinds. */
export function fieldsOf(rule: TargetRule): { takes: readonly Field[]; requires: readonly Field[] } {
  return rows[rule]
}

/** The nodes that a request may name, for the list of kinds. */
export function nodesFor(rule: TargetRule, { nodes, mode }: Pick<ClusterStatus, 'nodes' | 'mode'>): string[] {
  const role = rows[rule].names?.(mode)
  return nodes.filter((node) => node.role === role).map(({ name }) => name)
}

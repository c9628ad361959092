import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { BrokerSettingsReader } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader, QuorumReader } from '#shared/kafka/cluster/port.ts'
import type { BrokerView, ClusterMetadata } from '#shared/kafka/model.ts'
import type { Reassignments } from '#shared/kafka/moves/port.ts'
import { type BrokerSettings, timingNames } from '#shared/prediction/timings.ts'
import { coordinatorSettingNames } from './hanging/expected.ts'
import { readTopicReaders, type TopicReaders } from './topic.ts'

export interface SituationParts {
  reader: Pick<ClusterReader, 'views' | 'metadata' | 'topicConfigs' | 'groups' | 'committedOffsets'> &
    BrokerSettingsReader &
    Pick<QuorumReader, 'describeQuorum'>
  reassignments: Pick<Reassignments, 'list' | 'close'>
}

/** The cluster before a drill, from which its target, its guards and its prediction follow. */
export interface Situation {
  status: ClusterStatus
  metadata: ClusterMetadata
  views: readonly BrokerView[]
  controllerId: number | null
  minInsyncReplicas: ReadonlyMap<string, number>
  uncleanElection: ReadonlySet<string>
  cleanupPolicies: ReadonlyMap<string, string>
  /** Of the existing topic that the drill is to write to; null: of none. */
  readers: TopicReaders | null
  settings: BrokerSettings
  groups: readonly string[] | null
  /** Partitions that move; a text says why they could not be read. */
  reassignments: number | string
}

const deadlineMs = 4000

/**
 * Reads what a drill needs to know before it begins. Parts that decide nothing may be missing.
 * @param topic that exists, if the drill is to write to one
 * @throws KopsError agent_unreachable, cluster_unreachable
 */
export async function readSituation(
  { reader, reassignments }: Pick<SituationParts, 'reader'> & { reassignments: Pick<Reassignments, 'list'> },
  agent: Pick<DrillAgent, 'status'>,
  topic?: string
): Promise<Situation> {
  const [status, views, { value: metadata }] = await Promise.all([
    agent.status(),
    reader.views({ deadlineMs, topics: [] }),
    reader.metadata({ deadlineMs })
  ])
  const [controllerId, configs, settings, groups, readers, moving] = await Promise.all([
    status.mode === 'kraft' ? activeController(reader) : metadata.controllerId,
    readConfigs(reader, metadata),
    reader.brokerSettings([...timingNames, ...coordinatorSettingNames], { deadlineMs }).then(
      ({ value }) => value,
      (): BrokerSettings => new Map()
    ),
    groupNames(reader),
    topic === undefined ? null : readTopicReaders(reader, topic, { deadlineMs }),
    reassignments.list(undefined, { timeoutMs: deadlineMs }).then(({ length }) => length, messageOf)
  ])
  return { status, metadata, views, controllerId, ...configs, settings, groups, readers, reassignments: moving }
}

async function activeController(reader: SituationParts['reader']): Promise<number | null> {
  const quorum = await reader.describeQuorum({ deadlineMs }).catch(() => undefined)
  return quorum?.kind === 'kraft' ? quorum.leaderId : null
}

async function readConfigs(reader: SituationParts['reader'], { topics }: ClusterMetadata) {
  const minInsyncReplicas = new Map<string, number>()
  const uncleanElection = new Set<string>()
  const cleanupPolicies = new Map<string, string>()
  const [least, unclean, cleanup] = ['min.insync.replicas', 'unclean.leader.election.enable', 'cleanup.policy'] as const
  const names = topics.map(({ name }) => name)
  const reading = await reader
    .topicConfigs(names, { names: [least, unclean, cleanup], deadlineMs })
    .catch(() => undefined)
  for (const [topic, entries] of reading?.value ?? []) {
    for (const { name, value } of entries) {
      if (name === least && value !== null) minInsyncReplicas.set(topic, Number(value))
      if (name === unclean && value === 'true') uncleanElection.add(topic)
      if (name === cleanup && value !== null) cleanupPolicies.set(topic, value)
    }
  }
  return { minInsyncReplicas, uncleanElection, cleanupPolicies }
}

/** Their names suffice: who coordinates a group follows from its name. */
async function groupNames(reader: SituationParts['reader']): Promise<string[] | null> {
  const listed = new AbortController()
  let names: string[] | null = null
  const onListed = (groups: string[]) => {
    names = groups
    listed.abort(new Error('the names suffice'))
  }
  await reader.groups({ deadlineMs, signal: listed.signal, onListed }).catch(() => undefined)
  return names
}

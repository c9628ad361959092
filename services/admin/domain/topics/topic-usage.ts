import type { Warning } from '#shared/contracts/common.ts'
import type { TopicConsumer } from '#shared/contracts/topic-deletions.ts'
import type { KeptOffset } from '#shared/contracts/topic-recreation.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicGroups } from '#shared/kafka/groups/port.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import type { TopicRecords } from '#shared/kafka/records/port.ts'
import { distinctWarnings } from '../warnings.ts'

export interface UsagePorts {
  reader: Pick<ClusterReader, 'groups' | 'committedOffsets'>
  topicGroups: Pick<TopicGroups, 'activeGroups'>
  topicRecords: Pick<TopicRecords, 'lastWrite'>
}

/** The users of a topic, and the time of its last write. */
export interface TopicUsage {
  lastWriteAt: string | null
  groups: TopicConsumer[]
  committedOffsets: KeptOffset[]
  warnings: Warning[]
  /** Queries that could not be answered completely: use cannot be ruled out. */
  unknown: ('groups' | 'lastWrite')[]
}

export async function readUsage(
  { reader, topicGroups, topicRecords }: UsagePorts,
  topic: TopicMetadata,
  { deadlineMs }: { deadlineMs: number }
): Promise<TopicUsage> {
  const [groups, active, written] = await Promise.all([
    reader.groups({ deadlineMs }),
    topicGroups.activeGroups(topic.name, { deadlineMs }),
    topicRecords.lastWrite(topic, { deadlineMs })
  ])
  const committed = await reader.committedOffsets(
    groups.value.map(({ group }) => group),
    { deadlineMs }
  )
  const committedOffsets = committed.value.flatMap(({ group, topic: name, partition, offset }): KeptOffset[] =>
    name === topic.name && offset !== null ? [{ group, partition, offset }] : []
  )
  const byGroup = Map.groupBy(committedOffsets, ({ group }) => group)
  const members = new Map(active.value.map((group) => [group.group, group]))
  const states = new Map(groups.value.map(({ group, state }) => [group, state]))
  const names = [...new Set([...byGroup.keys(), ...members.keys()])].sort()
  return {
    lastWriteAt: written.value.at?.toISOString() ?? null,
    groups: names.map((group) => ({
      group,
      state: members.get(group)?.state ?? states.get(group) ?? 'unknown',
      members: members.has(group) ? (members.get(group)?.members ?? null) : 0,
      committedPartitions: byGroup.get(group)?.length ?? 0
    })),
    committedOffsets,
    warnings: distinctWarnings([groups, active, written, committed].flatMap(({ warnings }) => warnings)),
    unknown: [
      ...(active.warnings.length > 0 ? (['groups'] as const) : []),
      ...(written.warnings.length > 0 ? (['lastWrite'] as const) : [])
    ]
  }
}

/**
 * Objections to deleting a topic's records: members that read it, a recent write, or that one of them could not be
 * ruled out. Pure.
 * @param quietMs how long a topic must have received no records; 0: no requirement
 */
export function obstaclesTo(
  topic: string,
  { groups, lastWriteAt, unknown }: Pick<TopicUsage, 'groups' | 'lastWriteAt' | 'unknown'>,
  { now, quietMs }: { now: Date; quietMs: number }
): Warning[] {
  const inUse = (message: string): Warning => ({ code: 'topic_in_use', message, target: topic })
  const active = groups.filter(({ members }) => members === null || members > 0)
  const obstacles = active.map(({ group, members }) =>
    inUse(`Group ${group} has ${members ?? 'an unknown number of'} member${members === 1 ? '' : 's'} reading it`)
  )
  const quietSince = now.getTime() - quietMs
  if (quietMs > 0 && lastWriteAt !== null && Date.parse(lastWriteAt) > quietSince) {
    obstacles.push(inUse(`Its latest record is from ${lastWriteAt}, less than ${quietMs / 60_000} min ago`))
  }
  if (unknown.includes('groups') && active.length === 0) {
    obstacles.push(inUse('Not every broker lists its groups, so members that read it cannot be ruled out'))
  }
  if (quietMs > 0 && unknown.includes('lastWrite') && obstacles.length === 0) {
    obstacles.push(inUse('Not every partition reports its last write, so a recent write cannot be ruled out'))
  }
  return obstacles
}

/** @throws KopsError validation_failed for force without a reason */
export function assertReasoned({ force = false, reason }: { force?: boolean; reason?: string }): void {
  if (force && reason === undefined) {
    throw fieldError('validation_failed', 'reason', 'is required with force=true, for the audit trail')
  }
}

/** @throws KopsError topic_in_use with every obstacle */
export function assertFree(topic: string, obstacles: Warning[], force: boolean): void {
  if (force || obstacles.length === 0) return
  const detail = obstacles.map(({ message }) => message).join('; ')
  throw new KopsError('topic_in_use', `${topic} is in use: ${detail}. Override with force=true and a reason`, {
    errors: obstacles.map(({ message }) => ({ field: 'topicName', message }))
  })
}

import { type Static, Type } from 'typebox'

/** A right that kops needs on resources of a type. `cluster` is the cluster itself. */
export interface Right {
  resource: 'cluster' | 'topic' | 'group' | 'transactional-id'
  /** `*` is every resource of the type; one that ends in `-` is a prefix. */
  pattern: 'kafka-cluster' | '*' | 'kops-'
  operation: 'Alter' | 'AlterConfigs' | 'Create' | 'Delete' | 'Describe' | 'DescribeConfigs' | 'Read' | 'Write'
  /** The requests that need it, and what kops does with them. */
  purpose: string
}

const onCluster = { resource: 'cluster', pattern: 'kafka-cluster' } as const
const onTopics = { resource: 'topic', pattern: '*' } as const
const onGroups = { resource: 'group', pattern: '*' } as const
/** Whoever may write with an id may fence its producer: with others than its own, kops may not. */
const onOwnTransactions = { resource: 'transactional-id', pattern: 'kops-' } as const

/**
 * Everything that kops may do on a secured cluster, and no more: the services share one principal. The requests are
 * those of docs/requests.md; which operation authorizes each is in Kafka's documentation ("Operations in Kafka").
 */
export const rights: readonly Right[] = [
  {
    ...onCluster,
    operation: 'Describe',
    purpose:
      'ListGroups, DescribeLogDirs, DescribeQuorum, ListPartitionReassignments, DescribeAcls: health and listings'
  },
  { ...onCluster, operation: 'DescribeConfigs', purpose: 'DescribeConfigs of brokers: their settings' },
  {
    ...onCluster,
    operation: 'Alter',
    purpose:
      'CreateAcls, DeleteAcls, AlterPartitionReassignments, ElectLeaders, UnregisterBroker: access, moves, leaders and brokers'
  },
  {
    ...onCluster,
    operation: 'AlterConfigs',
    purpose: 'IncrementalAlterConfigs of brokers: their settings, throttles of moves'
  },
  { ...onTopics, operation: 'Describe', purpose: 'Metadata, ListOffsets: health, listings, lag' },
  { ...onTopics, operation: 'DescribeConfigs', purpose: 'DescribeConfigs of topics: their settings' },
  {
    ...onTopics,
    operation: 'Read',
    purpose:
      'Fetch, OffsetCommit, OffsetDelete: browsing, the probe, lag in seconds, verification, runs of load tests, offsets of groups'
  },
  {
    ...onTopics,
    operation: 'Write',
    purpose:
      'Produce, InitProducerId: the probe, audit and health events, events of requests, producing, replayed dead letters and the decisions on them, load tests and the topic of their runs'
  },
  {
    ...onTopics,
    operation: 'Create',
    purpose:
      'CreateTopics: topics, also those of the probe, the audit trail, the decisions on dead letters, the runs of load tests and their workers'
  },
  { ...onTopics, operation: 'Alter', purpose: 'CreatePartitions: more partitions' },
  {
    ...onTopics,
    operation: 'AlterConfigs',
    purpose: 'IncrementalAlterConfigs of topics: their settings, throttled replicas of moves'
  },
  { ...onTopics, operation: 'Delete', purpose: 'DeleteTopics, DeleteRecords: deletions' },
  {
    ...onGroups,
    operation: 'Describe',
    purpose: 'DescribeGroups, ConsumerGroupDescribe, OffsetFetch, FindCoordinator: members and lag'
  },
  {
    ...onGroups,
    operation: 'Read',
    purpose:
      'OffsetCommit, TxnOffsetCommit, JoinGroup: offsets of groups, the verifying consumer, consumers and workers of load tests, stream processing'
  },
  { ...onGroups, operation: 'Delete', purpose: 'DeleteGroups, OffsetDelete: deletions' },
  {
    ...onOwnTransactions,
    operation: 'Write',
    purpose:
      'FindCoordinator, InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, Produce, EndTxn: load tests in transactions, stream processing'
  }
]

/** Kafka's type of a pattern of the table. */
export function patternTypeOf(pattern: string): 'literal' | 'prefixed' {
  return pattern.endsWith('-') ? 'prefixed' : 'literal'
}

/** What a cluster was given: a version of kops may know other rights than the table has. */
export const AccessSchema = Type.Object({
  principal: Type.String(),
  rights: Type.Array(
    Type.Object({
      resource: Type.Enum(['cluster', 'topic', 'group', 'transactional-id']),
      pattern: Type.String(),
      operation: Type.String()
    })
  )
})
export type Access = Static<typeof AccessSchema>

/** What of an earlier access is not part of the present one. Pure. */
export function superfluous(earlier: Access, present: Access): Access {
  const keyOf = ({ resource, pattern, operation }: Access['rights'][number]) => `${resource} ${pattern} ${operation}`
  const kept = new Set(earlier.principal === present.principal ? present.rights.map(keyOf) : [])
  return { principal: earlier.principal, rights: earlier.rights.filter((right) => !kept.has(keyOf(right))) }
}

/** The arguments with which Kafka's tool for ACLs grants or revokes an access: a call for each resource. */
export function aclArguments(change: 'grant' | 'revoke', { principal, rights }: Access): string[][] {
  const byResource = Map.groupBy(rights, ({ resource, pattern }) =>
    [
      resource === 'cluster' ? '--cluster' : `--${resource} ${pattern}`,
      ...(patternTypeOf(pattern) === 'prefixed' ? ['--resource-pattern-type prefixed'] : [])
    ].join(' ')
  )
  return Array.from(byResource, ([resource, group]) => [
    // Without --force the tool would ask, and wait for an answer.
    ...(change === 'grant' ? ['--add'] : ['--remove', '--force']),
    ...['--allow-principal', principal],
    ...resource.split(' '),
    ...group.flatMap(({ operation }) => ['--operation', operation])
  ])
}

import * as kafka from '@platformatic/kafka'
import { electLeadersV2 } from '#shared/kafka/protocol/elect-leaders.ts'
import { fetchRaw } from '#shared/kafka/protocol/fetch.ts'

export const topic = 'bench-quorum'
export const group = 'bench-quorum-group'

/** A request of an API that kops uses, or might. */
export interface Question {
  name: string
  /** Sent to the controller where there is ZooKeeper; others answer that they are not it. */
  change?: boolean
  send: (connection: kafka.Connection) => Promise<unknown>
}

const acl = {
  resourceType: kafka.ResourceTypes.TOPIC,
  resourceName: topic,
  resourcePatternType: kafka.ResourcePatternTypes.LITERAL,
  principal: 'User:bench',
  host: '*',
  operation: kafka.AclOperations.READ,
  permissionType: kafka.AclPermissionTypes.ALLOW
}
export const alteration = { name: 'retention.ms', configOperation: 0 as const, value: '86400000' }

export const questions: Question[] = [
  { name: 'ApiVersions', send: (c) => kafka.apiVersionsV3.api.async(c, 'bench', '1') },
  { name: 'Metadata', send: (c) => kafka.metadataV12.api.async(c, null, false, false) },
  { name: 'Metadata, no topics', send: (c) => kafka.metadataV12.api.async(c, [], false, false) },
  {
    name: 'ListOffsets',
    send: (c) =>
      kafka.listOffsetsV7.api.async(c, -1, 0, [
        { name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1n }] }
      ])
  },
  { name: 'ListGroups', send: (c) => kafka.listGroupsV4.api.async(c, [], []) },
  { name: 'DescribeGroups', send: (c) => kafka.describeGroupsV5.api.async(c, [group], false) },
  {
    name: 'OffsetFetch',
    send: (c) => kafka.offsetFetchV8.api.async(c, [{ groupId: group, memberEpoch: -1, topics: null }], false)
  },
  { name: 'FindCoordinator, topic there', send: (c) => kafka.findCoordinatorV4.api.async(c, 0, [group]) },
  { name: 'DescribeLogDirs', send: (c) => kafka.describeLogDirsV4.api.async(c, null) },
  {
    name: 'Fetch',
    send: (c) =>
      fetchRaw.async(
        c,
        0,
        0,
        65_536,
        0,
        0,
        -1,
        [
          {
            topicId: topic,
            partitions: [
              { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0n, lastFetchedEpoch: -1, partitionMaxBytes: 65_536 }
            ]
          }
        ],
        [],
        ''
      )
  },
  {
    name: 'DeleteRecords',
    send: (c) =>
      kafka.deleteRecordsV2.api.async(c, [{ name: topic, partitions: [{ partitionIndex: 0, offset: 0n }] }], 5000)
  },
  { name: 'DescribeAcls', send: (c) => kafka.describeAclsV2.api.async(c, anyAcl()) },
  { name: 'InitProducerId', send: (c) => kafka.initProducerIdV4.api.async(c, null, 5000) },
  { name: 'DescribeQuorum', send: (c) => kafka.describeQuorumV1.api.async(c, [quorumTopic()]) },
  {
    name: 'DescribeConfigs, topic',
    send: (c) => describeConfigs(c, kafka.ConfigResourceTypes.TOPIC, topic)
  },
  {
    name: 'DescribeConfigs, broker',
    send: (c) => describeConfigs(c, kafka.ConfigResourceTypes.BROKER, '1')
  },
  { name: 'DescribeClientQuotas', send: (c) => kafka.describeClientQuotasV1.api.async(c, [], false) },
  {
    name: 'DescribeUserScramCredentials',
    send: (c) => kafka.describeUserScramCredentialsV0.api.async(c, null)
  },
  {
    name: 'FindCoordinator, topic missing',
    send: (c) => kafka.findCoordinatorV4.api.async(c, 1, ['bench-transaction'])
  },
  {
    name: 'FindCoordinator, missing, controller',
    change: true,
    send: (c) => kafka.findCoordinatorV4.api.async(c, 1, ['bench-transaction'])
  },
  { name: 'InitProducerId, block used up', send: useUpProducerIds },
  {
    name: 'ListPartitionReassignments',
    change: true,
    send: (c) => kafka.listPartitionReassignmentsV0.api.async(c, 5000, null)
  },
  {
    name: 'AlterPartitionReassignments',
    change: true,
    send: (c) =>
      kafka.alterPartitionReassignmentsV0.api.async(c, 5000, true, [
        { name: topic, partitions: [{ partitionIndex: 0, replicas: [1, 2, 3] }] }
      ])
  },
  {
    name: 'ElectLeaders',
    change: true,
    send: (c) => electLeadersV2.async(c, 0, [{ topic, partitions: [0] }], 5000)
  },
  {
    name: 'CreateTopics, validate only',
    change: true,
    send: (c) => kafka.createTopicsV7.api.async(c, [created('bench-quorum-dry')], 5000, true)
  },
  {
    name: 'CreateTopics',
    change: true,
    send: (c) => kafka.createTopicsV7.api.async(c, [created('bench-quorum-new')], 5000, false)
  },
  {
    name: 'CreatePartitions',
    change: true,
    send: (c) => kafka.createPartitionsV3.api.async(c, [{ name: topic, count: 12, assignments: null }], 5000, false)
  },
  {
    name: 'IncrementalAlterConfigs, topic',
    change: true,
    send: (c) => alterConfigs(c, kafka.ConfigResourceTypes.TOPIC, topic, [alteration])
  },
  {
    name: 'IncrementalAlterConfigs, brokers',
    change: true,
    send: (c) => alterConfigs(c, kafka.ConfigResourceTypes.BROKER, '', [{ ...alteration, name: 'log.retention.ms' }])
  },
  { name: 'CreateAcls', change: true, send: (c) => kafka.createAclsV2.api.async(c, [acl]) },
  { name: 'DeleteAcls', change: true, send: (c) => kafka.deleteAclsV2.api.async(c, [acl]) },
  { name: 'DeleteTopics', change: true, send: (c) => kafka.deleteTopicsV6.api.async(c, [{ name: topic }], 5000) }
]

/** A broker takes producer ids from the quorum a thousand at a time. */
async function useUpProducerIds(connection: kafka.Connection): Promise<void> {
  for (let count = 0; count < 1100; count++) await kafka.initProducerIdV4.api.async(connection, null, 5000)
}

function describeConfigs(connection: kafka.Connection, resourceType: 2 | 4, resourceName: string) {
  return kafka.describeConfigsV4.api.async(connection, [{ resourceType, resourceName, configurationKeys: null }])
}

export function alterConfigs(
  connection: kafka.Connection,
  resourceType: 2 | 4,
  resourceName: string,
  configs: (typeof alteration)[]
) {
  return kafka.incrementalAlterConfigsV1.api.async(connection, [{ resourceType, resourceName, configs }], false)
}

export function created(name: string) {
  return { name, numPartitions: 6, replicationFactor: 3, assignments: [], configs: [] }
}

function anyAcl() {
  return {
    resourceType: kafka.ResourceTypes.ANY,
    resourceName: null,
    resourcePatternType: kafka.ResourcePatternTypes.ANY,
    principal: null,
    host: null,
    operation: kafka.AclOperations.ANY,
    permissionType: kafka.AclPermissionTypes.ANY
  }
}

function quorumTopic() {
  return { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }
}

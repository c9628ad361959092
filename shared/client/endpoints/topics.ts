import { AdviceQuerySchema, AdviceSchema } from '../../contracts/catalog.ts'
import { JobListQuerySchema } from '../../contracts/common.ts'
import {
  AddPartitionsPlanSchema,
  AddPartitionsQuerySchema,
  DeleteRecordsQuerySchema,
  RecordsPlanSchema,
  ReplicationFactorPlanSchema,
  ReplicationFactorQuerySchema,
  TopicBatchResultSchema,
  TopicBatchSchema,
  TopicReadinessSchema,
  TruncateQuerySchema
} from '../../contracts/topic-changes.ts'
import {
  TopicConfigListQuerySchema,
  TopicConfigListSchema,
  TopicConfigPatchSchema,
  TopicConfigPlanSchema
} from '../../contracts/topic-configs.ts'
import {
  DeleteTopicNowQuerySchema,
  DeleteTopicPlanSchema,
  RecreatePlanSchema,
  RecreateQuerySchema,
  ScheduleTopicDeletionQuerySchema,
  TopicDeletionListSchema,
  TopicDeletionSchema
} from '../../contracts/topic-deletions.ts'
import {
  CreateTopicBodySchema,
  CreateTopicQuerySchema,
  DryRunQuerySchema,
  TopicDetailSchema,
  TopicListQuerySchema,
  TopicListSchema,
  TopicPlanSchema
} from '../../contracts/topics.ts'
import type { Endpoint } from '../endpoint.ts'

export const topicsEndpoints = {
  listTopics: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics',
    query: TopicListQuerySchema,
    response: TopicListSchema
  },
  describeTopic: { service: 'admin', method: 'GET', path: '/api/topics/{topicName}', response: TopicDetailSchema },
  topicReadiness: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/readiness',
    response: TopicReadinessSchema
  },
  createTopic: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics',
    query: CreateTopicQuerySchema,
    body: CreateTopicBodySchema,
    response: TopicPlanSchema
  },
  createTopics: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/batch',
    query: DryRunQuerySchema,
    body: TopicBatchSchema,
    response: TopicBatchResultSchema
  },
  deleteTopic: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/topics/{topicName}',
    query: DeleteTopicNowQuerySchema,
    response: DeleteTopicPlanSchema
  },
  scheduleTopicDeletion: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/topics/{topicName}',
    query: ScheduleTopicDeletionQuerySchema,
    response: TopicDeletionSchema
  },
  listTopicDeletions: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/deletions',
    query: JobListQuerySchema,
    response: TopicDeletionListSchema
  },
  topicDeletion: { service: 'admin', method: 'GET', path: '/api/topics/deletions/{id}', response: TopicDeletionSchema },
  cancelTopicDeletion: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/topics/deletions/{id}',
    response: TopicDeletionSchema
  },
  recreateTopic: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/recreate',
    query: RecreateQuerySchema,
    response: RecreatePlanSchema
  },
  listTopicConfigs: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/configs',
    query: TopicConfigListQuerySchema,
    response: TopicConfigListSchema
  },
  alterTopicConfigs: {
    service: 'admin',
    method: 'PATCH',
    path: '/api/topics/{topicName}/configs',
    query: DryRunQuerySchema,
    body: TopicConfigPatchSchema,
    response: TopicConfigPlanSchema
  },
  addPartitions: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/partitions',
    query: AddPartitionsQuerySchema,
    response: AddPartitionsPlanSchema
  },
  setReplicationFactor: {
    service: 'admin',
    method: 'PUT',
    path: '/api/topics/{topicName}/replication-factor',
    query: ReplicationFactorQuerySchema,
    response: ReplicationFactorPlanSchema
  },
  deleteRecords: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/topics/{topicName}/records',
    query: DeleteRecordsQuerySchema,
    response: RecordsPlanSchema
  },
  truncateTopic: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/truncate',
    query: TruncateQuerySchema,
    response: RecordsPlanSchema
  },
  advisePartitions: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/advice',
    query: AdviceQuerySchema,
    response: AdviceSchema
  }
} as const satisfies Record<string, Endpoint>

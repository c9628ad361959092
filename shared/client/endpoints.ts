import { CatalogResultSchema, CatalogSchema } from '../contracts/catalog.ts'
import { DrillListSchema, DrillSchema, StartDrillSchema } from '../contracts/drills.ts'
import { ClusterHealthSchema, ClusterStatusSummarySchema } from '../contracts/health.ts'
import {
  LoadTestRunSchema,
  LoadTestStatsSchema,
  RunLoadTestBodySchema,
  RunLoadTestQuerySchema
} from '../contracts/load-test.ts'
import {
  DeleteTopicNowQuerySchema,
  DeleteTopicPlanSchema,
  RecreatePlanSchema,
  RecreateQuerySchema,
  ScheduleTopicDeletionQuerySchema,
  TopicDeletionSchema
} from '../contracts/topic-deletions.ts'
import {
  CreateTopicQuerySchema,
  DryRunQuerySchema,
  NewTopicSchema,
  TopicDetailSchema,
  TopicListQuerySchema,
  TopicListSchema,
  TopicPlanSchema
} from '../contracts/topics.ts'
import type { Endpoint } from './endpoint.ts'

/** The endpoints, by the name under which the CLI and the console call them. */
export const endpoints = {
  listTopics: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics',
    query: TopicListQuerySchema,
    response: TopicListSchema
  },
  describeTopic: { service: 'admin', method: 'GET', path: '/api/topics/{topicName}', response: TopicDetailSchema },
  createTopic: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics',
    query: CreateTopicQuerySchema,
    body: NewTopicSchema,
    response: TopicPlanSchema
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
  recreateTopic: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/recreate',
    query: RecreateQuerySchema,
    response: RecreatePlanSchema
  },
  applyCatalog: {
    service: 'admin',
    method: 'POST',
    path: '/api/catalog/apply',
    query: DryRunQuerySchema,
    body: CatalogSchema,
    response: CatalogResultSchema
  },
  health: { service: 'health', method: 'GET', path: '/api/health', response: ClusterHealthSchema },
  healthStatus: { service: 'health', method: 'GET', path: '/api/health/status', response: ClusterStatusSummarySchema },
  runLoadTest: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/loadtest/run',
    query: RunLoadTestQuerySchema,
    body: RunLoadTestBodySchema,
    response: LoadTestRunSchema
  },
  loadTestStats: { service: 'loadTest', method: 'GET', path: '/api/loadtest/stats', response: LoadTestStatsSchema },
  startDrill: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/drills',
    body: StartDrillSchema,
    response: DrillSchema
  },
  listDrills: { service: 'loadTest', method: 'GET', path: '/api/drills', response: DrillListSchema },
  drill: { service: 'loadTest', method: 'GET', path: '/api/drills/{id}', response: DrillSchema }
} as const satisfies Record<string, Endpoint>

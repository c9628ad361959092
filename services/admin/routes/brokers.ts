import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  BrokerConfigListSchema,
  BrokerConfigPatchSchema,
  BrokerConfigPlanSchema,
  BrokerDetailSchema,
  BrokerListSchema,
  BrokerParamsSchema
} from '#shared/contracts/brokers.ts'
import { problemResponses } from '#shared/contracts/common.ts'
import { ElectionRequestSchema, ElectionResultSchema } from '#shared/contracts/elections.ts'
import { DryRunQuerySchema } from '#shared/contracts/topics.ts'
import type { BrokerAdmin } from '#shared/kafka/brokers-port.ts'
import type { Elections } from '#shared/kafka/elections-port.ts'
import type { QuorumReader } from '#shared/kafka/quorum-port.ts'
import { changeBrokerConfigs, listBrokerConfigs } from '../domain/brokers/broker-configs.ts'
import { electPreferred } from '../domain/brokers/elect.ts'
import { describeBroker, listBrokers } from '../domain/brokers/list-brokers.ts'

const tags = ['brokers']
const NoQuerySchema = Type.Object({}, { additionalProperties: false })

export interface BrokerRoutesOptions {
  brokers: BrokerAdmin
  elections: Elections
  /** Who the controller is. */
  quorum: QuorumReader
}

/** The clients that it is given are closed with the app. */
export const brokerRoutes: FastifyPluginAsyncTypebox<BrokerRoutesOptions> = async (
  app,
  { brokers, elections, quorum }
) => {
  const ports = { reader: app.kafka.reader, brokers, elections, quorum }
  app.addHook('onClose', async () => {
    await Promise.all([brokers.close(), elections.close(), quorum.close()])
  })
  const changing = (query: { dryRun?: boolean }) => ({ ...app.timing, dryRun: query.dryRun ?? false })

  app.get(
    '/api/brokers',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List brokers: racks, controller, log directories, counts of partitions and leaders',
        querystring: NoQuerySchema,
        response: { 200: BrokerListSchema, ...problemResponses }
      }
    },
    async () => listBrokers(ports, app.timing)
  )

  app.get(
    '/api/brokers/:brokerId',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Describe a broker',
        params: BrokerParamsSchema,
        querystring: NoQuerySchema,
        response: { 200: BrokerDetailSchema, ...problemResponses }
      }
    },
    async (request) => describeBroker(ports, request.params.brokerId, app.timing)
  )

  app.get(
    '/api/brokers/default/configs',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Dynamic settings that count for every broker',
        querystring: NoQuerySchema,
        response: { 200: BrokerConfigListSchema, ...problemResponses }
      }
    },
    async () => listBrokerConfigs(ports, null, app.timing)
  )

  app.get(
    '/api/brokers/:brokerId/configs',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Configuration of a broker, with where each value comes from',
        params: BrokerParamsSchema,
        querystring: NoQuerySchema,
        response: { 200: BrokerConfigListSchema, ...problemResponses }
      }
    },
    async (request) => listBrokerConfigs(ports, request.params.brokerId, app.timing)
  )

  const patch = {
    'x-role': 'admin',
    'x-audit': 'broker.alter-config',
    tags,
    description: 'Incremental: what is not named stays. null takes a dynamic value away.',
    querystring: DryRunQuerySchema,
    body: BrokerConfigPatchSchema,
    response: { 200: BrokerConfigPlanSchema, ...problemResponses }
  } as const

  app.patch(
    '/api/brokers/default/configs',
    { schema: { ...patch, summary: 'Change dynamic settings that count for every broker' } },
    async (request) => {
      const change = { broker: null, changes: request.body.configs }
      const plan = await changeBrokerConfigs(ports, change, changing(request.query))
      request.audit({ target: 'default', ...beforeAndAfter(plan.changes) })
      return plan
    }
  )

  app.patch(
    '/api/brokers/:brokerId/configs',
    { schema: { ...patch, summary: 'Change dynamic settings of a broker', params: BrokerParamsSchema } },
    async (request) => {
      const { brokerId } = request.params
      const change = { broker: brokerId, changes: request.body.configs }
      request.audit({ target: `broker-${brokerId}` })
      const plan = await changeBrokerConfigs(ports, change, changing(request.query))
      request.audit(beforeAndAfter(plan.changes))
      return plan
    }
  )

  app.post(
    '/api/elections',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'leader.elect',
        tags,
        summary: 'Have the preferred replicas lead again',
        querystring: DryRunQuerySchema,
        body: ElectionRequestSchema,
        response: { 200: ElectionResultSchema, ...problemResponses }
      }
    },
    async (request) => {
      request.audit({ target: 'preferred leaders' })
      const result = await electPreferred(ports, request.body, changing(request.query))
      const leaders = (side: 'from' | 'to') =>
        result.partitions
          .filter(({ outcome }) => outcome === 'planned' || outcome === 'elected')
          .map((each) => [`${each.topic}-${each.partition}`, each[side]])
      request.audit({ before: Object.fromEntries(leaders('from')), after: Object.fromEntries(leaders('to')) })
      return result
    }
  )
}

function beforeAndAfter(changes: { name: string; before: string | null; after: string | null }[]) {
  return {
    before: Object.fromEntries(changes.map(({ name, before }) => [name, before])),
    after: Object.fromEntries(changes.map(({ name, after }) => [name, after]))
  }
}

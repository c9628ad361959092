import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { brokerEndpoints } from '#shared/contracts/brokers.ts'
import { electionEndpoints } from '#shared/contracts/elections.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { changeBrokerConfigs, listBrokerConfigs } from '../domain/brokers/broker-configs.ts'
import { electPreferred } from '../domain/brokers/elect.ts'
import { electUnclean } from '../domain/brokers/elect-unclean.ts'
import { describeBroker, listBrokers } from '../domain/brokers/list-brokers.ts'
import { unregisterBroker } from '../domain/brokers/unregister-broker.ts'

export const brokerRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const ports = app.kafka
  const changing = (query: { dryRun?: boolean }) => ({ ...app.timing, dryRun: query.dryRun ?? false })

  app.route({
    ...routeOf(brokerEndpoints.listBrokers),
    handler: async () => listBrokers(ports, app.timing)
  })

  app.route({
    ...routeOf(brokerEndpoints.describeBroker),
    handler: async (request) => describeBroker(ports, request.params.brokerId, app.timing)
  })

  app.route({
    ...routeOf(brokerEndpoints.unregisterBroker),
    handler: async (request) => {
      const { brokerId } = request.params
      request.audit({ target: `broker-${brokerId}` })
      return unregisterBroker(ports, brokerId, changing(request.query))
    }
  })

  app.route({
    ...routeOf(brokerEndpoints.listDefaultBrokerConfigs),
    handler: async () => listBrokerConfigs(ports, null, app.timing)
  })

  app.route({
    ...routeOf(brokerEndpoints.listBrokerConfigs),
    handler: async (request) => listBrokerConfigs(ports, request.params.brokerId, app.timing)
  })

  app.route({
    ...routeOf(brokerEndpoints.alterDefaultBrokerConfigs),
    handler: async (request) => {
      const change = { broker: null, changes: request.body.configs }
      const plan = await changeBrokerConfigs(ports, change, changing(request.query))
      request.audit({ target: 'default', ...beforeAndAfter(plan.changes) })
      return plan
    }
  })

  app.route({
    ...routeOf(brokerEndpoints.alterBrokerConfigs),
    handler: async (request) => {
      const { brokerId } = request.params
      const change = { broker: brokerId, changes: request.body.configs }
      request.audit({ target: `broker-${brokerId}` })
      const plan = await changeBrokerConfigs(ports, change, changing(request.query))
      request.audit(beforeAndAfter(plan.changes))
      return plan
    }
  })

  app.route({
    ...routeOf(electionEndpoints.electLeaders),
    handler: async (request) => {
      const { kind, ...wanted } = request.body
      const { reason } = wanted
      request.audit({ target: `${kind} leaders`, ...(reason === undefined ? {} : { reason }) })
      const options = changing(request.query)
      const result =
        kind === 'preferred' ? await electPreferred(ports, wanted, options) : await electUnclean(ports, wanted, options)
      const leaders = (side: 'from' | 'to') =>
        result.partitions
          .filter(({ outcome }) => outcome === 'planned' || outcome === 'elected')
          .map((each) => [`${each.topic}-${each.partition}`, each[side]])
      request.audit({ before: Object.fromEntries(leaders('from')), after: Object.fromEntries(leaders('to')) })
      return result
    }
  })
}

function beforeAndAfter(changes: { name: string; before: string | null; after: string | null }[]) {
  return {
    before: Object.fromEntries(changes.map(({ name, before }) => [name, before])),
    after: Object.fromEntries(changes.map(({ name, after }) => [name, after]))
  }
}

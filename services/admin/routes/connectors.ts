import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { connectorEndpoints } from '#shared/contracts/connectors.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { applyConnector, type ConnectorChange, changeConnector } from '../domain/connectors/change.ts'
import { describeConnector, listConnectors } from '../domain/connectors/list.ts'

/** Routes for the connectors of Kafka Connect. Without it, all of them answer 409 connect_not_configured. */
export const connectorRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { reserved } = app.topics.ports

  /** A change without settings, recorded in the audit trail. */
  async function change(
    request: FastifyRequest<{ Params: { name: string }; Querystring: { dryRun?: boolean } }>,
    change: ConnectorChange
  ) {
    const { name } = request.params
    request.audit({ target: name })
    const plan = await changeConnector(app.connect(), name, change, { dryRun: request.query.dryRun ?? false })
    request.audit({ after: plan })
    return plan
  }

  app.route({
    ...routeOf(connectorEndpoints.listConnectors),
    handler: async () => listConnectors(app.connect())
  })

  app.route({
    ...routeOf(connectorEndpoints.describeConnector),
    handler: async (request) => describeConnector(app.connect(), request.params.name)
  })

  app.route({
    ...routeOf(connectorEndpoints.applyConnector),
    handler: async (request, reply) => {
      const { name } = request.params
      const { dryRun = false } = request.query
      request.audit({ target: name })
      const plan = await applyConnector({ connect: app.connect(), reserved }, name, request.body.config, { dryRun })
      request.audit({ after: { action: plan.action, changes: plan.changes } })
      if (plan.applied && plan.action === 'create') reply.code(201)
      return plan
    }
  })

  app.route({
    ...routeOf(connectorEndpoints.deleteConnector),
    handler: (request) => change(request, { action: 'delete' })
  })

  app.route({
    ...routeOf(connectorEndpoints.pauseConnector),
    handler: (request) => change(request, { action: 'pause' })
  })

  app.route({
    ...routeOf(connectorEndpoints.resumeConnector),
    handler: (request) => change(request, { action: 'resume' })
  })

  app.route({
    ...routeOf(connectorEndpoints.restartConnector),
    handler: (request) => change(request, { action: 'restart', onlyFailed: request.query.onlyFailed ?? true })
  })

  app.route({
    ...routeOf(connectorEndpoints.restartConnectorTask),
    handler: (request) => change(request, { action: 'restart', task: request.params.task })
  })
}

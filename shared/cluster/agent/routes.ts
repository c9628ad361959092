import { Type } from 'typebox'
import {
  ClusterStatusSchema,
  FaultSchema,
  InjectFaultSchema,
  NodeLogsSchema,
  NodeNameSchema,
  NodeStatusSchema,
  NodeVerbSchema,
  ReachabilitySchema,
  RenewLeaseSchema
} from '../../contracts/cluster.ts'
import { FindRecordsSchema, FoundRecordsSchema } from '../../contracts/replica-records.ts'
import { KopsError } from '../../errors/catalog.ts'
import type { App } from '../../http/create-app.ts'
import type { Agent, AgentVerb } from '../agent-port.ts'

const NodeParams = Type.Object({ node: NodeNameSchema })
const FaultParams = Type.Object({ id: Type.String({ format: 'uuid' }) })

/** The verbs of the agent's port, one route each. */
const routes: Record<AgentVerb, (app: App, agent: Agent) => void> = {
  status: (app, agent) =>
    app.get('/v1/cluster', { schema: { response: { 200: ClusterStatusSchema } }, logLevel: 'warn' }, () =>
      agent.status()
    ),
  up: (app, agent) =>
    app.post('/v1/cluster/up', { schema: { response: { 200: ClusterStatusSchema } } }, () => agent.up()),
  down: (app, agent) =>
    app.post('/v1/cluster/down', async (_request, reply) => {
      await agent.down()
      return reply.code(204).send()
    }),
  wipe: (app, agent) =>
    app.post('/v1/cluster/wipe', async (_request, reply) => {
      await agent.wipe()
      return reply.code(204).send()
    }),

  node: (app, agent) =>
    app.post(
      '/v1/nodes/:node/:verb',
      {
        schema: {
          params: Type.Object({ node: NodeNameSchema, verb: NodeVerbSchema }),
          querystring: Type.Object({ reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })) }),
          response: { 200: NodeStatusSchema }
        }
      },
      ({ params, query: { reason } }) => agent.node(params.node, params.verb, ...(reason === undefined ? [] : [reason]))
    ),
  remove: (app, agent) =>
    app.delete('/v1/nodes/:node', { schema: { params: NodeParams } }, async ({ params }, reply) => {
      await agent.remove(params.node)
      return reply.code(204).send()
    }),
  logs: (app, agent) =>
    app.get(
      '/v1/nodes/:node/logs',
      {
        schema: {
          params: NodeParams,
          querystring: Type.Object({ lines: Type.Integer({ minimum: 1, maximum: 10_000, default: 100 }) }),
          response: { 200: NodeLogsSchema }
        }
      },
      ({ params, query }) => agent.logs(params.node, query.lines)
    ),

  inject: (app, agent) =>
    app.post(
      '/v1/faults',
      { schema: { body: InjectFaultSchema, response: { 201: FaultSchema } } },
      async ({ body }, reply) => reply.code(201).send(await agent.inject(body))
    ),
  fault: (app, agent) =>
    app.get('/v1/faults/:id', { schema: { params: FaultParams, response: { 200: FaultSchema } } }, ({ params }) =>
      agent.fault(params.id)
    ),
  renew: (app, agent) =>
    app.put(
      '/v1/faults/:id/lease',
      { schema: { params: FaultParams, body: RenewLeaseSchema, response: { 200: FaultSchema } }, logLevel: 'warn' },
      ({ params, body }) => agent.renew(params.id, body.leaseMs)
    ),
  reach: (app, agent) =>
    app.get('/v1/reach', { schema: { response: { 200: ReachabilitySchema } }, logLevel: 'warn' }, () => agent.reach()),
  findRecords: (app, agent) =>
    app.post(
      '/v1/replicas/records',
      { schema: { body: FindRecordsSchema, response: { 200: FoundRecordsSchema } } },
      ({ body }) => agent.findRecords(body)
    ),
  heal: (app, agent) =>
    app.delete('/v1/faults/:id', { schema: { params: FaultParams, response: { 200: FaultSchema } } }, ({ params }) =>
      agent.heal(params.id)
    )
}

export const agentVerbs = Object.keys(routes) as AgentVerb[]

/**
 * Registers the route of each verb. Those of verbs that this socket does not offer answer `forbidden`, before anything of
 * the request is read.
 */
export function registerRoutes(app: App, agent: Agent, offered: readonly AgentVerb[] = agentVerbs): void {
  for (const verb of agentVerbs) {
    if (offered.includes(verb)) routes[verb](app, agent)
    else {
      app.register(async (refusing) => {
        refusing.addHook('onRequest', async () => {
          throw new KopsError(
            'forbidden',
            `This socket of the agent is for ${offered.join(', ')} only; ${verb} is for the owner of the cluster`
          )
        })
        routes[verb](refusing, agent)
      })
    }
  }
}

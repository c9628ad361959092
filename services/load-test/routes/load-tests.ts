import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { loadTestEndpoints } from '#shared/contracts/load-test.ts'
import type { ProducerSettings, Workload } from '#shared/contracts/workload.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { actorOf } from '#shared/http/audit-plugin.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import { resolveWorkload, type WorkloadLimits } from '../domain/load/resolve-workload.ts'
import type { StateStreams } from './event-stream.ts'

export interface LoadTestRoutesOptions {
  /** Topic and producer of a run that names none. */
  defaults: { topic: string; producer: ProducerSettings }
  limits: WorkloadLimits
  streams: StateStreams
}

const defaultEventCount = 10_000

export const loadTestRoutes: FastifyPluginAsyncTypebox<LoadTestRoutesOptions> = async (
  app,
  { defaults, limits, streams }
) => {
  const { loadTests, capacity, jobEnds } = app

  async function start(
    workload: Workload,
    { request, reply, target, wait }: { request: FastifyRequest; reply: FastifyReply; target: string; wait: boolean }
  ) {
    capacity.assertNone()
    const run = await loadTests.start(resolveWorkload(workload, { defaultTopic: defaults.topic, limits }))
    request.audit({ after: { id: run.id, eventCount: run.eventCount } })
    reply.header('location', run.links.self)
    if (!wait) {
      await jobEnds.watch({ id: run.id, kind: 'loadtest', actor: actorOf(request), target })
      return reply.code(202).send(run)
    }
    const ended = await loadTests.ended(run.id)
    request.audit({ after: { id: run.id, eventCount: run.eventCount, status: ended.status } })
    return ended
  }

  app.route({
    ...routeOf(loadTestEndpoints.runLoadTest),
    handler: async (request, reply) => {
      const { query, body } = request
      const name = body?.topic ?? query.topic ?? defaults.topic
      const confirm = body?.confirmTopic ?? query.confirmTopic
      request.audit({ target: name })
      loadTests.assertWritable(name)
      if (name !== defaults.topic && confirm !== name) {
        const message = `must be ${name}, because the events go into a topic that is not for load tests`
        throw fieldError('validation_failed', 'confirmTopic', message)
      }
      const workload: Workload = {
        name: 'events',
        topic: { kind: 'existing', name, confirm: name },
        records: body?.eventCount ?? query.eventCount ?? defaultEventCount,
        producer: defaults.producer
      }
      return start(workload, { request, reply, target: name, wait: query.wait ?? true })
    }
  })

  app.route({
    ...routeOf(loadTestEndpoints.startLoadTest),
    handler: async (request, reply) => {
      const { topic } = request.body
      const target = topic.kind === 'existing' ? topic.name : request.body.name
      request.audit({ target })
      if (topic.kind === 'existing') loadTests.assertWritable(topic.name)
      return start(request.body, { request, reply, target, wait: request.query.wait ?? false })
    }
  })

  app.route({
    ...routeOf(loadTestEndpoints.listLoadTests),
    handler: async ({ query }) => {
      const { items, nextCursor } = loadTests.list({ limit: query.limit ?? 100, cursor: query.cursor })
      return { runs: items, ...(nextCursor === undefined ? {} : { nextCursor }) }
    }
  })

  app.route({
    ...routeOf(loadTestEndpoints.loadTest),
    handler: async ({ params }) => loadTests.get(params.id)
  })

  app.route({
    ...routeOf(loadTestEndpoints.loadTestReport),
    handler: async ({ params }) => loadTests.report(params.id)
  })

  app.route({
    ...routeOf(loadTestEndpoints.cancelLoadTest),
    handler: async ({ params }) => loadTests.cancel(params.id, 'Cancelled on request')
  })

  app.route({
    ...routeOf(loadTestEndpoints.watchLoadTest),
    handler: (request, reply) => {
      const { id } = request.params
      streams.open(reply, {
        current: loadTests.get(id),
        hasEnded,
        subscribe: (listener) => loadTests.subscribe(id, listener)
      })
    }
  })

  app.route({
    ...routeOf(loadTestEndpoints.loadTestStats),
    handler: async () => loadTests.stats()
  })

  app.route({
    ...routeOf(loadTestEndpoints.resetLoadTestStats),
    handler: async (request) => {
      request.audit({ before: { since: loadTests.stats().since } })
      const stats = await loadTests.reset()
      request.audit({ after: { since: stats.since } })
      return stats
    }
  })
}

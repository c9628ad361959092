import {
  eventStreamResponses,
  JobListQuerySchema,
  JobParamsSchema,
  problemResponses
} from '#shared/contracts/common.ts'
import {
  LoadTestRunListSchema,
  LoadTestRunSchema,
  LoadTestStatsSchema,
  RunLoadTestBodySchema,
  RunLoadTestQuerySchema
} from '#shared/contracts/load-test.ts'
import type { App } from '#shared/http/create-app.ts'
import { optionalBody } from '#shared/http/validation.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { LoadTests } from '../domain/load/load-tests.ts'
import { streamStates } from './event-stream.ts'

export interface LoadTestRoutesOptions {
  loadTests: LoadTests
  defaultTopic: string
}

const defaultEventCount = 10_000
const tags = ['load tests']

export async function loadTestRoutes(app: App, { loadTests, defaultTopic }: LoadTestRoutesOptions): Promise<void> {
  app.post(
    '/api/loadtest/run',
    {
      schema: {
        'x-role': 'operator',
        tags,
        summary: 'Run a load test',
        description:
          'Waits for the end and answers the run with its result; with wait=false it answers 202 at once. A caller that goes away while it waits ' +
          'does not end the run: its result is kept at the run, and DELETE ends it.',
        querystring: RunLoadTestQuerySchema,
        body: optionalBody(RunLoadTestBodySchema),
        response: { 200: LoadTestRunSchema, 202: LoadTestRunSchema, ...problemResponses }
      }
    },
    async (request, reply) => {
      const { query, body } = request
      const run = await loadTests.start({
        eventCount: body?.eventCount ?? query.eventCount ?? defaultEventCount,
        topic: body?.topic ?? query.topic ?? defaultTopic
      })
      reply.header('location', run.links.self)
      if (query.wait === false) return reply.code(202).send(run)
      return loadTests.ended(run.id)
    }
  )

  app.get(
    '/api/loadtest/runs',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List load tests',
        querystring: JobListQuerySchema,
        response: { 200: LoadTestRunListSchema, ...problemResponses }
      }
    },
    async ({ query }) => {
      const { items, nextCursor } = loadTests.list({ limit: query.limit ?? 100, cursor: query.cursor })
      return { runs: items, ...(nextCursor === undefined ? {} : { nextCursor }) }
    }
  )

  app.get(
    '/api/loadtest/runs/:id',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'One load test',
        params: JobParamsSchema,
        response: { 200: LoadTestRunSchema, ...problemResponses }
      }
    },
    async ({ params }) => loadTests.get(params.id)
  )

  app.delete(
    '/api/loadtest/runs/:id',
    {
      schema: {
        'x-role': 'operator',
        tags,
        summary: 'Cancel a load test',
        params: JobParamsSchema,
        response: { 200: LoadTestRunSchema, ...problemResponses }
      }
    },
    async ({ params }) => loadTests.cancel(params.id, 'Cancelled on request')
  )

  app.get(
    '/api/loadtest/runs/:id/events',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Watch a load test (server-sent events)',
        params: JobParamsSchema,
        response: eventStreamResponses
      }
    },
    (request, reply) => {
      const { id } = request.params
      streamStates(reply, {
        current: loadTests.get(id),
        hasEnded,
        subscribe: (listener) => loadTests.subscribe(id, listener)
      })
    }
  )

  app.get(
    '/api/loadtest/stats',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Totals since the last reset',
        response: { 200: LoadTestStatsSchema, ...problemResponses }
      }
    },
    async () => loadTests.stats()
  )

  app.post(
    '/api/loadtest/reset',
    {
      schema: {
        'x-role': 'operator',
        tags,
        summary: 'Reset the totals',
        description: 'Runs and Prometheus counters stay as they are.',
        response: { 200: LoadTestStatsSchema, ...problemResponses }
      }
    },
    async () => loadTests.reset()
  )
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problemResponses } from '#shared/contracts/common.ts'
import { ProbeReadingSchema } from '#shared/contracts/probe.ts'

export const probeRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/health/probe',
    {
      schema: {
        'x-role': 'viewer',
        tags: ['health'],
        summary: 'Whether what is written to each broker can be read, and how fast',
        description:
          'Every KOPS_PROBE_INTERVAL_MS one record is written with acks=all to a partition that each broker leads, and read back. Answers at once, from what is known.',
        response: { 200: ProbeReadingSchema, ...problemResponses }
      }
    },
    async () => app.probeReading()
  )
}

import { HealthStreamEventSchema } from '../contracts/health-stream.ts'
import { TailQuerySchema } from '../contracts/messages.ts'
import { TailEventSchema } from '../contracts/tail-events.ts'
import type { Endpoint } from './endpoint.ts'

/** Every endpoint that answers with server-sent events; `response` is one event. */
export const streams = {
  tailMessages: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/messages/tail',
    query: TailQuerySchema,
    response: TailEventSchema
  },
  watchHealth: { service: 'health', method: 'GET', path: '/api/health/stream', response: HealthStreamEventSchema }
} as const satisfies Record<string, Endpoint>

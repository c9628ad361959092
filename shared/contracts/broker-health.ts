import { type Static, Type } from 'typebox'
import { count, TimestampSchema } from './common.ts'

export const LogDirHealthSchema = Type.Object(
  {
    dir: Type.String({ examples: ['/var/lib/kafka/data'] }),
    online: Type.Boolean(),
    sizeBytes: count,
    totalBytes: Type.Union([count, Type.Null()], { description: 'Of its volume' }),
    usableBytes: Type.Union([count, Type.Null()])
  },
  { $id: 'LogDirHealth', additionalProperties: false }
)
export type LogDirHealth = Static<typeof LogDirHealthSchema>

export const BrokerHealthSchema = Type.Object(
  {
    id: Type.Union([Type.Integer(), Type.Null()], { description: 'null until the broker has answered once' }),
    name: Type.String({ examples: ['kafka-1'] }),
    host: Type.String({ examples: ['127.0.0.1'] }),
    port: Type.Integer(),
    rack: Type.Union([Type.String({ examples: ['rack-a'] }), Type.Null()]),
    reachable: Type.Boolean({ description: 'It answered an ApiVersions and a Metadata request within the deadline' }),
    controller: Type.Boolean(),
    responseTimeMs: Type.Union([Type.Number(), Type.Null()]),
    startedAt: Type.Union([TimestampSchema, Type.Null()], {
      description: 'When its process started, from its JMX exporter'
    }),
    uptimeSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    leaders: Type.Union([count, Type.Null()], { description: 'Partitions that it leads' }),
    partitions: Type.Union([count, Type.Null()], { description: 'Replicas assigned to it' }),
    requestQueueSize: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Requests waiting for a handler thread'
    }),
    handlerIdleRatio: Type.Union([Type.Number(), Type.Null()], {
      description: 'Share of time in which request handler threads were idle, over the last minute'
    }),
    logDirs: Type.Union([Type.Array(LogDirHealthSchema), Type.Null()], { description: 'null if they are unknown' })
  },
  { $id: 'BrokerHealth', additionalProperties: false }
)
export type BrokerHealth = Static<typeof BrokerHealthSchema>

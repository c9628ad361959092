import fp from 'fastify-plugin'
import { systemClock } from '#shared/clock.ts'
import type { ClusterReader, TopicAdmin } from '#shared/kafka/ports.ts'
import type { TopicBatches } from '#shared/kafka/topic-batches-port.ts'
import type { ChangeTiming } from './domain/timing.ts'
import type { ChangePorts } from './domain/topics/create-topic.ts'
import { type ChangeCounter, createChangeCounter } from './metrics/change-counter.ts'

declare module 'fastify' {
  interface FastifyInstance {
    kafka: ChangePorts
    batches: TopicBatches
    timing: ChangeTiming
    changes: ChangeCounter
  }
}

export interface KafkaPluginOptions {
  reader: ClusterReader
  admin: TopicAdmin
  batches: TopicBatches
  timing: Partial<ChangeTiming>
}

/** The Kafka clients of this service, opened by whoever registers them and closed with the app, and their time limits. */
export const kafkaPlugin = fp<KafkaPluginOptions>(
  async (app, { reader, admin, batches, timing }) => {
    app.decorate('kafka', { reader, admin })
    app.decorate('batches', batches)
    app.decorate('changes', createChangeCounter(app.metrics))
    app.decorate('timing', {
      waitMs: 10_000,
      deadlineMs: 2_000,
      changeTimeoutMs: 12_000,
      ...systemClock,
      ...timing
    })
    app.addHook('onClose', async () => {
      await Promise.all([reader.close(), admin.close(), batches.close()])
    })
  },
  { name: 'kafka', dependencies: ['metrics'] }
)

import fp from 'fastify-plugin'
import { systemClock } from '#shared/clock.ts'
import type { AclAdmin } from '#shared/kafka/acls/port.ts'
import type { BrokerAdmin } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader, QuorumReader } from '#shared/kafka/cluster/port.ts'
import type { GroupAdmin, TopicGroups } from '#shared/kafka/groups/port.ts'
import type { Elections } from '#shared/kafka/moves/port.ts'
import type { RecordReader, RecordWriter, TopicRecords } from '#shared/kafka/records/port.ts'
import type { TopicAdmin, TopicBatches } from '#shared/kafka/topics/port.ts'
import type { ChangeTiming } from './domain/timing.ts'
import { type ChangeCounter, createChangeCounter } from './metrics/change-counter.ts'

export interface KafkaPorts {
  reader: ClusterReader
  admin: TopicAdmin
  batches: TopicBatches
  acls: AclAdmin
  groups: GroupAdmin
  topicGroups: TopicGroups
  brokers: BrokerAdmin
  elections: Elections
  /** Finds the controller. */
  quorum: QuorumReader
  records: RecordReader
  topicRecords: TopicRecords
  writer: RecordWriter
}

declare module 'fastify' {
  interface FastifyInstance {
    kafka: KafkaPorts
    timing: ChangeTiming
    changes: ChangeCounter
  }
}

export interface KafkaPluginOptions {
  ports: KafkaPorts
  timing: Partial<ChangeTiming>
}

/** The Kafka clients of this service, opened by the plugin and closed with the app, and their time limits. */
export const kafkaPlugin = fp<KafkaPluginOptions>(
  async (app, { ports, timing }) => {
    app.decorate('kafka', ports)
    app.decorate('changes', createChangeCounter(app.metrics))
    app.decorate('timing', {
      waitMs: 10_000,
      deadlineMs: 2_000,
      changeTimeoutMs: 12_000,
      ...systemClock,
      ...timing
    })
    app.addHook('onClose', async () => {
      await Promise.all(Object.values(ports).map((port) => port.close()))
    })
  },
  { name: 'kafka', dependencies: ['metrics'] }
)

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import fp from 'fastify-plugin'
import type { Mutation } from '#shared/audit/audit-event.ts'
import type { AuditTrail } from '#shared/audit/audit-trail.ts'
import { recordAction } from '#shared/audit/record-action.ts'
import { type TopicDeletion, TopicDeletionSchema, topicDeletionEndpoints } from '#shared/contracts/topic-deletions.ts'
import { KeptTopicSchema } from '#shared/contracts/topic-recreation.ts'
import { createJsonFiles } from '#shared/files/json-files.ts'
import type { AclAdmin } from '#shared/kafka/acls/port.ts'
import type { TopicBatches } from '#shared/kafka/topics/port.ts'
import type { ReservedTopics } from '#shared/reserved-topics.ts'
import { type NamedPolicy, policiesOf } from './domain/policies/topic-policies.ts'
import { type DeletionPorts, deleteGuarded } from './domain/topics/delete-guarded.ts'
import { createKeptTopics } from './domain/topics/kept-topics.ts'
import { createTopicDeletions, type TopicDeletions } from './domain/topics/topic-deletions.ts'
import { createTopicSnapshots, type TopicSnapshots } from './domain/topics/topic-snapshots.ts'

/** The dependencies of changing and deleting topics and their records, including the guards. */
export type TopicsPorts = DeletionPorts & {
  acls: AclAdmin
  batches: TopicBatches
  reserved: ReservedTopics
  policies: () => Promise<NamedPolicy[]>
}

declare module 'fastify' {
  interface FastifyInstance {
    topics: {
      ports: TopicsPorts
      snapshots: TopicSnapshots
      deletions: TopicDeletions
    }
  }
}

export interface TopicsPluginOptions {
  /** The audit trail for deletions without a request. */
  trail: AuditTrail
  dataDir: string
  reserved: ReservedTopics
  quietMinutes: number
  /** The most replicas that one request may create. */
  mostReplicas: number
}

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The shared parts of the topic routes: the snapshot behind lists, the guards, and what survives a restart. */
export const topicsPlugin = fp<TopicsPluginOptions>(
  async (app, { trail, dataDir, reserved, quietMinutes, mostReplicas }) => {
    const onUnreadable = (path: string, err: unknown) => app.log.warn({ err, path }, 'a kept document cannot be read')
    const ports = {
      ...app.kafka,
      kept: createKeptTopics(
        createJsonFiles({ folder: join(dataDir, 'deleted-topics'), schema: KeptTopicSchema, onUnreadable })
      ),
      reserved,
      quietMs: quietMinutes * 60_000,
      mostReplicas,
      policies: async () => policiesOf((await app.installedCatalogs()).catalogs)
    }
    const snapshots = createTopicSnapshots(app.kafka.reader, {
      now: app.timing.now,
      maxAgeMs: 2000,
      refreshAfterMs: 1000,
      deadlineMs: Math.min(1500, app.timing.deadlineMs)
    })
    const deletions = createTopicDeletions({
      store: createJsonFiles({ folder: join(dataDir, 'topic-deletions'), schema: TopicDeletionSchema, onUnreadable }),
      async carryOut(deletion) {
        try {
          return await audited(trail, deletion, app.timing.now, () =>
            deleteGuarded(ports, deletion.topic, requestOf(deletion), app.timing)
          )
        } finally {
          snapshots.invalidate()
        }
      },
      now: app.timing.now,
      // Sorts by time.
      createId: () => `${Date.now().toString(36).padStart(9, '0')}-${randomBytes(4).toString('hex')}`,
      after(ms, run) {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
      onError: (err) => app.log.error({ err }, 'a scheduled deletion did not go as it should')
    })
    app.decorate('topics', { ports, snapshots, deletions })

    // Callers see any change a request may have made once its answer has been sent.
    app.addHook('onSend', async (request) => {
      if (!readingMethods.has(request.method)) snapshots.invalidate()
    })
    app.addHook('onReady', () => deletions.start())
    app.addHook('onClose', () => deletions.close())
  },
  { name: 'topics', dependencies: ['kafka', 'audit', 'catalogs'] }
)

function requestOf({ force, reason, topicId }: TopicDeletion) {
  return {
    dryRun: false,
    force,
    ...(reason === null ? {} : { reason }),
    ...(topicId === undefined ? {} : { topicId })
  }
}

/** As for a request: nothing is deleted unless the audit trail has recorded it first. */
function audited<T>(trail: AuditTrail, deletion: TopicDeletion, now: () => Date, act: () => Promise<T>): Promise<T> {
  const mutation: Mutation = {
    requestId: `scheduled-deletion-${deletion.id}`,
    action: topicDeletionEndpoints.deleteTopic.audit,
    dryRun: false,
    actor: { name: deletion.requestedBy, role: null, how: 'scheduled', address: 'local' },
    target: deletion.topic,
    note: { before: deletion.plan, ...(deletion.reason === null ? {} : { reason: deletion.reason }) }
  }
  return recordAction(trail, mutation, { now }, act)
}

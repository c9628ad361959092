import { type App, createApp } from '../../shared/http/create-app.ts'
import { listOf } from '../../shared/http/service-config.ts'
import { createAclAdmin } from '../../shared/kafka/acls.ts'
import type { AclAdmin } from '../../shared/kafka/acls-port.ts'
import { createBrokerAdmin } from '../../shared/kafka/brokers.ts'
import type { BrokerAdmin } from '../../shared/kafka/brokers-port.ts'
import { createClusterReader } from '../../shared/kafka/cluster-reader.ts'
import { createElections } from '../../shared/kafka/elections.ts'
import type { Elections } from '../../shared/kafka/elections-port.ts'
import { createGroupAdmin } from '../../shared/kafka/groups/index.ts'
import type { GroupAdmin } from '../../shared/kafka/groups-port.ts'
import type { ClusterReader, TopicAdmin } from '../../shared/kafka/ports.ts'
import { createTopicAdmin } from '../../shared/kafka/topic-admin.ts'
import { createTopicBatches } from '../../shared/kafka/topic-batches.ts'
import type { TopicBatches } from '../../shared/kafka/topic-batches-port.ts'
import { registerAudit } from './audit/register-audit.ts'
import type { AdminConfig } from './config.ts'
import type { AuditTrail } from './domain/audit/audit-trail.ts'
import type { ChangeOptions } from './domain/create-topic.ts'
import { kafkaPlugin } from './kafka-plugin.ts'
import { aclRoutes } from './routes/acls.ts'
import { adviceRoutes } from './routes/advice.ts'
import { brokerRoutes } from './routes/brokers.ts'
import { catalogRoutes } from './routes/catalog.ts'
import { groupRoutes } from './routes/groups.ts'
import { topicRoutes } from './routes/topics.ts'

/** Parts that a test puts in the place of the real ones. */
export interface Overrides {
  reader?: ClusterReader
  admin?: TopicAdmin
  batches?: TopicBatches
  acls?: AclAdmin
  groups?: GroupAdmin
  brokers?: BrokerAdmin
  elections?: Elections
  auditTrail?: AuditTrail
  timing?: Partial<ChangeOptions>
}

/** Builds admin-service. It does not listen yet; closing it closes its Kafka clients. */
export async function buildApp(config: AdminConfig, overrides: Overrides = {}): Promise<App> {
  const kafka = { bootstrapServers: listOf(config.KOPS_BOOTSTRAP_SERVERS), clientId: 'kops-admin' }
  const app = await createApp({
    title: 'kops admin-service',
    description: 'Creates, deletes and describes the topics of a Kafka cluster.',
    config
  })
  await app.register(kafkaPlugin, {
    reader: overrides.reader ?? createClusterReader(kafka),
    admin: overrides.admin ?? createTopicAdmin(kafka),
    batches: overrides.batches ?? createTopicBatches(kafka),
    timing: overrides.timing ?? {}
  })
  await registerAudit(app, config, kafka, overrides.auditTrail)
  await app.register(topicRoutes)
  await app.register(catalogRoutes, { folder: config.KOPS_CATALOG_DIR })
  await app.register(adviceRoutes)
  await app.register(aclRoutes, { acls: overrides.acls ?? createAclAdmin(kafka) })
  await app.register(groupRoutes, { groups: overrides.groups ?? createGroupAdmin(kafka) })
  await app.register(brokerRoutes, {
    brokers: overrides.brokers ?? createBrokerAdmin(kafka),
    elections: overrides.elections ?? createElections(kafka)
  })
  return app
}

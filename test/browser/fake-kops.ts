import { join } from 'node:path'
import type { Test } from 'tap'
import { buildApp as buildAdmin } from '#services/admin/app.ts'
import { loadConfig as adminConfig } from '#services/admin/config.ts'
import { buildApp as buildHealth } from '#services/health/app.ts'
import { loadConfig as healthConfig } from '#services/health/config.ts'
import type { PartitionMetadata } from '#shared/kafka/model.ts'
import { plainCluster } from '../unit/services/admin/plain-cluster.ts'
import {
  answering,
  metadata,
  plainCluster as plainHealth,
  plainParts,
  topic
} from '../unit/services/health/plain-cluster.ts'

const projectRoot = join(import.meta.dirname, '../..')

export interface FakeKops {
  /** Of admin-service. */
  url: string
  admin: ReturnType<typeof plainCluster>
  health: ReturnType<typeof plainHealth>
  closeHealth(): Promise<void>
}

interface FakeOptions {
  topics: string[]
  env?: Record<string, string>
}

/** The services as they are, on clusters of plain data: for pages that no test cluster has, such as those of 10,000 topics. */
export async function fakeKops(
  t: Pick<Test, 'teardown' | 'testdir'>,
  { topics, env = {} }: FakeOptions
): Promise<FakeKops> {
  const quiet = { KOPS_LOG_LEVEL: 'silent', KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1', ...env }
  const health = plainHealth()
  const partitions: PartitionMetadata[] = [1, 2, 3].map((leader, partition) => ({
    ...{ partition, leader, leaderEpoch: 1, offlineReplicas: [] },
    replicas: [leader, (leader % 3) + 1, ((leader + 1) % 3) + 1],
    isr: [1, 2, 3]
  }))
  const told = metadata(topics.map((name) => topic(name, ...partitions)))
  health.views = [1, 2, 3].map((id) => answering(id, told))
  const healthApp = await buildHealth(healthConfig(quiet), {
    ...plainParts(health)
  })
  t.teardown(() => healthApp.close())
  const healthUrl = await healthApp.listen({ host: '127.0.0.1', port: 0 })
  const admin = plainCluster(topics.map((name) => ({ name, partitions: 3, replicationFactor: 3, configs: {} })))
  const adminApp = await buildAdmin(
    adminConfig({
      ...quiet,
      KOPS_DATA_DIR: t.testdir(),
      KOPS_HEALTH_URL: healthUrl,
      KOPS_CONSOLE_DIR: join(projectRoot, 'web/dist')
    }),
    { ...admin, auditTrail: { record: async () => {} } }
  )
  t.teardown(() => adminApp.close())
  const url = await adminApp.listen({ host: '127.0.0.1', port: 0 })
  return { url: url.replace('127.0.0.1', 'localhost'), admin, health, closeHealth: () => healthApp.close() }
}

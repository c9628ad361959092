import { randomBytes } from 'node:crypto'
import kafkajs from 'kafkajs'
import type { Test } from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { registerSnappy } from '#shared/kafka/verifying/snappy-codec.ts'
import { bootstrapServers, kafkajsConnection, kafkaSettings } from '../support/under-test.ts'

/** Kafka as another client sees it. */
export const kafka = new kafkajs.Kafka({
  ...kafkajsConnection,
  clientId: 'audit-test',
  logLevel: kafkajs.logLevel.NOTHING
})
registerSnappy()
/** Distinguishes the topics of this run. */
export const run = randomBytes(3).toString('hex')

/** A separate service for this test, with its own audit topic. */
export async function service(t: Test, topic: string, settings: Record<string, string> = {}, dataDir = t.testdir()) {
  const app = await buildApp(
    loadConfig({
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      ...kafkaSettings,
      KOPS_LOG_LEVEL: 'silent',
      KOPS_AUDIT_TOPIC: topic,
      KOPS_DATA_DIR: dataDir,
      ...settings
    })
  )
  t.teardown(async () => {
    await app.close()
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic] })).catch(() => undefined)
  })
  return { app, dataDir }
}

export async function withAdmin<T>(use: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

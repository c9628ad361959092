import type { Test } from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import type { MessagePage, ProduceResult } from '#shared/contracts/messages.ts'
import { bootstrapServers, kafkaSettings } from '../support/under-test.ts'
import { ask, ownTopic } from './service.ts'

/** A service of the test's own, with the settings under test, that listens: streams need a real socket. */
export async function serve(t: Test, settings: Record<string, string> = {}) {
  const app = await buildApp(
    loadConfig({
      KOPS_LOG_LEVEL: 'silent',
      KOPS_DATA_DIR: t.testdir(),
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      ...kafkaSettings,
      KOPS_MASKED_FIELDS: '*.password,test-admin-masked*:user.email',
      ...settings
    })
  )
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const get = async (path: string) => {
    const response = await app.inject(path)
    return { status: response.statusCode, body: response.json() as MessagePage }
  }
  const produce = async (topic: string, records: object[], query = '') => {
    const payload = { records }
    const response = await app.inject({ method: 'POST', url: `/api/topics/${topic}/messages${query}`, payload })
    return { status: response.statusCode, body: response.json() as ProduceResult }
  }
  return { app, url, get, produce }
}

/** A topic of the test's own with three replicas. */
export async function makeTopic(t: Test, stem: string, partitions = 3): Promise<string> {
  const topic = ownTopic(t, stem)
  t.equal(
    (await ask('POST', `/api/topics?topicName=${topic}&partitions=${partitions}&replicationFactor=3`)).status,
    201
  )
  return topic
}

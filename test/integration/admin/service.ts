import kafkajs, { type Admin } from 'kafkajs'
import type { Test } from 'tap'
import { Agent, request } from 'undici'
import { adminUrl, kafkajsConnection } from '../support/under-test.ts'

export interface Answer<T = Record<string, unknown>> {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: T
}

/**
 * Sends one request to admin-service and closes the connection, so that nothing keeps the test's process alive. The body has whatever type
 * the caller expects.
 */
export async function ask<T = Record<string, unknown>>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Record<string, string> = {}
): Promise<Answer<T>> {
  const dispatcher = new Agent()
  try {
    const json = body !== undefined && typeof body !== 'string'
    const response = await request(`${adminUrl}${path}`, {
      method,
      dispatcher,
      headersTimeout: 30_000,
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : String(body) }),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }
    })
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (await response.body.json()) as T
    }
  } finally {
    await dispatcher.close()
  }
}

/** Kafka through another client, for checking admin-service. */
export async function independentAdmin(t: Test): Promise<Admin> {
  const kafka = new kafkajs.Kafka({
    clientId: 'kops-test',
    ...kafkajsConnection,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 200 }
  })
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  return admin
}

/** A name that no other test uses; the topic, if created, is deleted after the test. */
export function ownTopic(t: Test, stem: string): string {
  const name = `test-admin-${stem}-${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`
  // To the guards, a topic that the test has just written to is in use.
  t.teardown(() => ask('DELETE', `/api/topics/${name}?force=true&reason=test`))
  return name
}

/** All topics with their settings' names and values, as the independent client lists them: for comparing before and after. */
export async function everything(admin: Admin): Promise<string[]> {
  const { topics } = await admin.fetchTopicMetadata()
  return topics.map(({ name, partitions }) => `${name} ${partitions.length}`).sort()
}

/** The overrides of a topic, read by the independent client. */
export async function overridesOf(admin: Admin, topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }]
  })
  const entries = resources[0]?.configEntries ?? []
  return Object.fromEntries(
    entries
      .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
      .map(({ configName, configValue }) => [configName, configValue])
  )
}

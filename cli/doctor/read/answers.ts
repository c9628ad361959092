import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { wantedSettings } from '../checks/production/broker-settings.ts'
import type { BrokerSettings, Sources, TopicSettings } from '../sources.ts'

/** How long a request may take. */
export interface Limit {
  timeoutMs: number
  signal: AbortSignal
}

const mostTopics = 100
/** Of a caller, before the request itself is looked at. */
const refusals = new Set([401, 403, 421, 429])
const atOnce = 8

/** Settings that checks look at. */
const brokerSettingNames = [
  ...wantedSettings.map(({ name }) => name),
  ...['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
  ...['listeners', 'listener.security.protocol.map', 'authorizer.class.name']
]

/** Of each broker; none of one that does not answer. */
export async function readBrokerSettings(client: Client, limit: Limit): Promise<BrokerSettings[]> {
  const { brokers } = await client.call(endpoints.listBrokers, limit)
  return Promise.all(
    brokers.map(async ({ id }) => {
      const answer = await client
        .call(endpoints.listBrokerConfigs, { params: { brokerId: id }, ...limit })
        .catch(() => null)
      const wanted = answer?.configs.filter(({ name }) => brokerSettingNames.includes(name)) ?? []
      return { broker: brokerName(id), settings: Object.fromEntries(wanted.map(({ name, value }) => [name, value])) }
    })
  )
}

export async function readTopics(client: Client, limit: Limit): Promise<Sources['topics']> {
  const { topics } = await client.call(endpoints.listTopics, { query: { limit: 10_000 }, ...limit })
  return topics
}

/** What topics override, of the first hundred. */
export async function readTopicSettings(client: Client, limit: Limit): Promise<TopicSettings> {
  const names = (await readTopics(client, limit)).map(({ name }) => name)
  const waiting = names.slice(0, mostTopics).values()
  const overrides: TopicSettings['overrides'] = {}
  const ask = async () => {
    for (const topicName of waiting) {
      const query = { overridden: true }
      const answer = await client
        .call(endpoints.listTopicConfigs, { params: { topicName }, query, ...limit })
        .catch((error: unknown) => {
          // It was deleted meanwhile.
          if (isKopsError(error, 'topic_not_found')) return { configs: [] }
          throw error
        })
      overrides[topicName] = Object.fromEntries(answer.configs.map(({ name, value }) => [name, value]))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, ask))
  return { overrides, left: Math.max(0, names.length - mostTopics) }
}

/** What health-service says of the past: whether it has a Prometheus. */
export async function readHistory(client: Client, limit: Limit): Promise<Sources['history']> {
  try {
    await client.call(endpoints.healthHistory, { query: { metric: 'score' }, ...limit })
    return 'answered'
  } catch (error) {
    if (!isKopsError(error, 'prometheus_unreachable') && !isKopsError(error, 'prometheus_not_configured')) throw error
    return { code: error.code, message: error.message }
  }
}

/** The services that let a caller without a token in, of those that answer. */
export async function readOpenServices(stranger: Client, limit: Limit): Promise<string[]> {
  const asked = {
    'admin-service': () => stranger.call(endpoints.eventStatus, limit),
    'health-service': () => stranger.call(endpoints.healthStatus, limit),
    'load-test-service': () => stranger.call(endpoints.runningDrill, limit)
  }
  const outcomes = await Promise.all(
    Object.entries(asked).map(([name, ask]) =>
      ask().then(
        () => ({ name, open: true }),
        (error: unknown) => {
          if (!isKopsError(error) || error.code === 'service_unreachable') throw error
          return { name, open: !refusals.has(error.status) }
        }
      )
    )
  )
  return outcomes.flatMap(({ name, open }) => (open ? [name] : []))
}

import t from 'tap'
import { readBrokerSettings, readHistory, readOpenServices, readTopicSettings } from '#cli/doctor/read/answers.ts'
import type { Client } from '#shared/client/client.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { fine } from './fine.ts'

const limit = { timeoutMs: 1000, signal: new AbortController().signal }

/** A client that answers by the path of an endpoint, or fails with an error. */
function client(answers: Record<string, (params: Record<string, unknown>) => object>): Client {
  return {
    call: async ({ path }: { path: string }, { params = {} }: { params?: Record<string, unknown> }) => {
      const answer = answers[path]
      if (answer === undefined) throw new KopsError('service_unreachable', `${path} does not answer`)
      return answer(params)
    }
  } as Client
}

const refuse = (code: ConstructorParameters<typeof KopsError>[0]) => () => {
  throw new KopsError(code, 'no')
}
const topics = (count: number) => () => ({
  topics: Array.from({ length: count }, (_, at) => ({ ...fine.topics[0], name: `topic-${at}` }))
})

t.test('settings of topics are those of the first hundred; one that was deleted meanwhile has none', async (t) => {
  const settings = await readTopicSettings(
    client({
      '/api/topics': topics(103),
      '/api/topics/{topicName}/configs': ({ topicName }) =>
        topicName === 'topic-1'
          ? refuse('topic_not_found')()
          : { configs: [{ name: 'retention.ms', value: `of ${topicName}` }] }
    }),
    limit
  )
  t.equal(settings.left, 3)
  t.equal(Object.keys(settings.overrides).length, 100)
  t.same(settings.overrides['topic-1'], {})
  t.same(settings.overrides['topic-99'], { 'retention.ms': 'of topic-99' })
  const denied = client({ '/api/topics': topics(1), '/api/topics/{topicName}/configs': refuse('forbidden') })
  await t.rejects(readTopicSettings(denied, limit), { code: 'forbidden' })
})

t.test('a broker that does not answer has no settings', async (t) => {
  const read = await readBrokerSettings(
    client({
      '/api/brokers': () => ({ brokers: [{ id: 1 }, { id: 2 }] }),
      '/api/brokers/{brokerId}/configs': ({ brokerId }) =>
        brokerId === 2
          ? refuse('broker_unreachable')()
          : { configs: ['num.io.threads', 'other'].map((name) => ({ name, value: '8' })) }
    }),
    limit
  )
  t.same(read, [
    { broker: 'kafka-1', settings: { 'num.io.threads': '8' } },
    { broker: 'kafka-2', settings: {} }
  ])
})

t.test('a missing Prometheus is an answer about the past, a missing service is none', async (t) => {
  const history = (answer?: () => object) => readHistory(client(answer ? { '/api/health/history': answer } : {}), limit)
  t.equal(await history(() => ({})), 'answered')
  t.match(await history(refuse('prometheus_not_configured')), { code: 'prometheus_not_configured' })
  await t.rejects(history(), { code: 'service_unreachable' })
})

t.test('a service is open if it looks at the request of a caller without a token', async (t) => {
  const paths = { '/kafka/status': () => ({}), '/api/health/status': refuse('unauthenticated') }
  const open = await readOpenServices(client({ ...paths, '/api/drills/running': refuse('storage_unavailable') }), limit)
  t.same(open, ['admin-service', 'load-test-service'])
  await t.rejects(readOpenServices(client(paths), limit), { code: 'service_unreachable' })
})

import { readFile } from 'node:fs/promises'
import t from 'tap'
import { loadAnalyticsConfig, topicsOf } from '#apps/analytics/config.ts'
import { loadAnalytics, parseAnalytics } from '#apps/analytics/definition.ts'
import { loadCatalog } from '#shared/catalog/load-catalog.ts'

const root = new URL('../../../../', import.meta.url)
const file = new URL('apps/analytics/analytics.yaml', root).pathname

const minimal = `name: kops-a
windows:
  - name: w
    window: { kind: tumbling, size: 1m }
    aggregates:
      - { name: events, function: count }
`

t.test('defaults', async (t) => {
  t.match(parseAnalytics(minimal, 'a.yaml'), {
    name: 'kops-a',
    topics: {
      events: 'analytics-events',
      metrics: 'streaming-metrics',
      alerts: 'streaming-alerts',
      late: 'analytics-events.late',
      deadLetters: 'analytics-events.dlq',
      changelog: 'kops-a-changelog'
    },
    startAt: 'earliest',
    disorderMs: 5000,
    futureMs: 600_000,
    idleMs: undefined,
    isTransactional: true,
    windows: [{ name: 'w', window: { kind: 'tumbling', sizeMs: 60_000 }, latenessMs: 0, groupBy: [], alerts: [] }]
  })
})

t.test('the environment may name other topics, as the seed has them', async (t) => {
  const env = { STREAMING_EVENTS_TOPIC: 'orders', KOPS_ANALYTICS_ALERTS_TOPIC: 'order-alerts' }
  const { topics } = parseAnalytics(minimal, 'a.yaml', topicsOf(loadAnalyticsConfig(env)))
  t.match(topics, { events: 'orders', metrics: 'streaming-metrics', alerts: 'order-alerts', late: 'orders.late' })
  const same = topicsOf(loadAnalyticsConfig({ STREAMING_ALERTS_TOPIC: 'orders', STREAMING_EVENTS_TOPIC: 'orders' }))
  t.throws(() => parseAnalytics(minimal, 'a.yaml', same), { message: /topics.alerts must be another topic/ })
  const illegal = topicsOf(loadAnalyticsConfig({ STREAMING_EVENTS_TOPIC: 'no topic' }))
  t.throws(() => parseAnalytics(minimal, 'a.yaml', illegal), { message: /topics.events/ })
  t.throws(() => loadAnalyticsConfig({ KOPS_PORT: 'http' }), /KOPS_PORT must be integer/)
})

t.test('a mistake is named by file, line and field', async (t) => {
  const cases: [replaced: string, by: string, message: RegExp][] = [
    ['name: kops-a', 'name: a', /^a.yaml:1: name must be: kops- and a name/],
    ['name: kops-a', 'names: kops-a', /name is required/],
    ['size: 1m', 'size: 60', /^a.yaml:4: windows.0.window.size must be string/],
    ['size: 1m', 'size: 1 minute', /^a.yaml:4: windows.0.window.size must be: a duration such as/],
    ['size: 1m', 'size: 0s', /^a.yaml:4: windows.0.window.size must be longer than nothing/],
    ['kind: tumbling', 'kind: sliding', /^a.yaml:4: windows.0.window.kind must be one of tumbling, hopping, session/],
    [
      'kind: tumbling, size: 1m',
      'kind: hopping, size: 1m, every: 2m',
      /windows.0.window.every must not be longer than size/
    ],
    [
      'kind: tumbling, size: 1m',
      'kind: hopping, size: 1h, every: 1s',
      /every is too short: an event would be in more than 1000/
    ],
    ['function: count', 'function: median', /^a.yaml:6: windows.0.aggregates.0.function must be one of count, sum/],
    ['function: count', 'function: sum', /^a.yaml:6: windows.0.aggregates.0.field is required: sum needs/],
    ['function: count', 'function: count, field: data.x', /^a.yaml:6: windows.0.aggregates.0.field must be left out/],
    [
      'function: count }',
      'function: count }\n      - { name: events, function: count }',
      /^a.yaml:7: windows.0.aggregates.1.name is there/
    ],
    [
      'function: count }',
      'function: count }\n    alerts: [{ name: x, aggregate: y, above: 1 }]',
      /alerts.0.aggregate must be one of events/
    ],
    [
      'function: count }',
      'function: count }\n    alerts: [{ name: x, aggregate: events }]',
      /alerts.0 must have either above or below/
    ],
    ['windows:', 'topics: { metrics: a, alerts: a }\nwindows:', /^a.yaml:2: topics.alerts must be another topic/],
    ['windows:', 'commit: { records: many }\nwindows:', /^a.yaml:2: commit.records must be integer/],
    ['windows:', 'events: { idle: 30s, lag: 1 }\nwindows:', /events.lag is unknown/],
    ['kind: tumbling', 'kind: [tumbling', /^a.yaml:\d/]
  ]
  for (const [replaced, by, message] of cases) {
    const text = minimal.replace(replaced, by)
    t.throws(() => parseAnalytics(text, 'a.yaml'), { code: 'validation_failed', message }, by)
  }
  await t.rejects(loadAnalytics('/nowhere.yaml'), { message: /nowhere.yaml: the definition cannot be read/ })
})

t.test('the definition that comes with kops fits the catalog', async (t) => {
  const analytics = await loadAnalytics(file)
  const { topics } = await loadCatalog(new URL('catalog/streaming-analytics.yaml', root).pathname)
  const byName = new Map(topics.map((topic) => [topic.name, topic]))
  for (const topic of Object.values(analytics.topics)) t.ok(byName.has(topic), topic)
  const { events, changelog } = analytics.topics
  t.equal(byName.get(changelog)?.partitions, byName.get(events)?.partitions)
  t.equal(byName.get(changelog)?.configs?.['cleanup.policy'], 'compact')
  t.match(await readFile(file, 'utf8'), /analytics.schema.json/)
})

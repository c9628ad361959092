import t from 'tap'
import Value from 'typebox/value'
import { expressions, toPromql } from '#services/health/domain/history/expressions.ts'
import { readHistory } from '#services/health/domain/history/read-history.ts'
import {
  type HistoryMetric,
  type HistoryQuery,
  HistorySchema,
  mostHistoryPoints
} from '#shared/contracts/health-history.ts'
import type { PrometheusReader, RangeAnswer, RangeQuery } from '#shared/prometheus/ports.ts'
import { quote } from '#shared/prometheus/promql.ts'

const now = new Date('2026-01-31T12:00:00Z')

function plainPrometheus(answer: RangeAnswer = { series: [], warnings: [] }) {
  const asked: RangeQuery[] = []
  const prometheus: PrometheusReader = {
    async range(query) {
      asked.push(query)
      return answer
    },
    close: async () => {}
  }
  return { asked, options: { prometheus, labels: [], now, deadlineMs: 5000 } }
}

const queries: [query: HistoryQuery, step: number, own: [string, string][], promql: string][] = [
  [{ metric: 'score' }, 15, [], 'min(kops_cluster_health_score{})'],
  [{ metric: 'status' }, 15, [['cluster', 'c']], 'max by (status) (kafka_cluster_status{cluster="c"})'],
  [
    { metric: 'group_lag', group: 'g' },
    15,
    [['cluster', 'c']],
    'max by (group) (kafka_consumer_lag{cluster="c",group="g"})'
  ],
  [
    { metric: 'group_lag', group: '"} or up{a="' },
    15,
    [],
    'max by (group) (kafka_consumer_lag{group="\\"} or up{a=\\""})'
  ],
  [{ metric: 'group_lag', group: 'a\\' }, 15, [], 'max by (group) (kafka_consumer_lag{group="a\\\\"})'],
  [{ metric: 'broker_up' }, 15, [], 'max by (broker) (kafka_broker_up{})'],
  [{ metric: 'broker_up', broker: 'kafka-1' }, 15, [], 'max by (broker) (kafka_broker_up{broker="kafka-1"})'],
  [{ metric: 'probe_lost' }, 15, [], 'sum by (broker) (rate(kops_probe_records_lost_total{}[60s]))'],
  [{ metric: 'probe_lost' }, 300, [], 'sum by (broker) (rate(kops_probe_records_lost_total{}[300s]))']
]
for (const [query, step, own, promql] of queries) {
  t.test(`${JSON.stringify(query)} every ${step} s is queried as ${promql}`, async (t) => {
    t.equal(toPromql(query, step, own), promql)
  })
}

t.test('every history has an expression whose label values remain strings', async (t) => {
  const value = 'x"\n\\} or vector(1) #'
  for (const metric of Object.keys(expressions) as HistoryMetric[]) {
    const label = expressions[metric].takes?.label
    const promql = toPromql({ metric, ...(label === undefined ? {} : { [label]: value }) }, 15, [])
    if (label !== undefined) t.ok(promql.includes(`${label}="x\\"\\n\\\\} or vector(1) #"`), promql)
    t.notMatch(promql, /\n/)
  }
  t.equal(quote('é'), '"é"')
})

const refusals: [query: HistoryQuery, field: string, message: RegExp][] = [
  [{ metric: 'group_lag' }, 'group', /is required/],
  [{ metric: 'topic_size' }, 'topic', /is required/],
  [{ metric: 'score', group: 'g' }, 'group', /is not a parameter/],
  [{ metric: 'group_lag', group: 'g', broker: 'kafka-1' }, 'broker', /is not a parameter/],
  [{ metric: 'score', from: '2026-01-31T12:00:00Z', to: '2026-01-31T11:00:00Z' }, 'from', /before to/],
  [{ metric: 'score', from: '2026-01-31T13:00:00Z' }, 'from', /before to/],
  [{ metric: 'score', from: '2026-01-30T12:00:00Z', step: 15 }, 'step', /makes 5761 points; at most 1000: 87 s or more/]
]
for (const [query, field, message] of refusals) {
  t.test(`${JSON.stringify(query)} is refused by ${field}, whether there is a Prometheus or not`, async (t) => {
    const { asked, options } = plainPrometheus()
    const refusal = { code: 'validation_failed', errors: [{ field }], message }
    await t.rejects(readHistory(query, options), refusal)
    await t.rejects(readHistory(query, { ...options, prometheus: undefined }), refusal)
    t.same(asked, [])
  })
}

t.test('without Prometheus it says which setting is missing', async (t) => {
  const { options } = plainPrometheus()
  await t.rejects(readHistory({ metric: 'score' }, { ...options, prometheus: undefined }), {
    code: 'prometheus_not_configured',
    status: 409,
    message: /KOPS_PROMETHEUS_URL/
  })
})

t.test('values are at their times; missing measurements, and NaN, are null', async (t) => {
  const at = (time: string) => Date.parse(time) / 1000
  const { asked, options } = plainPrometheus({
    warnings: ['the store is slow'],
    series: [
      {
        labels: { broker: 'kafka-1' },
        points: [
          [at('2026-01-31T11:59:00Z'), 1],
          [at('2026-01-31T11:59:40Z'), Number.NaN],
          [at('2026-01-31T12:00:00Z'), 0]
        ]
      }
    ]
  })
  const history = await readHistory({ metric: 'broker_up', from: '2026-01-31T11:59:00Z', step: 20 }, options)
  t.ok(Value.Check(HistorySchema, history))
  t.match(history, {
    metric: 'broker_up',
    unit: 'boolean',
    from: '2026-01-31T11:59:00.000Z',
    to: '2026-01-31T12:00:00.000Z',
    stepSeconds: 20,
    times: [
      '2026-01-31T11:59:00.000Z',
      '2026-01-31T11:59:20.000Z',
      '2026-01-31T11:59:40.000Z',
      '2026-01-31T12:00:00.000Z'
    ],
    series: [{ labels: { broker: 'kafka-1' }, values: [1, null, null, 0] }],
    warnings: [{ code: 'prometheus_warning', message: 'the store is slow' }]
  })
  t.match(asked, [{ from: new Date('2026-01-31T11:59:00Z'), to: now, stepSeconds: 20 }])
})

t.test('by default it covers the last hour, and any range in few enough points', async (t) => {
  const { options } = plainPrometheus()
  t.match(await readHistory({ metric: 'score' }, options), {
    from: '2026-01-31T11:00:00.000Z',
    stepSeconds: 15,
    series: []
  })
  const year = await readHistory({ metric: 'score', from: '2025-01-31T12:00:00Z' }, options)
  t.ok(year.times.length <= mostHistoryPoints)
  const most = await readHistory({ metric: 'score', from: '2026-01-31T11:43:21Z', step: 1 }, options)
  t.equal(most.times.length, mostHistoryPoints)
})

t.test('excess series are cut, with a warning', async (t) => {
  const series = Array.from({ length: 120 }, (_, nth) => ({ labels: { broker: `kafka-${nth}` }, points: [] }))
  const { options } = plainPrometheus({ series, warnings: [] })
  const history = await readHistory({ metric: 'broker_up' }, options)
  t.equal(history.series.length, 100)
  t.match(history.warnings, [{ code: 'history_cut' }])
})

import t from 'tap'
import type { Workload } from '#shared/contracts/workload.ts'
import { readWorkloadText, wholeWorkloadText } from '#shared/load-report/workload-text.ts'
import {
  blankWorkload,
  durationText,
  type TypedWorkload,
  typedWorkload,
  withTyped,
  wrongFields
} from '../../../../web/pages/new-load-test-form.ts'

const full: Workload = {
  name: 'full',
  description: 'all that the form changes, and more',
  topic: { kind: 'temporary', partitions: 6, replicationFactor: 2, configs: { 'min.insync.replicas': '1' } },
  rate: { kind: 'constant', perSecond: 2500, arrivals: 'poisson' },
  durationSeconds: 90,
  records: 1000,
  payload: { kind: 'random', size: { kind: 'fixed', bytes: 300 }, compressibility: 0.5 },
  profile: 'low-latency',
  producer: { acks: 'leader', compression: 'lz4', lingerMs: 3 },
  producers: 4,
  verify: true,
  thresholds: ['p99 < 20ms', 'errors = 0']
}
const others: Workload[] = [
  blankWorkload,
  { ...blankWorkload, rate: { kind: 'search', objective: { maxP99Ms: 50 } } },
  {
    name: 'closed',
    topic: { kind: 'existing', name: 'orders', confirm: 'orders' },
    rate: { kind: 'closed' },
    records: 5
  },
  { name: 'steps', topic: full.topic, rate: { kind: 'steps', from: 1, to: 9, by: 2, everySeconds: 1.5 } }
]

t.test('fields that nobody touches leave a workload as it was', async (t) => {
  for (const workload of [full, ...others]) {
    t.same(withTyped(workload, typedWorkload(workload)), { workload }, workload.name)
  }
})

t.test('what is typed replaces what the workload has, and nothing else', async (t) => {
  const cases: [typed: Partial<TypedWorkload>, changed: object, gone?: string[]][] = [
    [{ perSecond: '10,000' }, { rate: { kind: 'constant', perSecond: 10_000, arrivals: 'poisson' } }],
    [{ perSecond: '10 000.5' }, { rate: { kind: 'constant', perSecond: 10_000.5, arrivals: 'poisson' } }],
    [{ rate: 'closed', perSecond: 'nonsense' }, { rate: { kind: 'closed' } }],
    [{ duration: '5m', records: '' }, { durationSeconds: 300 }, ['records']],
    [{ duration: '', records: '7' }, { records: 7 }, ['durationSeconds']],
    [{ duration: '45' }, { durationSeconds: 45 }],
    [{ duration: '1500ms' }, { durationSeconds: 1.5 }],
    [{ topic: 'existing', topicName: ' orders ' }, { topic: { kind: 'existing', name: 'orders' } }],
    [
      { topic: 'existing', topicName: 'orders', confirm: 'orders' },
      { topic: { kind: 'existing', name: 'orders', confirm: 'orders' } }
    ],
    [{ acks: '', compression: '' }, { producer: { lingerMs: 3 } }],
    [{ profile: '', verify: '', thresholds: '', producers: '' }, {}, ['profile', 'verify', 'thresholds', 'producers']],
    [{ thresholds: ' p95 < 1s \n\n' }, { thresholds: ['p95 < 1s'] }]
  ]
  for (const [typed, changed, gone = []] of cases) {
    const rest = Object.fromEntries(Object.entries({ ...full, ...changed }).filter(([name]) => !gone.includes(name)))
    t.same(withTyped(full, { ...typedWorkload(full), ...typed }), { workload: rest }, JSON.stringify(typed))
  }
})

t.test('every field that says nothing is named', async (t) => {
  const typed = { ...typedWorkload(full), perSecond: 'fast', duration: '5 weeks', partitions: '', producers: 'two' }
  t.same(withTyped(full, typed), {
    wrong: [
      { field: 'partitions', message: 'is missing' },
      { field: 'perSecond', message: 'is not a number' },
      { field: 'duration', message: 'is no length of time, such as 90s or 5m' },
      { field: 'producers', message: 'is not a number' }
    ]
  })
})

t.test('a refusal of the service stands at the field of the form, or names its own', async (t) => {
  const errors = [
    ['rate.perSecond', 'perSecond'],
    ['thresholds.1', 'thresholds'],
    ['topic.confirm', 'confirm'],
    ['payload.bytes', undefined]
  ] as const
  for (const [field, own] of errors) {
    const message = own === undefined ? `${field} must be >= 1` : 'must be >= 1'
    t.same(wrongFields([{ field, message: 'must be >= 1' }]), [{ field: own, message }], field)
  }
})

t.test('durations are written with the largest unit that is whole', async (t) => {
  const cases: [number, string][] = [
    [300, '5m'],
    [90, '90s'],
    [7200, '2h'],
    [1.5, '1500ms']
  ]
  for (const [seconds, text] of cases) t.equal(durationText(seconds), text)
})

t.test('a text says all of a workload, as YAML or JSON; what is neither is refused with its line', async (t) => {
  for (const workload of [full, ...others]) {
    t.same(readWorkloadText(wholeWorkloadText(workload)), { workload })
    t.same(readWorkloadText(JSON.stringify(workload, null, 2)), { workload })
  }
  t.match(readWorkloadText('name: a\nname: b'), { message: /unique.*line 2/i })
  t.match(readWorkloadText('name: [a'), { message: /line/ })
  t.match(readWorkloadText('- a'), { message: /no fields/ })
  t.match(readWorkloadText(''), { message: /no fields/ })
})

t.test('a text of any shape fills the form', async (t) => {
  const odd = [{}, { rate: 'fast' }, { topic: 3, thresholds: 'p99' }, { producer: null }] as Partial<Workload>[]
  for (const workload of odd) t.type(typedWorkload(workload).rate, 'string')
})

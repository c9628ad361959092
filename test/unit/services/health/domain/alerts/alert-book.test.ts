import t, { type Test } from 'tap'
import { type AlertBookOptions, createAlertBook } from '#services/health/domain/alerts/index.ts'
import type { HeldAlert } from '#shared/alertmanager/port.ts'
import type { AlertNotification, NotifiedAlert } from '#shared/contracts/alerts.ts'
import { createFakeClock } from '../../fake-clock.ts'

const minute = 60_000

function notified(alertname: string, overrides: Partial<NotifiedAlert> = {}): NotifiedAlert {
  const status = overrides.status ?? 'firing'
  return {
    status,
    labels: { alertname, severity: 'warning', cluster: 'c1' },
    annotations: { summary: `${alertname} fires`, runbook_url: 'docs/runbooks/x.md' },
    startsAt: '2026-01-31T00:00:00Z',
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-01-31T00:05:00Z',
    fingerprint: Buffer.from(alertname).toString('hex').slice(0, 64),
    ...overrides
  }
}

function notification(...alerts: NotifiedAlert[]): AlertNotification {
  return {
    version: '4',
    groupKey: '{}',
    status: 'firing',
    receiver: 'health-service',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://localhost:9095',
    alerts
  }
}

function held(alertname: string, overrides: Partial<HeldAlert> = {}): HeldAlert {
  const { labels, annotations, startsAt, fingerprint } = notified(alertname)
  return { labels, annotations, startsAt, fingerprint, silencedBy: [], inhibitedBy: [], ...overrides }
}

const longAgo = new Date('2026-01-30T00:00:00Z')

function open(_t: Test, options: Partial<AlertBookOptions> = {}) {
  const clock = createFakeClock()
  const book = createAlertBook({ clock, publicUrl: 'http://kops:8082/', ...options })
  const told = () => book.list().alerts.map(({ name, status }) => `${name} ${status}`)
  return { clock, book, told }
}

t.test('before anything was received the list is empty and says that it knows nothing', async (t) => {
  const { book } = open(t)
  t.match(book.list(), { alerts: [], asOf: null, warnings: [{ code: 'alerts_never_received' }] })
})

t.test('an alert fires until it is resolved', async (t) => {
  const { book, clock } = open(t)
  t.match(book.receive(notification(notified('A'))), { firing: 1, resolved: 0, dropped: 0 })
  t.match(book.list(), {
    alerts: [
      {
        name: 'A',
        status: 'firing',
        severity: 'warning',
        summary: 'A fires',
        endsAt: null,
        runbookUrl: 'http://kops:8082/runbooks/x'
      }
    ],
    asOf: '2026-01-31T00:00:00.000Z',
    warnings: []
  })
  clock.advance(minute)
  t.match(book.receive(notification(notified('A', { status: 'resolved' }))), { firing: 0, resolved: 1 })
  t.match(book.list(), {
    alerts: [{ name: 'A', status: 'resolved', endsAt: '2026-01-31T00:05:00Z' }],
    asOf: '2026-01-31T00:01:00.000Z'
  })
})

t.test('a repeated notification changes only the time of its receipt', async (t) => {
  const { book, clock, told } = open(t)
  book.receive(notification(notified('A'), notified('B')))
  clock.advance(minute)
  book.receive(notification(notified('A'), notified('B')))
  t.same(told(), ['A firing', 'B firing'])
  t.same(
    book.list().alerts.map(({ receivedAt }) => receivedAt),
    ['2026-01-31T00:01:00.000Z', '2026-01-31T00:01:00.000Z']
  )
})

t.test('a firing alert that is not repeated is dropped, a repeated one is kept', async (t) => {
  const { book, clock, told } = open(t)
  book.receive(notification(notified('Forgotten'), notified('Renewed')))
  for (let minutes = 1; minutes <= 6; minutes++) {
    clock.advance(minute)
    book.receive(notification(notified('Renewed')))
  }
  t.same(told(), ['Renewed firing'])
})

t.test('a resolved alert is listed for an hour', async (t) => {
  const { book, clock, told } = open(t)
  book.receive(notification(notified('A', { status: 'resolved' })))
  clock.advance(60 * minute)
  t.same(told(), ['A resolved'])
  clock.advance(1)
  t.same(told(), [])
})

t.test('the number of alerts is limited: resolved ones give way first', async (t) => {
  const { book, told } = open(t, { capacity: 3 })
  book.receive(notification(notified('Old', { status: 'resolved' }), notified('A'), notified('B')))
  t.match(book.receive(notification(notified('C'))), { dropped: 0 })
  t.same(told(), ['A firing', 'B firing', 'C firing'])
  t.match(book.receive(notification(notified('D'), notified('A'))), { dropped: 1 })
  t.same(told(), ['A firing', 'B firing', 'C firing'])
  t.match(book.list().warnings, [{ code: 'alerts_left_out' }])
  book.receive(notification(notified('A')))
  t.same(book.list().warnings, [], 'the warning is about the last notification')
})

t.test('alerts that Alertmanager itself left out are reported as missing', async (t) => {
  const { book } = open(t)
  t.match(book.receive({ ...notification(notified('A')), truncatedAlerts: 5 }), { dropped: 5 })
  t.match(book.list().warnings, [{ code: 'alerts_left_out', message: /^5 alerts/ }])
})

t.test('firing before resolved, by severity, newest first; either can be selected', async (t) => {
  const { book, told } = open(t)
  const critical = { alertname: 'Grave', severity: 'critical' }
  book.receive(
    notification(
      notified('Over', { status: 'resolved' }),
      notified('Mild'),
      notified('Unsaid', { labels: { alertname: 'Unsaid' }, annotations: {} }),
      notified('New', { startsAt: '2026-01-31T01:00:00Z' }),
      notified('Grave', { labels: critical })
    )
  )
  t.same(told(), ['Grave firing', 'New firing', 'Mild firing', 'Unsaid firing', 'Over resolved'])
  const names = (query: Parameters<typeof book.list>[0]) => book.list(query).alerts.map(({ name }) => name)
  t.same(names({ status: 'resolved' }), ['Over'])
  t.same(names({ severity: 'critical' }), ['Grave'])
  t.match(book.list().alerts[3], { severity: null, summary: null, runbookUrl: null })
})

t.test('watchers learn of alerts that start, end, and expire', async (t) => {
  const { book, clock } = open(t)
  const seen: string[][] = []
  const stop = book.subscribe(() => seen.push(book.current().map(({ alert }) => alert)))
  book.receive(notification(notified('A'), notified('B')))
  book.receive(notification(notified('B', { status: 'resolved' })))
  clock.advance(5 * minute + 1)
  book.forget()
  book.forget()
  t.same(seen, [['A', 'B'], ['A'], []])
  stop()
  book.receive(notification(notified('C')))
  t.equal(seen.length, 3)
})

t.test('the subject of an alert is the most specific thing that its labels name', async (t) => {
  const cases: [labels: Record<string, string>, serviceId: string, instanceId: string][] = [
    [{ cluster: 'c1' }, 'kafka-cluster', 'c1'],
    [{}, 'kafka-cluster', 'unknown'],
    [{ cluster: 'c1', broker: 'kafka-1', dir: '/d' }, 'kafka', 'kafka-1'],
    [{ node: 'zookeeper-2' }, 'zookeeper', 'zookeeper-2'],
    [{ node: 'kafka-3' }, 'kafka', 'kafka-3'],
    [{ group: 'g', topic: 't' }, 'consumer-group', 'g'],
    [{ topic: 't' }, 'kafka-topic', 't']
  ]
  for (const [labels, serviceId, instanceId] of cases) {
    const { book } = open(t)
    book.receive(notification(notified('A', { labels })))
    t.match(book.current(), [{ serviceId, instanceId, source: 'alertmanager' }], JSON.stringify(labels))
  }
})

t.test('a reading is authoritative: missing alerts are resolved, held back ones are marked', async (t) => {
  const { book, clock, told } = open(t)
  book.reconcile({ alerts: [held('A'), held('B')], startedAt: longAgo })
  t.match(book.list(), { asOf: '2026-01-31T00:00:00.000Z', warnings: [] })
  clock.advance(minute)
  const suppressed = { A: held('A', { silencedBy: ['s1'] }), C: held('C', { inhibitedBy: ['41'] }) }
  book.reconcile({ alerts: [suppressed.A, suppressed.C, held('D')], startedAt: longAgo })
  t.same(told(), ['D firing', 'A firing', 'C firing', 'B resolved'])
  t.match(book.list({ suppressed: true }).alerts, [{ silencedBy: ['s1'] }, { inhibitedBy: ['41'] }])
  t.match(book.list({ status: 'resolved' }).alerts, [{ name: 'B', endsAt: '2026-01-31T00:01:00.000Z' }])
  t.equal(book.list({ suppressed: false, status: 'firing' }).alerts.length, 1)
})

t.test(
  'an Alertmanager that has just started does not end alerts: Prometheus sends them again within a minute',
  async (t) => {
    const { book, clock, told } = open(t)
    book.reconcile({ alerts: [held('A')], startedAt: longAgo })
    clock.advance(minute)
    const startedAt = clock.now()
    book.reconcile({ alerts: [], startedAt })
    t.same(told(), ['A firing'])
    clock.advance(75_000)
    book.reconcile({ alerts: [], startedAt })
    t.same(told(), ['A firing'], 'to the second')
    clock.advance(1)
    book.reconcile({ alerts: [], startedAt })
    t.same(told(), ['A resolved'])
  }
)

t.test('events report what Alertmanager notifies about, until it ends', async (t) => {
  const cases: [name: string, readings: HeldAlert[][], current: string[][]][] = [
    ['1 held back from the start', [[held('A', { silencedBy: ['s'] })], []], [[], []]],
    ['2 held back later', [[held('A')], [held('A', { silencedBy: ['s'] })], []], [['A'], ['A'], []]],
    ['3 free when the window ends', [[held('A', { silencedBy: ['s'] })], [held('A')]], [[], ['A']]],
    [
      '4 ends, and fires again within a window',
      [[held('A')], [], [held('A', { startsAt: '2026-01-31T02:00:00Z', silencedBy: ['s'] })]],
      [['A'], [], []]
    ]
  ]
  for (const [name, readings, expected] of cases) {
    const { book } = open(t)
    const seen = readings.map((alerts) => {
      book.reconcile({ alerts, startedAt: longAgo })
      return book.current().map(({ alert }) => alert)
    })
    t.same(seen, expected, name)
  }
})

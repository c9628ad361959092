import t from 'tap'
import Value from 'typebox/value'
import { createAlertFeed } from '#services/health/domain/events/alert-feed.ts'
import type { CurrentAlert } from '#services/health/domain/events/alerts.ts'
import type { RunningDrill } from '#shared/contracts/drill-scorecard.ts'
import { type AlertMessage, AlertMessageSchema } from '#shared/contracts/health-events.ts'
import { healthy, plainMonitor, withoutThird } from './healths.ts'

const now = () => new Date('2026-01-31T13:00:00Z')

t.test('a reason fires when it first appears, and is resolved once when it no longer holds', async (t) => {
  const { monitor, publish } = plainMonitor()
  const feed = createAlertFeed(monitor, { now })
  const heard: AlertMessage[] = []
  feed.subscribe((message) => heard.push(message))
  const last = () => heard.splice(0)

  publish(healthy(0))
  t.same(last(), [])
  publish(withoutThird(5))
  const begun = last()
  t.match(begun, [
    {
      alert: 'broker_unreachable',
      state: 'FIRING',
      severity: 'warning',
      startedAt: '2026-01-31T12:00:05.000Z',
      endedAt: null
    },
    { alert: 'partitions_under_replicated', state: 'FIRING' }
  ])
  for (const message of begun) t.ok(Value.Check(AlertMessageSchema, message))
  publish(withoutThird(10))
  t.same(last(), [], 'heartbeats report that it lasts')
  t.match(feed.firing(), [{ startedAt: '2026-01-31T12:00:05.000Z', timestamp: '2026-01-31T12:00:10.000Z' }, {}])
  publish(healthy(15))
  t.match(last(), [
    { alert: 'broker_unreachable', state: 'RESOLVED', endedAt: '2026-01-31T12:00:15.000Z' },
    { alert: 'partitions_under_replicated', state: 'RESOLVED' }
  ])
  t.same(feed.firing(), [])
  publish(withoutThird(20))
  t.match(last(), [{ startedAt: '2026-01-31T12:00:20.000Z' }, {}], 'the next time it is another alert')
  feed.close()
  publish(healthy(25))
  t.same(last(), [])
})

t.test('external alerts are reported besides its own', async (t) => {
  const { monitor, publish } = plainMonitor()
  let current: CurrentAlert[] = []
  let changed = () => {}
  const source = {
    current: () => current,
    subscribe(listener: () => void) {
      changed = listener
      return () => {}
    }
  }
  const feed = createAlertFeed(monitor, { now }, { sources: [source] })
  const heard: AlertMessage[] = []
  feed.subscribe((message) => heard.push(message))
  current = [
    {
      id: 'f1',
      alert: 'KafkaOfflinePartitions',
      severity: 'critical',
      summary: '3 partitions have no leader',
      source: 'alertmanager',
      labels: { cluster: 'c' },
      startedAt: '2026-01-31T12:59:00Z',
      serviceId: 'kafka-cluster',
      instanceId: 'c'
    }
  ]
  changed()
  publish(healthy())
  changed()
  t.match(heard, [{ alert: 'KafkaOfflinePartitions', state: 'FIRING', source: 'alertmanager' }])
  t.equal(feed.firing().length, 1)
  current = []
  changed()
  t.match(heard[1], { state: 'RESOLVED', endedAt: now().toISOString() })
})

t.test('while a drill is under way, alerts of the status have its name', async (t) => {
  const { monitor, publish } = plainMonitor()
  let drill: RunningDrill | null = null
  const feed = createAlertFeed(monitor, { now }, { runningDrill: () => drill })
  const heard: AlertMessage[] = []
  feed.subscribe((message) => heard.push(message))
  drill = { id: 'd1', kind: 'broker-stop', node: 'kafka-3', status: 'running', createdAt: '2026-01-31T12:00:00.000Z' }
  publish(withoutThird(5))
  t.match(heard, [
    { labels: { drill: 'd1', drillKind: 'broker-stop', drillNode: 'kafka-3' } },
    { labels: { drill: 'd1' } }
  ])
  for (const message of heard) t.ok(Value.Check(AlertMessageSchema, message))
  drill = null
  publish(healthy(10))
  publish(withoutThird(15))
  t.same(heard.at(-1)?.labels, {})
})

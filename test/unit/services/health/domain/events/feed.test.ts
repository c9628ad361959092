import t from 'tap'
import Value from 'typebox/value'
import { createAlertFeed } from '#services/health/domain/events/alert-feed.ts'
import { changesBetween, stateOf } from '#services/health/domain/events/changes.ts'
import { createHealthFeed } from '#services/health/domain/events/feed.ts'
import { watchHealth } from '#services/health/domain/events/watch.ts'
import { type HealthStreamEvent, HealthStreamEventSchema } from '#shared/contracts/health-stream.ts'
import { healthy, plainMonitor, withoutThird } from './healths.ts'

function setUp() {
  const { monitor, publish } = plainMonitor()
  const alerts = createAlertFeed(monitor, { now: () => new Date(0) })
  const feed = createHealthFeed(monitor, alerts, 'run')
  const watch = (lastEventId?: string, takes = () => true) => {
    const got: { event: HealthStreamEvent; id: string }[] = []
    let behind = 0
    const stop = watchHealth(feed, {
      lastEventId,
      send(event, id) {
        if (!takes()) return false
        got.push({ event, id })
        return true
      },
      onBehind: () => {
        behind += 1
      }
    })
    return { got, stop, behind: () => behind }
  }
  return { publish, watch }
}

t.test('a watcher gets the state and then every change, each as the contract says', async (t) => {
  const { publish, watch } = setUp()
  publish(healthy())
  const { got, stop } = watch()
  publish(healthy(5))
  t.equal(got.length, 1, 'nothing changed')
  publish(withoutThird(10))
  t.match(
    got.map(({ event }) => event.event),
    ['state', 'alert', 'alert', 'status', 'score', 'broker']
  )
  t.match(got[0]?.event, { data: { status: 'HEALTHY', brokers: [{ name: 'kafka-1', status: 'HEALTHY' }, {}, {}] } })
  t.match(got[3]?.event, { data: { status: 'DEGRADED', previous: 'HEALTHY' } })
  t.match(got[5]?.event, { data: { name: 'kafka-3', status: 'DOWN', previous: 'HEALTHY' } })
  for (const { event } of got) t.ok(Value.Check(HealthStreamEventSchema, event), event.event)
  t.equal(new Set(got.map(({ id }) => id)).size, got.length)
  stop()
  publish(healthy(15))
  t.equal(got.length, 6)
})

t.test('a client that reconnects gets what it missed; with an unknown id, the state', async (t) => {
  const { publish, watch } = setUp()
  publish(healthy())
  const first = watch()
  publish(withoutThird(5))
  first.stop()
  t.equal(watch(first.got[0]?.id).got.length, first.got.length - 1, 'all since the first state')
  const last = first.got.at(-1)?.id
  publish(healthy(10))
  const missed = watch(last).got
  t.match(
    missed.map(({ event }) => event.event),
    ['alert', 'alert', 'status', 'score', 'broker']
  )
  t.match(missed[2]?.event, { data: { status: 'HEALTHY', previous: 'DEGRADED' } })
  t.same(watch(missed.at(-1)?.id).got, [], 'nothing was missed')
  for (const id of ['run-999', 'run--1', 'run-', 'run-1.5', 'another-1', 'nonsense', '']) {
    t.match(watch(id).got, [{ event: { event: 'state' } }], id)
  }
})

t.test('changes are remembered within bounds', async (t) => {
  const { publish, watch } = setUp()
  publish(healthy())
  const id = watch().got[0]?.id
  for (let second = 0; second < 600; second += 1) publish(second % 2 === 0 ? withoutThird() : healthy())
  t.match(watch(id).got, [{ event: { event: 'state' } }])
})

t.test('a watcher that accepts no more events is asked once to reconnect', async (t) => {
  const { publish, watch } = setUp()
  publish(healthy())
  let room = 1
  const { got, behind } = watch(undefined, () => room-- > 0)
  publish(withoutThird(5))
  publish(healthy(10))
  t.equal(got.length, 1)
  t.equal(behind(), 1)
})

t.test('groups are reported by their verdict: new, different, gone', async (t) => {
  const base = stateOf(healthy(), [])
  const before = {
    ...base,
    groups: [
      { group: 'same', verdict: 'OK' as const },
      { group: 'worse', verdict: 'OK' as const },
      { group: 'gone', verdict: null }
    ]
  }
  const after = {
    ...base,
    groups: [
      { group: 'same', verdict: 'OK' as const },
      { group: 'worse', verdict: 'STALL' as const },
      { group: 'new', verdict: null }
    ]
  }
  t.match(
    changesBetween(before, after).map(({ data }) => data),
    [
      { group: 'worse', verdict: 'STALL', previous: 'OK', gone: false },
      { group: 'new', verdict: null, previous: null, gone: false },
      { group: 'gone', verdict: null, previous: null, gone: true }
    ]
  )
})

t.test('a node that leaves or joins is a change', async (t) => {
  const before = stateOf(healthy(), [])
  const after = {
    ...before,
    ensemble: before.ensemble.slice(1),
    brokers: [...before.brokers, { name: 'kafka-4', status: 'HEALTHY' as const }]
  }
  t.match(changesBetween(before, after), [
    { event: 'broker', data: { name: 'kafka-4', status: 'HEALTHY', previous: null } },
    { event: 'ensemble', data: { name: 'zookeeper-1', status: null, previous: 'HEALTHY' } }
  ])
})

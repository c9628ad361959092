import t from 'tap'
import type { HealthState, HealthStreamEvent } from '#shared/contracts/health-stream.ts'
import { afterEvent, isSilent, type LiveHealth, noHealth, silentMs } from '../../../../web/live/health-state.ts'

const asOf = '2026-01-31T12:00:00.000Z'
const later = '2026-01-31T12:00:05.000Z'
const state: HealthState = {
  asOf,
  status: 'HEALTHY',
  reasons: [],
  score: { score: 100, reasons: [] },
  brokers: [{ name: 'kafka-1', status: 'HEALTHY' }],
  ensemble: [],
  groups: [{ group: 'g', verdict: 'OK' }],
  alerts: []
}
const alert = {
  ...{ timestamp: asOf, serviceId: 'kafka', instanceId: 'kafka-1', alert: 'broker_unreachable', severity: 'critical' },
  ...{ summary: 'x', startedAt: asOf, endedAt: null, source: 'health' as const, labels: {} }
}
const after = (...events: HealthStreamEvent[]): LiveHealth =>
  events.reduce((live, event, index) => afterEvent(live, event, index), noHealth)
const begin: HealthStreamEvent = { event: 'state', data: state }

t.test('changes apply to the state, and a new state replaces everything', async (t) => {
  const cases: [what: string, event: HealthStreamEvent, changed: Partial<HealthState>][] = [
    ['a ping says how new the reading is', { event: 'ping', data: { asOf: later } }, { asOf: later }],
    [
      'status',
      { event: 'status', data: { asOf: later, status: 'DOWN', reasons: [], previous: 'HEALTHY' } },
      { asOf: later, status: 'DOWN' }
    ],
    [
      'a broker changes',
      { event: 'broker', data: { asOf: later, name: 'kafka-1', status: 'DOWN', previous: 'HEALTHY' } },
      { asOf: later, brokers: [{ name: 'kafka-1', status: 'DOWN' }] }
    ],
    [
      'a broker leaves',
      { event: 'broker', data: { asOf: later, name: 'kafka-1', status: null, previous: 'DOWN' } },
      { asOf: later, brokers: [] }
    ],
    [
      'a node is new',
      { event: 'ensemble', data: { asOf: later, name: 'zookeeper-1', status: 'HEALTHY', previous: null } },
      { asOf: later, ensemble: [{ name: 'zookeeper-1', status: 'HEALTHY' }] }
    ],
    [
      'a group is gone',
      { event: 'group', data: { asOf: later, group: 'g', verdict: null, previous: 'OK', gone: true } },
      { asOf: later, groups: [] }
    ],
    [
      'an alert fires',
      { event: 'alert', data: { ...alert, state: 'FIRING' } },
      { alerts: [{ ...alert, state: 'FIRING' }] }
    ]
  ]
  for (const [what, event, changed] of cases) t.same(after(begin, event).state, { ...state, ...changed }, what)
  t.same(
    after(
      begin,
      { event: 'alert', data: { ...alert, state: 'FIRING' } },
      { event: 'alert', data: { ...alert, state: 'RESOLVED' } }
    ).state?.alerts,
    []
  )
  t.same(
    after(begin, { event: 'broker', data: { asOf, name: 'x', status: 'DOWN', previous: null } }, begin).state,
    state
  )
})

t.test('a change before the state is not a state', async (t) => {
  t.equal(after({ event: 'ping', data: { asOf } }).state, undefined)
})

t.test('a stream is silent after more than two pings are missing', async (t) => {
  const live = after(begin)
  t.equal(isSilent(live, silentMs), false)
  t.equal(isSilent(live, silentMs + 1), true)
  t.equal(isSilent(noHealth, silentMs * 9), false)
  t.equal(isSilent({ ...live, lostAt: 5 }, silentMs * 9), false, 'one that is lost is known to be')
})

import t, { type Test } from 'tap'
import { createAlertBook, createAlertWatch } from '#services/health/domain/alerts/index.ts'
import type { Alertmanager, HeldAlerts, Silence } from '#shared/alertmanager/port.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createFakeClock } from '../../fake-clock.ts'

const silence: Silence = {
  id: 's1',
  state: 'active',
  matchers: [{ label: 'alertname', operator: '=~', value: '.+' }],
  startsAt: '2026-01-31T00:00:00Z',
  endsAt: '2026-01-31T00:30:00Z',
  createdBy: 'alice',
  comment: 'new heap size'
}

function held(alertname: string): HeldAlerts {
  const alert = { fingerprint: 'a1', labels: { alertname }, annotations: {}, startsAt: '2026-01-31T00:00:00Z' }
  return { alerts: [{ ...alert, silencedBy: [], inhibitedBy: [] }], startedAt: new Date(0) }
}

function open(t: Test, answers: { alerts: Alertmanager['alerts']; silences?: Alertmanager['silences'] }) {
  const clock = createFakeClock()
  const book = createAlertBook({ clock, publicUrl: 'http://kops:8082' })
  const changes: unknown[] = []
  const watch = createAlertWatch({
    alertmanager: { silences: async () => [silence], ...answers },
    book,
    clock,
    labels: [],
    onChange: (error) => changes.push(error)
  })
  t.teardown(() => watch.close())
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return { clock, book, watch, changes, turn, names: () => book.list().alerts.map(({ name }) => name) }
}

t.test('firing alerts are known after the first reading, and a notification triggers another at once', async (t) => {
  let name = 'A'
  const { watch, turn, names } = open(t, { alerts: async () => held(name) })
  watch.start()
  await watch.ready()
  t.same(names(), ['A'])
  t.match(watch.maintenance(), { windows: [{ id: 's1', by: 'alice', what: 'every alert' }], warning: undefined })
  name = 'B'
  await turn()
  t.same(names(), ['A'], 'not before it is time')
  watch.prompt()
  await turn()
  t.same(names(), ['B'])
})

t.test('a change during a reading is read after it', async (t) => {
  const gates = [Promise.withResolvers<HeldAlerts>(), Promise.withResolvers<HeldAlerts>()]
  let calls = 0
  const { watch, turn, names } = open(t, { alerts: async () => gates[calls++]?.promise ?? held('C') })
  watch.start()
  watch.prompt()
  gates[0]?.resolve(held('A'))
  await watch.ready()
  gates[1]?.resolve(held('B'))
  await turn()
  t.same(names(), ['B'])
  t.equal(calls, 2)
})

t.test('a failed reading keeps the alerts, is reported, and is logged once', async (t) => {
  const error = new KopsError('alertmanager_unreachable', 'http://am: no answer within 1500 ms')
  let broken = false
  const { watch, clock, turn, names, changes } = open(t, {
    alerts: async () => {
      if (broken) throw error
      return held('A')
    }
  })
  watch.start()
  await watch.ready()
  broken = true
  for (let round = 0; round < 3; round++) {
    clock.advance(2000)
    await turn()
  }
  t.same(names(), ['A'])
  t.match(watch.maintenance(), { windows: [{ id: 's1' }] }, 'for a while the windows are known')
  clock.advance(25_000)
  await turn()
  t.match(watch.maintenance(), {
    windows: null,
    warning: { code: 'alertmanager_unreachable', message: /no answer within 1500 ms.*2026-01-31T00:00:00.000Z/ }
  })
  t.same(changes, [error])
  broken = false
  clock.advance(2000)
  await turn()
  t.match(watch.maintenance(), { windows: [{ id: 's1' }], warning: undefined })
  t.same(changes, [error, undefined])
})

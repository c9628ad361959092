import t from 'tap'
import Value from 'typebox/value'
import { createSchedules, type KeptSchedule } from '#services/load-test/domain/gamedays/schedules.ts'
import type { Clock } from '#shared/clock.ts'
import { type DrillSchedule, DrillScheduleStateSchema } from '#shared/contracts/drill-schedules.ts'
import { KopsError } from '#shared/errors/catalog.ts'

const hourly: DrillSchedule = {
  ...{ name: 'hourly', cron: '0 * * * *', timeZone: 'UTC' },
  quietHours: [{ from: '14:00', to: '16:00' }],
  drill: { kind: 'broker-stop', node: 'kafka-1' }
}

/** Time moves only when the test says so, and whoever sleeps then goes on. */
function steppedClock(start: string) {
  let now = Date.parse(start)
  let wake: (() => void) | undefined
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  const clock: Clock = {
    now: () => new Date(now),
    monotonicMs: () => now,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        wake = resolve
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
    turn: settle
  }
  return {
    clock,
    async to(at: string) {
      now = Date.parse(at)
      wake?.()
      await settle()
    }
  }
}

function build(schedules: DrillSchedule[], options: { refuse?: boolean; kept?: KeptSchedule[] } = {}) {
  const { clock, to } = steppedClock('2026-01-31T11:59:00Z')
  const started: string[] = []
  const saved: KeptSchedule[] = []
  const world = { refuse: options.refuse ?? false }
  const all = createSchedules({
    schedules,
    clock,
    async start({ name }, dueAt) {
      if (world.refuse) throw new KopsError('cluster_unhealthy', 'Not reachable: kafka-2')
      started.push(`${name} ${dueAt.toISOString().slice(11, 16)}`)
      return { drill: `d${started.length}`, gameDay: null }
    },
    verdictOf: ({ drill }) => (drill === 'd1' ? 'pass' : null),
    store: { load: async () => options.kept ?? [], save: async (kept) => void saved.push(kept) },
    onProblem: (error) => t.fail(String(error))
  })
  t.teardown(() => all.close())
  return { all, to, started, saved, world }
}

t.test('what is due is started once, and never in quiet hours', async (t) => {
  const { all, to, started, saved } = build([hourly])
  await all.open()
  t.match(all.answer().schedules, [
    { next: ['2026-01-31T12:00:00.000Z', '2026-01-31T13:00:00.000Z', '2026-01-31T16:00:00.000Z'], last: null }
  ])
  await to('2026-01-31T11:59:59Z')
  t.same(started, [])
  for (const time of ['12:00:00', '12:00:30', '13:00:10', '14:00:00', '15:00:00', '16:00:00']) {
    await to(`2026-01-31T${time}Z`)
  }
  t.same(started, ['hourly 12:00', 'hourly 13:00', 'hourly 16:00'])
  t.match(saved[0], { id: 'hourly', last: { dueAt: '2026-01-31T12:00:00.000Z', outcome: 'started', drill: 'd1' } })
  t.match(all.answer().schedules, [{ what: 'drill broker-stop kafka-1', last: { drill: 'd3' }, verdict: null }])
  for (const state of all.answer().schedules) t.equal(Value.Check(DrillScheduleStateSchema, state), true)
})

t.test('what was missed is not made up', async (t) => {
  const { all, to, started } = build([hourly])
  await all.open()
  await to('2026-01-31T13:30:00Z')
  t.same(started, [])
  t.match(all.answer().schedules, [
    { last: { dueAt: '2026-01-31T12:00:00.000Z', outcome: 'missed', drill: null, detail: /5400 s later/ } }
  ])
  await to('2026-01-31T16:00:00Z')
  t.same(started, ['hourly 16:00'])
})

t.test('a refusal is kept with its reason, and the next time is tried', async (t) => {
  const { all, to, started, world } = build([hourly], { refuse: true })
  await all.open()
  await to('2026-01-31T12:00:00Z')
  t.match(all.answer().schedules, [
    { last: { outcome: 'refused', detail: 'Not reachable: kafka-2', drill: null }, verdict: null }
  ])
  world.refuse = false
  await to('2026-01-31T13:00:00Z')
  t.same(started, ['hourly 13:00'])
  t.match(all.answer().schedules, [{ last: { outcome: 'started', detail: null }, verdict: 'pass' }])
})

t.test('the last outcome survives the service; without schedules nothing runs', async (t) => {
  const last = {
    dueAt: '2026-01-31T11:00:00.000Z',
    outcome: 'started',
    detail: null,
    drill: 'd1',
    gameDay: null
  } as const
  const { all } = build([hourly], { kept: [{ id: 'hourly', last }] })
  await all.open()
  t.match(all.answer().schedules, [{ last, verdict: 'pass' }])
  const none = build([], { kept: [{ id: 'gone', last }] })
  await none.all.open()
  t.same(none.all.answer().schedules, [])
})

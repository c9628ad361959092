import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { createDrillWatch } from '#services/health/domain/drill-watch.ts'
import { createAlertFeed } from '#services/health/domain/events/alert-feed.ts'
import type { RunningDrill, Scorecard } from '#shared/contracts/drill-scorecard.ts'
import { type AlertMessage, AlertMessageSchema } from '#shared/contracts/health-events.ts'
import { poll } from '#shared/poll.ts'
import { plainMonitor } from './events/healths.ts'

const drill: RunningDrill = {
  id: 'd1',
  kind: 'broker-stop',
  node: 'kafka-2',
  status: 'running',
  createdAt: '2026-01-31T12:00:00.000Z'
}
const scorecard: Scorecard = { cells: [], configurations: [], repeated: [], asOf: drill.createdAt, warnings: [] }

/** A watch over a source whose answers a test changes, that reads once at the start and once for each `tick`. */
async function build(t: Test, running: RunningDrill | null = null) {
  const state: { running: RunningDrill | null | Error; asked: number } = { running, asked: 0 }
  const problems: unknown[] = []
  let elapsed = 0
  let wake: (() => void) | undefined
  const sleeping = () => poll(() => wake !== undefined, Boolean, { timeoutMs: 5000, pauseMs: 1 })
  const watch = createDrillWatch({
    source: {
      async running() {
        if (state.running instanceof Error) throw state.running
        return state.running
      },
      async scorecard() {
        state.asked += 1
        return scorecard
      }
    },
    clock: {
      monotonicMs: () => elapsed,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          wake = () => {
            wake = undefined
            elapsed += ms
            resolve()
          }
          signal?.addEventListener('abort', () => resolve())
        })
    },
    onChange: (error) => problems.push(error)
  })
  t.teardown(() => watch.close())
  const feed = createAlertFeed(plainMonitor().monitor, { now: () => new Date() }, { sources: [watch] })
  const heard: AlertMessage[] = []
  feed.subscribe((message) => heard.push(message))
  watch.start()
  await sleeping()
  async function tick(next: RunningDrill | null | Error, times = 1) {
    state.running = next
    for (let nth = 0; nth < times; nth += 1) {
      wake?.()
      await sleeping()
    }
  }
  return { watch, state, problems, heard, tick }
}

t.test('a drill is an alert from its begin to its end, and each of its phases is reported', async (t) => {
  const { watch, heard, tick } = await build(t)
  t.equal(watch.running(), null)
  await tick(drill, 3)
  t.same(watch.running(), drill)
  await tick({ ...drill, status: 'healing' })
  await tick(null)
  t.match(heard, [
    {
      alert: 'drill_running',
      state: 'FIRING',
      severity: 'info',
      summary: 'This is a drill: broker-stop of kafka-2, running',
      source: 'drill',
      labels: { drill: 'd1', kind: 'broker-stop', node: 'kafka-2', phase: 'running' },
      serviceId: 'kafka',
      instanceId: 'kafka-2',
      startedAt: drill.createdAt
    },
    { state: 'FIRING', labels: { phase: 'healing' } },
    { state: 'RESOLVED' }
  ])
  t.equal(heard.length, 3)
  for (const message of heard) t.ok(Value.Check(AlertMessageSchema, message))
})

t.test('the scorecard is read once a minute, not during a drill, and right after one', async (t) => {
  const { watch, state, tick } = await build(t, drill)
  await tick(drill, 40)
  t.equal(state.asked, 0)
  t.equal(watch.scorecard(), null)
  await tick(null)
  t.same(watch.scorecard(), scorecard)
  await tick(null, 28)
  t.equal(state.asked, 1)
  await tick(null, 2)
  t.equal(state.asked, 2)
})

t.test('a service that does not answer for a moment ends no drill; one that stays away is reported once', async (t) => {
  const { watch, problems, tick } = await build(t, drill)
  const away = new Error('away')
  await tick(away, 7)
  t.same(watch.running(), drill)
  t.same(problems, [away])
  await tick(away, 2)
  t.equal(watch.running(), null)
  t.same(problems, [away])
  await tick(drill)
  t.same(watch.running(), drill)
  t.same(problems, [away, undefined])
})

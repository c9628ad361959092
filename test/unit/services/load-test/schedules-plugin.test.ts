import fastify from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import type { StartedJob } from '#services/load-test/job-ends.ts'
import { schedulesPlugin } from '#services/load-test/schedules-plugin.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import type { DrillSchedule } from '#shared/contracts/drill-schedules.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../manual-clock.ts'

const timed = { name: 'nightly', cron: '* * * * *', timeZone: 'UTC' }
const ofDrill: DrillSchedule = { ...timed, drill: { kind: 'broker-stop', node: 'kafka-1' } }
const ofGameDay: DrillSchedule = { ...timed, gameday: { name: 'first', steps: [{ wait: '3s' }] } }

interface World {
  refusal?: KopsError
  /** Kafka takes no events. */
  unaudited?: boolean
}

/** Lets one schedule come due once, and resolves to what it did. */
async function due(t: Test, schedule: DrillSchedule, { refusal, unaudited }: World = {}) {
  const events: AuditEvent[] = []
  const watched: StartedJob[] = []
  const started: unknown[] = []
  const clock = manualClock()
  let done = false
  const { promise: noted, resolve } = Promise.withResolvers<object>()
  const app = fastify()
  t.teardown(() => app.close())
  await app.register(
    fp(
      async (each) => {
        const start = async (request: unknown) => {
          if (refusal) throw refusal
          started.push(request)
          return { id: 'j1' }
        }
        const jobs = { start, assertNone() {}, get: () => ({ verdict: { result: 'pass' } }) }
        each.decorate('drills', jobs as never)
        each.decorate('gameDays', jobs as never)
        each.decorate('loadTests', { assertWritable() {} } as never)
        each.decorate('capacity', { assertNone() {} } as never)
        each.decorate('jobEnds', { watch: async (job: StartedJob) => void watched.push(job) } as never)
      },
      { name: 'jobs' }
    )
  )
  await app.register(schedulesPlugin, {
    schedules: [schedule],
    store: {
      load: async () => [],
      async save({ last }) {
        done = true
        resolve(last)
      }
    },
    trail: {
      async record(event) {
        if (unaudited) throw new KopsError('audit_unavailable', 'no')
        events.push(event)
      }
    },
    clock: {
      ...clock,
      // Time stands still once it was due.
      sleep: (ms, signal) =>
        done ? new Promise((_, reject) => signal?.addEventListener('abort', reject)) : clock.sleep(ms)
    },
    onProblem: (error) => t.fail(String(error))
  })
  const last = await noted
  const [state] = app.drillSchedules.answer().schedules
  return { events, watched, started, last, state }
}

t.test('what a schedule starts is in the audit trail under its name, and never forced', async (t) => {
  for (const [schedule, action, target, kind] of [
    [ofDrill, 'drill.start', 'kafka-1', 'drill'],
    [ofGameDay, 'gameday.start', 'first', 'gameday']
  ] as const) {
    const { events, watched, started, last, state } = await due(t, schedule)
    const actor = { name: 'schedule nightly', how: 'schedule' }
    t.match(events.slice(0, 2), [
      { action, target, actor, outcome: 'requested', requestId: 'schedule-nightly-20260131T1201' },
      { action, target, actor, outcome: 'applied', after: { id: 'j1' } }
    ])
    t.match(watched, [{ id: 'j1', kind, actor, target }], 'so is its end')
    t.same(started[0], schedule.drill ?? schedule.gameday, 'as the file says')
    t.match(last, { outcome: 'started', [kind === 'drill' ? 'drill' : 'gameDay']: 'j1' })
    t.match(state, { verdict: 'pass' })
  }
})

t.test('a refusal is in the audit trail, with its reason', async (t) => {
  const { events, watched, last } = await due(t, ofDrill, {
    refusal: new KopsError('cluster_unhealthy', 'kafka-2 is down')
  })
  t.match(events, [{ outcome: 'requested' }, { outcome: 'refused', error: { code: 'cluster_unhealthy' } }])
  t.same(watched, [])
  t.match(last, { outcome: 'refused', detail: 'kafka-2 is down' })
})

t.test('nothing is started that the audit trail cannot take', async (t) => {
  const { started, last } = await due(t, ofDrill, { unaudited: true })
  t.same(started, [])
  t.match(last, { outcome: 'refused' })
})

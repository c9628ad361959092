import t from 'tap'
import { type FaultNote, reportingFaults } from '#services/load-test/domain/drills/fault-trail.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'
import { drill } from '../../../../cli/drills/drill.ts'

t.test('each begin and end of a fault is reported once, whatever else a drill does, until it has ended', async (t) => {
  const running = drill({ finishedAt: null, verdict: null, status: 'running', timeline: [] })
  let listener: ((drill: Drill) => void) | undefined
  let stopped = false
  const runner: Pick<JobRunner<Drill>, 'start' | 'subscribe'> = {
    start: async () => running,
    subscribe(_id, heard) {
      listener = heard
      return () => {
        stopped = true
      }
    }
  }
  const notes: FaultNote[] = []
  const prepare = async () => ({
    job: running,
    work: async () => ({ status: 'completed' as const }),
    abandon: async () => {}
  })
  await reportingFaults(runner as JobRunner<Drill>, (note) => notes.push(note)).start(prepare)
  const events = ['topic-created', 'fault-injecting', 'fault-injected', 'healing', 'healing-failed', 'healed']
  const timeline = events.map((event) => ({ at: running.createdAt, event }))
  for (let length = 1; length <= events.length; length += 1) {
    listener?.({ ...running, timeline: timeline.slice(0, length) })
    listener?.({ ...running, status: 'healing', timeline: timeline.slice(0, length) })
  }
  t.notOk(stopped)
  listener?.({ ...running, finishedAt: running.createdAt, timeline })
  t.ok(stopped)
  t.same(
    notes.map(({ action, succeeded, event, place }) => [action, succeeded, event.event, place]),
    [
      ['fault.begin', true, 'fault-injected', 2],
      ['fault.end', false, 'healing-failed', 4],
      ['fault.end', true, 'healed', 5]
    ]
  )
})

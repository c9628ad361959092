import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { auditEvent, type Mutation } from '#shared/audit/audit-event.ts'
import type { AuditTrail } from '#shared/audit/audit-trail.ts'
import { type DrillSchedule, ScheduledRunSchema } from '#shared/contracts/drill-schedules.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { writtenTopics } from './domain/drills/plan.ts'
import { topicNote } from './domain/drills/topic.ts'
import { createSchedules, type Schedules, type SchedulesOptions } from './domain/gamedays/schedules.ts'

declare module 'fastify' {
  interface FastifyInstance {
    drillSchedules: Schedules
  }
}

export interface SchedulesPluginOptions extends Omit<SchedulesOptions, 'start' | 'verdictOf'> {
  trail: AuditTrail
}

export const KeptScheduleSchema = Type.Object(
  { id: Type.String(), last: ScheduledRunSchema },
  { additionalProperties: false }
)

/** Starts drills and game days by their schedules: in the audit trail, the caller is the schedule. */
export const schedulesPlugin = fp<SchedulesPluginOptions>(
  async (app, { trail, ...options }) => {
    const { drills, gameDays, capacity, jobEnds, loadTests } = app
    const { clock, onProblem } = options

    async function start({ name, drill, gameday }: DrillSchedule, dueAt: Date) {
      const actor = { name: `schedule ${name}`, role: 'admin', how: 'schedule', address: 'load-test-service' }
      const target = drill ? (drill.node ?? drill.kind) : (gameday?.name ?? name)
      const mutation: Mutation = {
        requestId: `schedule-${name}-${dueAt.toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}`,
        action: drill ? 'drill.start' : 'gameday.start',
        dryRun: false,
        actor,
        target,
        note: { after: drill ?? gameday }
      }
      await trail.record(auditEvent(mutation, 'requested', { at: clock.now() }))
      const record = (outcome: 'applied' | 'refused' | 'failed', note: Mutation['note'], error?: unknown) =>
        trail
          .record(auditEvent({ ...mutation, note }, outcome, { at: clock.now(), error }))
          .catch((problem: unknown) => onProblem(problem, `could not record the outcome of schedule ${name}`))
      try {
        capacity.assertNone()
        gameDays.assertNone()
        if (drill) {
          for (const topic of writtenTopics(drill)) loadTests.assertWritable(topic)
          const { id } = await drills.start(drill)
          await record('applied', { after: { id, kind: drill.kind, ...topicNote(drill) } })
          await jobEnds.watch({ id, kind: 'drill', actor, target })
          return { drill: id, gameDay: null }
        }
        if (!gameday) throw new Error(`the schedule ${name} starts nothing`)
        const { id } = await gameDays.start(gameday, (job) => void jobEnds.watch({ ...job, actor }))
        await record('applied', { after: { id } })
        await jobEnds.watch({ id, kind: 'gameday', actor, target })
        return { drill: null, gameDay: id }
      } catch (error) {
        await record(isKopsError(error) && error.status < 500 ? 'refused' : 'failed', {}, error)
        throw error
      }
    }

    const schedules = createSchedules({
      ...options,
      start,
      verdictOf: ({ drill, gameDay }) => {
        if (drill !== null) return known(drills, drill)?.verdict?.result ?? null
        return gameDay === null ? null : (known(gameDays, gameDay)?.verdict?.result ?? null)
      }
    })
    await schedules.open()
    app.decorate('drillSchedules', schedules)
    app.addHook('preClose', () => schedules.close())
  },
  { name: 'schedules', dependencies: ['jobs'] }
)

/** Old jobs are removed. */
function known<T>(jobs: { get(id: string): T }, id: string): T | undefined {
  try {
    return jobs.get(id)
  } catch {
    return undefined
  }
}

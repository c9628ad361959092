import fp from 'fastify-plugin'
import type { Workload } from '#shared/contracts/workload.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import { type Capacity, type CapacityOptions, createCapacity } from './domain/capacity/capacity.ts'
import { createDrills, type Drills, type DrillsOptions } from './domain/drills/drills.ts'
import { loadOf } from './domain/drills/load.ts'
import { mostDrills } from './domain/drills/scorecard.ts'
import { createGameDays, type GameDays, type GameDaysOptions } from './domain/gamedays/gamedays.ts'
import type { KeptJobs } from './domain/kept-jobs.ts'
import { type Comparisons, type ComparisonsOptions, createComparisons } from './domain/load/comparisons.ts'
import { createLoadTests, type LoadTests, type LoadTestsOptions } from './domain/load/load-tests.ts'
import type { ResolvedWorkload } from './domain/load/resolve-workload.ts'
import { createJobEnds, type JobEnds, type JobEndsOptions } from './job-ends.ts'
import { registerDrillMetrics, registerLoadMetrics, registerProducerMetrics } from './metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    loadTests: LoadTests
    comparisons: Comparisons
    drills: Drills
    gameDays: GameDays
    capacity: Capacity
    jobEnds: JobEnds
  }
}

export interface JobsPluginOptions {
  /** Keeps load tests and drills in the cluster, too; undefined: the own files alone have them. */
  kept: KeptJobs | undefined
  loadTests: Omit<LoadTestsOptions, 'onSecond'>
  comparisons: Omit<ComparisonsOptions, 'runs'>
  drills: Omit<DrillsOptions, 'underWay'>
  gameDays: Pick<GameDaysOptions, 'runner' | 'conditions' | 'clock'> & {
    resolve: (workload: Workload) => ResolvedWorkload
  }
  capacity: Omit<CapacityOptions, 'loadTests' | 'drills'>
  ends: Omit<JobEndsOptions, 'drill' | 'loadTest' | 'capacity' | 'gameDay'>
}

/** The load tests, drills and measurements of capacity of this service. Closing the app closes the drills' Kafka clients. */
export const jobsPlugin = fp<JobsPluginOptions>(
  async (app, options) => {
    const { kept } = options
    const { reader, admin, reassignments } = options.drills
    const loadTests = createLoadTests({ ...options.loadTests, onSecond: registerProducerMetrics(app.metrics) })
    await loadTests.open()
    registerLoadMetrics(app.metrics, loadTests.running)
    const { resolve, ...ofGameDays } = options.gameDays
    const loads = {
      ...loadTests,
      start: async (workload: Workload) => loadTests.start(resolve(workload)),
      plan: async (workload: Workload) => loadTests.plan(resolve(workload), [])
    }
    const drills = createDrills({
      ...options.drills,
      conditions: ofGameDays.conditions,
      participants: [...(options.drills.participants ?? []), loadOf(loads)],
      underWay: () => ({
        loadTests: loadTests.running().map(({ id }) => id),
        others: capacity.list({ limit: 1 }).items.flatMap((job) => (hasEnded(job) ? [] : [job.id]))
      })
    })
    await drills.open()
    kept?.start()
    const capacity = createCapacity({ ...options.capacity, loadTests, drills })
    await capacity.open()
    const gameDays = createGameDays({
      ...ofGameDays,
      drills,
      loadTests: loads,
      assertWritable: loadTests.assertWritable,
      assertAlone() {
        capacity.assertNone()
        drills.assertNone()
      }
    })
    await gameDays.open()
    const of = { drill: drills.ended, loadTest: loadTests.ended, capacity: capacity.ended, gameDay: gameDays.ended }
    const ends = createJobEnds({ ...options.ends, ...of })
    await ends.open()
    registerDrillMetrics(app.metrics, () => drills.list({ limit: mostDrills }).items)
    app.decorate('loadTests', loadTests)
    app.decorate('comparisons', createComparisons({ ...options.comparisons, runs: loadTests }))
    app.decorate('drills', drills)
    app.decorate('gameDays', gameDays)
    app.decorate('capacity', capacity)
    app.decorate('jobEnds', ends)
    // Runs before connections close, so that a waiting caller gets the aborted run and not a broken connection.
    app.addHook('preClose', async () => {
      await Promise.all([gameDays.close(), capacity.close(), loadTests.close(), drills.close()])
      await Promise.all([ends.close(), kept?.close()])
    })
    app.addHook('onClose', async () => {
      await Promise.all([
        reader.close(),
        admin.close(),
        reassignments.close(),
        options.capacity.history.prometheus?.close()
      ])
    })
  },
  { name: 'jobs', dependencies: ['metrics', 'audit'] }
)

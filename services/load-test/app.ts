import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type LoadTestRun, LoadTestRunSchema } from '../../shared/contracts/load-test.ts'
import { type App, createApp } from '../../shared/http/create-app.ts'
import { listOf } from '../../shared/http/service-config.ts'
import { type BulkProducer, createBulkProducer, partitionForKey } from '../../shared/kafka/producing/index.ts'
import { createJsonFiles } from './adapters/json-files.ts'
import { systemClock } from './adapters/system-clock.ts'
import { createTextFile } from './adapters/text-file.ts'
import type { LoadTestConfig } from './config.ts'
import type { Clock } from './domain/clock.ts'
import { createJobs } from './domain/jobs/jobs.ts'
import { createLoadTests, interruptedRun, type LoadTestsOptions } from './domain/load/load-tests.ts'
import { registerProducerMetrics } from './metrics.ts'
import { loadTestRoutes } from './routes/load-tests.ts'

/** Parts that tests put in place of the real ones. */
export interface Overrides {
  clock?: Clock
  createProducer?: LoadTestsOptions['createProducer']
}

const keptJobs = 500

/** Builds load-test-service; it does not listen yet. */
export async function buildApp(config: LoadTestConfig, overrides: Overrides = {}): Promise<App> {
  const app = await createApp({
    title: 'load-test-service',
    description: 'Finds out what the cluster can take, and rehearses its failures',
    allowedHosts: listOf(config.KOPS_ALLOWED_HOSTS),
    logLevel: config.KOPS_LOG_LEVEL
  })
  const clock = overrides.clock ?? systemClock
  const bootstrapServers = listOf(config.KOPS_BOOTSTRAP_SERVERS)
  const onUnreadable = (path: string, err: unknown) => app.log.warn({ path, err }, 'a kept job cannot be read')

  const loadTests = createLoadTests({
    jobs: createJobs<LoadTestRun>({
      store: createJsonFiles({ folder: join(config.KOPS_DATA_DIR, 'runs'), schema: LoadTestRunSchema, onUnreadable }),
      clock,
      noun: 'load test',
      keep: keptJobs,
      interrupted: interruptedRun
    }),
    clock,
    newId,
    createProducer:
      overrides.createProducer ??
      (({ topic, onOutcome }): BulkProducer =>
        createBulkProducer({
          bootstrapServers,
          topic,
          clientId: 'kops-load-test',
          batchBytes: config.KOPS_LOAD_BATCH_BYTES,
          lingerMs: config.KOPS_LOAD_LINGER_MS,
          bufferBytes: config.KOPS_LOAD_BUFFER_BYTES,
          requestTimeoutMs: 10_000,
          deliveryTimeoutMs: 60_000,
          onOutcome
        })),
    partitionFor: partitionForKey,
    onOutcome: registerProducerMetrics(app.metrics),
    maxConcurrentRuns: config.KOPS_LOAD_MAX_RUNS,
    since: createTextFile(join(config.KOPS_DATA_DIR, 'stats-since'))
  })
  await loadTests.open()
  // Before the connections are closed, so that a caller who waits gets the aborted run and not a broken connection.
  app.addHook('preClose', () => loadTests.close())

  await app.register(loadTestRoutes, { loadTests, defaultTopic: config.KOPS_LOAD_TOPIC })
  return app

  /** Sorts by time, fits into a file name and a topic name, and can be typed: `20260131T123456-9f3a`. */
  function newId(): string {
    const at = clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
    return `${at}-${randomBytes(3).toString('hex')}`
  }
}

import { join } from 'node:path'
import type { Drill } from '#shared/contracts/drills.ts'
import { type WaitingJob, WaitingJobSchema } from '#shared/contracts/kept-job.ts'
import type { LoadTestRun, RunSeconds } from '#shared/contracts/load-test.ts'
import type { JsonFiles } from '#shared/files/json-files.ts'
import { createSpoolFile, type SpoolFileOptions } from '#shared/files/spool-file.ts'
import { hasEnded, type Job } from '#shared/jobs/jobs.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { createJobsTopic } from './adapters/jobs-topic.ts'
import type { LoadTestConfig } from './config.ts'
import { isUnderWay } from './domain/drills/drill-record.ts'
import { createKeptJobs, type JobsTopic, type KeptJobs, type KeptJobsOptions } from './domain/kept-jobs.ts'

export interface KeptJobsParts extends Pick<KeptJobsOptions, 'onProblem'>, Pick<SpoolFileOptions, 'onUndecodable'> {
  runs: JobRunner<LoadTestRun>
  drills: JobRunner<Drill>
  seconds: Pick<JsonFiles<RunSeconds>, 'read' | 'save'>
  kafka: ConnectionOptions
  /** Number of bootstrap servers. */
  brokers: number
  admin: Pick<TopicAdmin, 'createTopic'>
  reader: Pick<ClusterReader, 'metadata'>
  /** Number of jobs that the service keeps. */
  most: number
  /** Takes the jobs instead, in tests. */
  topic: JobsTopic | undefined
}

/** Keeps the load tests and drills of the service in the topic that its settings name; undefined if they name none. */
export function keptJobs(config: LoadTestConfig, parts: KeptJobsParts): KeptJobs | undefined {
  const { runs, drills, seconds, kafka, onProblem, onUndecodable } = parts
  const name = config.KOPS_LOAD_RUNS_TOPIC
  if (name === '') return undefined
  const runOf = (id: string) => runs.all().find((run) => run.id === id)
  const drillOf = (id: string) => drills.all().find((drill) => drill.id === id)
  const topic =
    parts.topic ??
    createJobsTopic({
      ...parts,
      name,
      records: createRecordReader(kafka),
      writer: createRecordWriter(kafka)
    })
  return createKeptJobs({
    topic,
    spool: createSpoolFile<WaitingJob>({
      path: join(config.KOPS_DATA_DIR, 'runs-spool.jsonl'),
      schema: WaitingJobSchema,
      onUndecodable
    }),
    local: {
      has: (id) => runOf(id) !== undefined || drillOf(id) !== undefined,
      async read(id) {
        const drill = drillOf(id)
        if (drill) return { drill }
        const run = runOf(id)
        if (!run) return undefined
        const { id: _, ...detail } = (await seconds.read(id)) ?? { id }
        return { run, ...detail }
      },
      async adopt(kept) {
        if ('drill' in kept) return drills.adopt(kept.drill)
        const { run, seconds: all = [], ...detail } = kept
        await seconds.save({ id: run.id, seconds: all, ...detail })
        await runs.adopt(run)
      },
      isIdle: () => runs.all().every(hasEnded) && !drills.all().some(isUnderWay)
    },
    onProblem
  })
}

/** A runner whose jobs are kept once they have ended, also those that ended with an earlier process. */
export function keeping<T extends Job>(runner: JobRunner<T>, kept: Pick<KeptJobs, 'keep'> | undefined): JobRunner<T> {
  return {
    ...runner,
    async open() {
      const interrupted = await runner.open()
      for (const { id } of interrupted) kept?.keep(id, Promise.resolve())
      return interrupted
    },
    async start(prepare, how) {
      const job = await runner.start(prepare, how)
      kept?.keep(job.id, runner.ended(job.id))
      return job
    }
  }
}

import { join } from 'node:path'
import { type WaitingRun, WaitingRunSchema } from '#shared/contracts/kept-run.ts'
import type { LoadTestRun, RunSeconds } from '#shared/contracts/load-test.ts'
import type { JsonFiles } from '#shared/files/json-files.ts'
import { createSpoolFile, type SpoolFileOptions } from '#shared/files/spool-file.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { createRunsTopic } from './adapters/runs-topic.ts'
import type { LoadTestConfig } from './config.ts'
import { createKeptRuns, type KeptRuns, type KeptRunsOptions, type RunsTopic } from './domain/load/kept-runs.ts'

export interface KeptRunsParts extends Pick<KeptRunsOptions, 'onProblem'>, Pick<SpoolFileOptions, 'onUndecodable'> {
  runner: JobRunner<LoadTestRun>
  seconds: Pick<JsonFiles<RunSeconds>, 'read' | 'save'>
  kafka: ConnectionOptions
  /** Number of bootstrap servers. */
  brokers: number
  admin: Pick<TopicAdmin, 'createTopic'>
  reader: Pick<ClusterReader, 'metadata'>
  /** Number of runs that the service keeps. */
  most: number
  /** Takes the runs instead, in tests. */
  topic: RunsTopic | undefined
}

/** Keeps the runs of the service in the topic that its settings name; undefined if they name none. */
export function keptRuns(config: LoadTestConfig, parts: KeptRunsParts): KeptRuns | undefined {
  const { runner, seconds, kafka, onProblem, onUndecodable } = parts
  const name = config.KOPS_LOAD_RUNS_TOPIC
  if (name === '') return undefined
  const find = (id: string) => runner.all().find((run) => run.id === id)
  const topic =
    parts.topic ??
    createRunsTopic({
      ...parts,
      name,
      records: createRecordReader(kafka),
      writer: createRecordWriter(kafka)
    })
  return createKeptRuns({
    topic,
    spool: createSpoolFile<WaitingRun>({
      path: join(config.KOPS_DATA_DIR, 'runs-spool.jsonl'),
      schema: WaitingRunSchema,
      onUndecodable
    }),
    local: {
      has: (id) => find(id) !== undefined,
      async read(id) {
        const run = find(id)
        if (!run) return undefined
        const { id: _, ...detail } = (await seconds.read(id)) ?? { id }
        return { run, ...detail }
      },
      async adopt({ run, seconds: all = [], ...detail }) {
        await seconds.save({ id: run.id, seconds: all, ...detail })
        await runner.adopt(run)
      },
      isIdle: () => runner.all().every(hasEnded)
    },
    onProblem
  })
}

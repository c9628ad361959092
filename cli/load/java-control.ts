import { loadDefinition, modeOf } from '#shared/cluster/definition.ts'
import { type RunningTool, startKafkaTool } from '#shared/cluster/kafka-tools.ts'
import { clientProperties } from '#shared/cluster/security/client-properties.ts'
import type { LoadControl } from '#shared/contracts/load-control.ts'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { CommandContext } from '../context.ts'
import { UsageError } from '../output.ts'
import { createWitness } from './control.ts'

/** It prints a line for each record. */
const mostPerSecond = 10_000
/** So many keys reach every partition. */
const keys = 100
/** It ends before the run's topic goes. */
const earlierMs = 1000

/** Kafka's own producer beside a run. */
export interface JavaControl {
  /** Starts it on the run's topic; it ends by itself before the run is due to end. */
  start(run: LoadTestRun): Promise<void>
  /** Ends it at once, if it runs. */
  stop(): Promise<void>
  judge(report: LoadTestReport): LoadControl
}

/**
 * Prepares VerifiableProducer as a second witness of what the cluster does: at the run's rate, in the run's topic.
 * @throws UsageError where a workload cannot have one; KopsError runtime_failed where this checkout has no cluster
 */
export async function prepareJavaControl(
  { projectRoot, stateDir }: Pick<CommandContext, 'projectRoot' | 'stateDir'>,
  { topic, rate, records, durationSeconds, producer, consumers }: Workload
): Promise<JavaControl> {
  if (rate?.kind !== 'constant' || rate.perSecond > mostPerSecond || !Number.isInteger(rate.perSecond)) {
    throw new UsageError(`--control java needs a constant rate, a whole number up to ${mostPerSecond}: --rate 1000`)
  }
  if (topic.kind !== 'temporary' || consumers?.length) {
    throw new UsageError('--control java writes numbers: it needs a workload with a temporary topic and no consumers')
  }
  if (producer?.acks === 'none') {
    throw new UsageError('--control java compares acknowledgements, and the workload has acks=none')
  }
  const definition = await loadDefinition(stateDir())
  if (!definition)
    throw new KopsError('runtime_failed', '--control java needs the cluster of this checkout: ./setup.sh')
  const { perSecond } = rate
  const place = {
    projectRoot,
    bootstrapServers: definition.ports.kafka.map((port) => `127.0.0.1:${port}`),
    mode: modeOf(definition),
    commandConfig: await clientProperties(stateDir(), definition)
  }
  const lastsMs = 1000 * (durationSeconds ?? (records ?? 0) / perSecond)
  // Its end, if kops is killed.
  const most = Math.ceil((lastsMs / 1000) * perSecond)
  const witness = createWitness(perSecond)
  let running: RunningTool | undefined
  let timer: NodeJS.Timeout | undefined
  const stop = async () => {
    clearTimeout(timer)
    await running?.stop()
  }
  return {
    async start(run) {
      const options = { topic: run.topic, throughput: perSecond, 'repeating-keys': keys, 'max-messages': most }
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
      running = await startKafkaTool('verifiable-producer', args, place, witness.add)
      const left = Date.parse(run.createdAt) + lastsMs - earlierMs - Date.now()
      timer = setTimeout(() => void stop(), Math.max(0, left))
    },
    stop,
    judge: ({ run, seconds }) => witness.judge(Date.parse(run.createdAt), seconds)
  }
}

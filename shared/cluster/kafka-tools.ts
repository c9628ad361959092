import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ClusterMode } from '../contracts/cluster.ts'
import { KopsError } from '../errors/catalog.ts'
import { distributionFolder, loggingOption } from './distribution-folder.ts'
import { runInForeground } from './foreground.ts'

/** Kafka's own command-line tools by the names of their scripts, without `kafka-` and `.sh`. */
export const kafkaTools = {
  acls: 'kafka.admin.AclCommand',
  'broker-api-versions': 'kafka.admin.BrokerApiVersionsCommand',
  configs: 'kafka.admin.ConfigCommand',
  'console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'console-producer': 'kafka.tools.ConsoleProducer',
  'consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'dump-log': 'kafka.tools.DumpLogSegments',
  'get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  topics: 'org.apache.kafka.tools.TopicCommand',
  'verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer'
} as const

export type KafkaTool = keyof typeof kafkaTools

/** New names of tools in Kafka 4. */
const movedTools: Partial<Record<KafkaTool, string>> = {
  acls: 'org.apache.kafka.tools.AclCommand',
  'broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'console-producer': 'org.apache.kafka.tools.ConsoleProducer'
}

export interface KafkaToolPlace {
  projectRoot: string
  bootstrapServers: string[]
  /**
   * The mode of the cluster, which decides the version of the tools: the same as the brokers'. ZooKeeper by default.
   */
  mode?: ClusterMode
  /** The file of settings with which a tool reaches a secured cluster. */
  commandConfig?: string | undefined
}

/** Tools that take their brokers otherwise than by --bootstrap-server. */
const withoutBootstrapServer = new Set<KafkaTool>(['dump-log', 'producer-perf-test'])

/** The options by which tools take a file of settings for the brokers, where it is not --command-config. */
const configOptions: Partial<Record<KafkaTool, string | undefined>> = {
  'console-consumer': '--consumer.config',
  'console-producer': '--producer.config',
  'dump-log': undefined,
  'leader-election': '--admin.config',
  'producer-perf-test': '--producer.config',
  'verifiable-producer': '--producer.config'
}

/**
 * The arguments with which Java runs a tool; the cluster's brokers, and the settings for them, are filled in where the
 * caller names none.
 */
export function kafkaToolArguments(
  tool: KafkaTool,
  args: string[],
  { projectRoot, bootstrapServers, mode = 'zookeeper', commandConfig }: KafkaToolPlace
): string[] {
  const names = (option: string) => args.some((arg) => arg === option || arg.startsWith(`${option}=`))
  const named = names('--bootstrap-server')
  const brokers = named || withoutBootstrapServer.has(tool) ? [] : ['--bootstrap-server', bootstrapServers.join(',')]
  const option = tool in configOptions ? configOptions[tool] : '--command-config'
  // Nobody but the cluster's own brokers gets its credentials.
  const isOwn = commandConfig !== undefined && !named && option !== undefined && !names(option)
  const config = isOwn ? [option, commandConfig] : []
  const kafkaDir = join(projectRoot, 'kafka')
  const jars = join(distributionFolder(kafkaDir, mode), 'libs/*')
  const main = (mode === 'kraft' ? movedTools[tool] : undefined) ?? kafkaTools[tool]
  return ['-Xmx256m', loggingOption(kafkaDir, mode, 'tools-log4j'), '-cp', jars, main, ...brokers, ...config, ...args]
}

/**
 * Runs one of Kafka's tools on the caller's terminal and resolves to its exit code (128 + signal when one ended it).
 * @throws KopsError runtime_failed when Java or Kafka's jars are not there
 */
export async function runKafkaTool(tool: KafkaTool, args: string[], options: KafkaToolPlace): Promise<number> {
  await assertJars(options)
  return runInForeground('java', kafkaToolArguments(tool, args, options)).catch((cause) => {
    throw noJava(cause)
  })
}

/** One of Kafka's tools that runs beside something else. */
export interface RunningTool {
  /** Asks it to end, and kills it if it has not after some seconds. Resolves when it has ended; may be called again. */
  stop(): Promise<void>
}

const nice = 5
const stopMs = 10_000

/**
 * Starts one of Kafka's tools with a lower priority.
 * @param onLine gets each line that it prints
 * @throws KopsError runtime_failed when Java or Kafka's jars are not there
 */
export async function startKafkaTool(
  tool: KafkaTool,
  args: string[],
  options: KafkaToolPlace,
  onLine: (line: string) => void
): Promise<RunningTool> {
  await assertJars(options)
  const child = spawn('java', kafkaToolArguments(tool, args, options), { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw noJava(cause)
  }
  // Its threads, which begin later, inherit it.
  if (child.pid !== undefined) setPriority(child.pid, nice)
  // Nothing else would end it with this process.
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  const closed = Promise.all([
    once(child, 'close'),
    once(createInterface({ input: child.stdout }).on('line', onLine), 'close')
  ])
  return {
    async stop() {
      const timer = setTimeout(kill, stopMs)
      child.kill('SIGTERM')
      await closed
      clearTimeout(timer)
      process.removeListener('exit', kill)
    }
  }
}

async function assertJars({ projectRoot, mode = 'zookeeper' }: KafkaToolPlace): Promise<void> {
  const libs = join(distributionFolder(join(projectRoot, 'kafka'), mode), 'libs')
  await access(libs).catch((cause) => {
    throw new KopsError('runtime_failed', `Kafka's jars are not in ${libs}; run ./setup.sh first`, { cause })
  })
}

function noJava(cause: unknown): KopsError {
  return new KopsError('runtime_failed', 'java could not be started; Java 17 is required', { cause })
}

import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KopsError } from '../../errors/catalog.ts'
import { exists } from '../../files/exists.ts'
import { run } from '../command.ts'
import { loggingOption } from '../distribution-folder.ts'
import { writePrivate } from '../security/files.ts'
import { brokerConfig, nodeFiles } from './node-files.ts'
import type { NodePlan } from './node-plan.ts'
import type { Distribution } from './preflight.ts'

const unfinished = 'data.new-'
const formatMs = 60_000

export interface FormatStorageOptions {
  stateDir: string
  /** The project's kafka/. */
  kafkaDir: string
  /** The same for all nodes of a cluster, and for all time. */
  clusterId: string
  /** The node's settings about who may connect and do what. */
  security: string[]
  distribution: Distribution
}

/**
 * Formats the data directory of a KRaft node, which refuses to start in an unformatted one (kafka-storage format);
 * leaves an existing one alone. Kafka's tool works in a temporary directory, which is then moved into place: whenever
 * this process or the tool is killed, there is a complete directory or none, and a tool that outlives its parent writes
 * where nothing reads.
 * @throws KopsError runtime_failed with the tool's message
 */
export async function formatStorage(
  node: NodePlan,
  nodes: NodePlan[],
  { stateDir, kafkaDir, clusterId, security, distribution }: FormatStorageOptions
): Promise<void> {
  const { folder, data } = nodeFiles(stateDir, node.name)
  if (await exists(data)) return
  for (const name of await readdir(folder)) {
    if (name.startsWith(unfinished)) await rm(join(folder, name), { recursive: true, force: true })
  }
  const made = await mkdtemp(join(folder, unfinished))
  const config = join(made, 'server.properties')
  const target = join(made, 'data')
  const text = await brokerConfig(join(kafkaDir, 'templates'), node, nodes, { dataDir: target, security })
  await writePrivate(config, text)
  try {
    await run(
      distribution.java,
      [
        '-Xmx128m',
        '-XX:TieredStopAtLevel=1',
        loggingOption(kafkaDir, node.mode, 'tools-log4j'),
        ...['-cp', `${distribution.libs}/*`, 'kafka.tools.StorageTool'],
        ...['format', '--cluster-id', clusterId, '--config', config]
      ],
      { timeoutMs: formatMs }
    )
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new KopsError('runtime_failed', `The storage of ${node.name} cannot be formatted: ${said}`, { cause })
  }
  await rename(target, data)
  await rm(made, { recursive: true, force: true })
}

import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FindRecords, FoundRecords } from '../../contracts/replica-records.ts'
import { KopsError } from '../../errors/catalog.ts'
import { run } from '../command.ts'
import { type ClusterDefinition, modeOf, nodeNames } from '../definition.ts'
import { kafkaToolArguments } from '../kafka-tools.ts'
import { nodeFiles } from '../local/node-files.ts'

const projectRoot = dirname(dirname(dirname(fileURLToPath(new URL('.', import.meta.url)))))
const toolMs = 60_000

/**
 * Looks for records in the segments of each replica, with Kafka's own DumpLogSegments, which reads them without the broker.
 * @throws KopsError runtime_failed where the nodes' files are in containers, and when the tool fails
 */
export async function findReplicaRecords(
  stateDir: string,
  definition: ClusterDefinition,
  { topic, partition, records }: FindRecords
): Promise<FoundRecords> {
  if (definition.runtime !== 'local') {
    throw new KopsError('runtime_failed', 'The segments of replicas in containers cannot be searched')
  }
  const offsets = records.map(({ offset }) => offset)
  const replicas: FoundRecords['replicas'] = []
  for (const node of nodeNames(definition).brokers) {
    const folder = join(nodeFiles(stateDir, node).data, `${topic}-${partition}`)
    const files = await readdir(folder).catch(() => undefined)
    if (files === undefined) continue
    const segments = segmentsOf(files, offsets).map((name) => join(folder, name))
    const place = { projectRoot, bootstrapServers: [], mode: modeOf(definition) }
    try {
      const args = ['--print-data-log', '--files', segments.join(',')]
      const dump =
        segments.length === 0
          ? ''
          : await run('java', kafkaToolArguments('dump-log', args, place), { timeoutMs: toolMs })
      const keys = keysIn(dump)
      replicas.push({ node, holds: records.flatMap(({ offset, key }) => (keys.get(offset) === key ? offset : [])) })
    } catch (error) {
      replicas.push({ node, holds: [], failure: error instanceof Error ? error.message.slice(0, 300) : String(error) })
    }
  }
  return { replicas }
}

/** The segments that may hold one of the offsets: a segment's name is its first offset. */
export function segmentsOf(files: readonly string[], offsets: readonly number[]): string[] {
  const segments = files.filter((name) => /^\d{20}\.log$/.test(name)).sort()
  const firstOf = (name: string | undefined) =>
    name === undefined ? Number.POSITIVE_INFINITY : Number(name.slice(0, -'.log'.length))
  return segments.filter((name, at) =>
    offsets.some((offset) => offset >= firstOf(name) && offset < firstOf(segments[at + 1]))
  )
}

/** The keys of the records in what DumpLogSegments prints, by offset. */
export function keysIn(dump: string): Map<number, string> {
  const keys = new Map<number, string>()
  for (const [, offset, key] of dump.matchAll(/^\| offset: (\d+) .*? key: (.*?) payload: /gm)) {
    if (offset !== undefined && key !== undefined) keys.set(Number(offset), key)
  }
  return keys
}

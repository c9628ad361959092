import { exists } from '../../files/exists.ts'
import { tryRun } from '../command.ts'
import { type ClusterDefinition, nodeNames } from '../definition.ts'
import type { StoredData } from '../stack/port.ts'
import { nodeFiles } from './node-files.ts'

/** The data of each node of a cluster on this machine; nothing for a node that never ran. */
export async function storedOnDisk(stateDir: string, definition: ClusterDefinition): Promise<StoredData[]> {
  const { zookeepers, brokers } = nodeNames(definition)
  const found = await Promise.all(
    [...brokers, ...zookeepers].map(async (owner): Promise<StoredData[]> => {
      const { data } = nodeFiles(stateDir, owner)
      if (!(await exists(data))) return []
      const used = Number.parseInt((await tryRun('du', ['-sk', data])) ?? '', 10)
      return [{ owner, bytes: Number.isNaN(used) ? null : used * 1024 }]
    })
  )
  return found.flat()
}

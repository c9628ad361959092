import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writePrivate } from '../security/files.ts'
import { brokerValues, fillTemplate, type NodePlan, zooKeeperValues } from './node-plan.ts'

/** A node's files, under `nodes/<name>` of the state directory. */
export function nodeFiles(stateDir: string, name: string) {
  const folder = join(stateDir, 'nodes', name)
  return {
    folder,
    config: join(folder, 'config', name.startsWith('kafka') ? 'server.properties' : 'zoo.cfg'),
    data: join(folder, 'data'),
    log: join(folder, 'node.log'),
    record: join(folder, 'pid')
  }
}

/**
 * Fills the node's template and prepares its folders; the data folder of a KRaft node is left to format-storage.ts.
 * @param security a broker's settings about who may connect and do what
 * @returns the path of its configuration
 */
export async function writeNodeFiles(
  stateDir: string,
  templates: string,
  node: NodePlan,
  nodes: NodePlan[],
  security: string[]
): Promise<string> {
  const files = nodeFiles(stateDir, node.name)
  await mkdir(join(files.folder, 'config'), { recursive: true })
  if (node.role === 'broker') {
    if (node.mode === 'zookeeper') await mkdir(files.data, { recursive: true })
    const text = await brokerConfig(templates, node, nodes, { dataDir: files.data, security })
    // It may have a password in it.
    await writePrivate(files.config, text)
  } else {
    await mkdir(files.data, { recursive: true })
    const template = await readFile(join(templates, 'zoo.cfg'), 'utf8')
    await writeFile(files.config, fillTemplate(template, zooKeeperValues(nodes, files.data)))
    await writeFile(join(files.data, 'myid'), `${node.id}\n`)
  }
  return files.config
}

/** A broker's server.properties, with its data in a given folder. */
export async function brokerConfig(
  templates: string,
  node: NodePlan,
  nodes: NodePlan[],
  { dataDir, security }: { dataDir: string; security: string[] }
): Promise<string> {
  const { metadata, server } = brokerValues(node, nodes, dataDir, security)
  const [metadataTemplate, serverTemplate] = await Promise.all(
    [`metadata-${node.mode}.properties`, 'server.properties'].map((name) => readFile(join(templates, name), 'utf8'))
  )
  const METADATA = fillTemplate(metadataTemplate ?? '', metadata)
  return fillTemplate(serverTemplate ?? '', { ...server, METADATA })
}

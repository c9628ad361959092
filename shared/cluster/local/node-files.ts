import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fillTemplate, type NodePlan, templateValues } from './node-plan.ts'

/** Where a node keeps what it has, under `nodes/<name>` of the state folder. */
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

/** Fills the node's template and prepares its folders. @returns the path of its configuration */
export async function writeNodeFiles(
  stateDir: string,
  templates: string,
  node: NodePlan,
  nodes: NodePlan[]
): Promise<string> {
  const files = nodeFiles(stateDir, node.name)
  await Promise.all([mkdir(join(files.folder, 'config'), { recursive: true }), mkdir(files.data, { recursive: true })])
  const template = await readFile(join(templates, node.role === 'broker' ? 'server.properties' : 'zoo.cfg'), 'utf8')
  await writeFile(files.config, fillTemplate(template, templateValues(node, nodes, files.data)))
  if (node.role === 'zookeeper') await writeFile(join(files.data, 'myid'), `${node.id}\n`)
  return files.config
}

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMap, isSeq, parseDocument } from 'yaml'
import { nodeFiles } from './node-files.ts'
import type { NodePlan } from './node-plan.ts'

/**
 * The rules of a node's JMX exporter. A node that is broker and controller has two pools of request handlers, which add their
 * idle shares up in one figure (until Kafka 4.2, KIP-1207): it runs from 0 to 2, and half of it is their mean.
 */
export function combinedRules(source: string): string {
  const document = parseDocument(source)
  const rules = document.get('rules')
  for (const rule of isSeq(rules) ? rules.items : []) {
    if (isMap(rule) && String(rule.get('pattern')).includes('RequestHandlerAvgIdlePercent'))
      rule.set('valueFactor', 0.5)
  }
  return document.toString({ lineWidth: 0 })
}

/** @returns the path of the rules that suit a node: the template itself, or what combinedRules() makes of it */
export async function writeExporterRules(stateDir: string, templates: string, node: NodePlan): Promise<string> {
  const template = join(templates, 'jmx-exporter.yml')
  if (node.mode === 'zookeeper') return template
  const path = join(nodeFiles(stateDir, node.name).folder, 'config', 'jmx-exporter.yml')
  await writeFile(path, combinedRules(await readFile(template, 'utf8')))
  return path
}

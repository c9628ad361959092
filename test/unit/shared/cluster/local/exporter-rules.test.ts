import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { combinedRules } from '#shared/cluster/local/exporter-rules.ts'

const template = new URL('../../../../../kafka/templates/jmx-exporter.yml', import.meta.url)

t.test(
  'a node with two pools of request handlers reports the mean of their idle ratios, and otherwise its broker’s values',
  async (t) => {
    const source = await readFile(template, 'utf8')
    const before = parse(source)
    const after = parse(combinedRules(source))
    const changed = after.rules.filter((rule: { valueFactor?: number }) => rule.valueFactor !== undefined)
    t.match(changed, [{ name: /requesthandleravgidlepercent/, valueFactor: 0.5 }])
    delete changed[0].valueFactor
    t.same(after, before)
  }
)

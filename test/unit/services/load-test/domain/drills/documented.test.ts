import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import t from 'tap'
import { guardNames } from '#services/load-test/domain/drills/guards.ts'
import { drillKinds } from '#services/load-test/domain/drills/kinds.ts'
import { fieldsOf } from '#services/load-test/domain/drills/targets.ts'
import { AbortWhenSchema } from '#shared/contracts/drill-request.ts'

const projectDir = resolve(import.meta.dirname, '../../../../../..')

/** The rows of the table below a heading, without the head. */
async function tableOf(heading: string): Promise<string[]> {
  const text = await readFile(resolve(projectDir, 'docs/drills.md'), 'utf8')
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return section.split('\n').filter((line) => line.startsWith('| `'))
}

t.test('docs/drills.md has every kind, with what it takes and where', async (t) => {
  const rows = Object.entries(drillKinds).map(([kind, { title, targets, takes = [], requires = [], mode }]) => {
    const fields = fieldsOf(targets)
    const required: string[] = [...fields.requires, ...requires]
    const optional = [...fields.takes, ...takes].filter((field) => !required.includes(field))
    const named = [...required.map((field) => `\`${field}\``), ...optional.map((field) => `(\`${field}\`)`)]
    return `| \`${kind}\` | ${title} | ${named.join(', ')} | ${mode ?? 'both'} |`
  })
  t.same(await tableOf('Kinds'), rows)
})

t.test('docs/drills.md has every guard, and whether it can be forced', async (t) => {
  const rows = await tableOf('Guards')
  const found = rows.map((row) => row.split(' | '))
  t.same(
    found.map(([name, , force]) => ({ name: name?.slice(3, -1), canForce: force === 'yes |' })),
    guardNames
  )
})

t.test('docs/drills.md has every condition that ends a drill', async (t) => {
  const rows = await tableOf('Ending a drill early')
  t.same(
    rows.map((row) => row.split('`')[1]),
    Object.keys(AbortWhenSchema.properties)
  )
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { settingsReference } from '#services/settings-reference.ts'

const page = settingsReference()

t.test('docs/settings.md matches the schemas', async (t) => {
  t.equal(await readFile(join(import.meta.dirname, '../../../docs/settings.md'), 'utf8'), page)
})

t.test('every setting has a description', async (t) => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `KOPS_'))
  t.ok(rows.length > 40)
  for (const row of rows) t.match(row, /\| [A-Z].{15,} \|$/, row)
})

t.test('no default reveals where this checkout is', async (t) => {
  t.notMatch(page, join(import.meta.dirname, '../../..'))
})

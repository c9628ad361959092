import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { withChanges } from '#services/changes-reference.ts'

const projectRoot = join(import.meta.dirname, '../..')
const read = (name: string) => readFile(join(projectRoot, name), 'utf8')
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false
  )

/** The tests that a text names. */
const testsIn = (text: string) => Array.from(text.matchAll(/`(test\/[^`\s]+)`/g), ([, path = '']) => path)

/** The cells of the last column of each table that has `test` as its heading, by the row's first cell. */
function claimsOf(page: string): { claim: string; tests: string[] }[] {
  const tables = page.match(/^\|.*(?:\n\|.*)*/gm) ?? []
  return tables.flatMap((table) => {
    const [heading = '', , ...rows] = table.split('\n')
    if (!/\| test \|$/.test(heading)) return []
    return rows.map((row) => {
      const cells = row.split('|').slice(1, -1)
      return { claim: cells[0]?.trim() ?? '', tests: testsIn(cells.at(-1) ?? '') }
    })
  })
}

for (const name of ['SECURITY.md', 'docs/reliability.md', 'docs/systems.md']) {
  t.test(`every claim of ${name} names a test that exists`, async (t) => {
    const page = await read(name)
    const claims = claimsOf(page)
    t.ok(claims.length > 20)
    for (const { claim, tests } of claims) t.ok(tests.length > 0, claim)
    for (const path of testsIn(page)) t.ok(await exists(join(projectRoot, path)), path)
  })
}

t.test(
  'SECURITY.md has every change that an endpoint makes, with its role and its name in the audit trail',
  async (t) => {
    const page = await read('SECURITY.md')
    t.equal(page, withChanges(page))
  }
)

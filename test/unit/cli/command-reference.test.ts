import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { commandPages } from '#cli/command-reference.ts'
import { projectRoot } from '#cli/config.ts'

t.test('docs/cli.md and the manual pages are those of the table of commands: npm run docs', async (t) => {
  const pages = await commandPages()
  for (const [path, text] of pages) {
    t.equal(await readFile(join(projectRoot, 'docs', path), 'utf8'), text, path)
  }
  const written = (await readdir(join(projectRoot, 'docs/man/man1'))).map((file) => `man/man1/${file}`)
  t.same(new Set(written), new Set([...pages.keys()].filter((path) => path !== 'cli.md')))
})

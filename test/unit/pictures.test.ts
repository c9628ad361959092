import { glob, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'

const projectRoot = join(import.meta.dirname, '../..')

t.test('pages of the documentation show pictures that exist, and together these stay small', async (t) => {
  const shown = new Set<string>()
  for await (const page of glob(['README.md', 'docs/*.md'], { cwd: projectRoot })) {
    const text = await readFile(join(projectRoot, page), 'utf8')
    for (const [, source = ''] of text.matchAll(/(?:src|srcset)="([^":]+)"/g)) shown.add(join(dirname(page), source))
  }
  t.ok(shown.size > 20)
  for (const path of shown) t.ok((await stat(join(projectRoot, path)).catch(() => undefined))?.isFile(), path)
  let bytes = 0
  for await (const path of glob('docs/images/*', { cwd: projectRoot }))
    bytes += (await stat(join(projectRoot, path))).size
  t.ok(bytes <= 5 * 2 ** 20, `${bytes} bytes of pictures`)
})

import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'

const projectRoot = join(import.meta.dirname, '../../..')

t.test('of contracts the console imports types only: their schemas would double its size', async (t) => {
  for await (const file of glob('web/**/*.{ts,tsx}', { cwd: projectRoot })) {
    const text = await readFile(join(projectRoot, file), 'utf8')
    const imports = text.matchAll(
      /^import (?!type )[^'"]*?from '(#shared\/contracts\/(?!acl-names)[^']+|typebox[^']*)'/gms
    )
    for (const [line] of imports) t.fail(`${file}: ${line}`)
  }
  t.pass()
})

import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findPlugin, runPlugin } from '#cli/plugin.ts'

const folder = join(t.testdir(), 'bin')
const file = join(folder, 'kops-greet')
const out = join(folder, 'out')
await mkdir(folder, { recursive: true })
await writeFile(file, `#!/bin/sh\necho "$KOPS_CONTEXT $*" > '${out}'\nexit 7\n`)
await chmod(file, 0o755)
await writeFile(join(folder, 'kops-topics'), '#!/bin/sh\n')
await chmod(join(folder, 'kops-topics'), 0o755)
await writeFile(join(folder, 'kops-text'), 'no program')

const path = `/nowhere::${folder}`
const found: [args: string[], call: object | undefined][] = [
  [['greet', 'a', '--b'], { file, args: ['a', '--b'], env: {} }],
  [['--context', 'prod', 'greet'], { file, args: [], env: { KOPS_CONTEXT: 'prod' } }],
  [['--admin-url=http://a/?b=c', 'greet'], { file, args: [], env: { KOPS_ADMIN_URL: 'http://a/?b=c' } }],
  [['topics', 'list'], undefined],
  [['text'], undefined],
  [['absent'], undefined],
  [['../greet'], undefined],
  [['--version'], undefined],
  [[], undefined]
]
for (const [args, call] of found) {
  t.test(`kops ${args.join(' ')} ${call ? 'calls the program of PATH' : 'is for kops itself'}`, async (t) => {
    t.same(findPlugin(args, path), call)
  })
}

t.test('a plugin gets its words and the context, and its exit code is that of kops', async (t) => {
  const { readFile } = await import('node:fs/promises')
  const call = findPlugin(['--context', 'prod', 'greet', 'all of', 'you'], path)
  if (!call) throw new Error('it is not found')
  t.equal(await runPlugin(call), 7)
  t.equal(await readFile(out, 'utf8'), 'prod all of you\n')
})

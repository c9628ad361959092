import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import t, { type Test } from 'tap'
import { debianProgram } from '../../debian-program.ts'

const run = promisify(execFile)
const program = join(import.meta.dirname, '../../../kops')
const stateDir = process.env['KOPS_TEST_STATE_DIR'] ?? ''

/** The environment of a shell whose `kops` is that of the cluster under test. */
async function withKops(t: Test): Promise<NodeJS.ProcessEnv> {
  const bin = join(t.testdir(), 'bin')
  await mkdir(bin, { recursive: true })
  const line = `#!/bin/sh\nexec env -u NODE_OPTIONS KOPS_STATE_DIR='${stateDir}' '${program}' "$@"\n`
  await writeFile(join(bin, 'kops'), line)
  await chmod(join(bin, 'kops'), 0o755)
  const { NODE_OPTIONS, KOPS_TOKEN, ...env } = process.env
  return { ...env, PATH: `${bin}:${process.env['PATH']}`, HOME: t.testdirName, TERM: 'dumb' }
}

t.test('fish completes commands, options and topics', async (t) => {
  const fish = await debianProgram({ names: ['fish'], packages: ['fish'] })
  const env = await withKops(t)
  const complete = async (line: string) => {
    const session = `kops completion fish | source; complete -C '${line}'`
    return (await run(fish, ['--no-config', '-c', session], { env })).stdout
  }
  t.match(await complete('kops topics cre'), /^create\tcreate a topic/)
  t.match(await complete('kops topics list --under-m'), /^--under-min-isr\t/)
  // Names that do not come in time are left out, and a busy machine takes its time.
  let found = ''
  for (let attempt = 0; attempt < 10 && found === ''; attempt += 1) found = await complete('kops topics describe log-e')
  t.equal(found, 'log-events\n')
})

t.test('zsh completes commands and topics as they are typed', async (t) => {
  const zsh = await debianProgram({ names: ['zsh'], packages: ['zsh'] })
  const env = await withKops(t)
  const terminal = spawn('script', ['-qefc', `stty cols 200 rows 50; exec '${zsh}' -f -i`, '/dev/null'], { env })
  t.teardown(() => terminal.kill())
  const shown = { text: '' }
  terminal.stdout.on('data', (chunk) => {
    shown.text += stripVTControlCharacters(String(chunk))
  })
  const until = async (pattern: RegExp) => {
    const late = AbortSignal.timeout(60_000)
    while (!pattern.test(shown.text)) await once(terminal.stdout, 'data', { signal: late })
    shown.text = ''
  }
  terminal.stdin.write("PS1='> '; autoload -Uz compinit; compinit -u -D; source <(kops completion zsh); echo re''ady\n")
  await until(/ready\r?\n[\s\S]*> /)
  terminal.stdin.write('kops topics cre\t')
  await until(/kops topics create /)
  terminal.stdin.write('\u0015kops topics describe log-e\t')
  await until(/kops topics describe log-events /)
  terminal.stdin.write('\u0015exit\n')
  const [code] = await once(terminal, 'exit')
  t.equal(code, 0)
})

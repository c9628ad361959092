import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import t from 'tap'
import { buildWholeProgram } from '#cli/program.ts'
import { projectRoot } from './programs.ts'

const folder = 'docs/runbooks'
const pages = ['README.md', 'docs/health-events.md', 'docs/alerting.md']

/** Every `./kops …` of a page, in a block or in the text, and every `kops …` in the text, without shell syntax. */
function commandsOf(page: string): string[] {
  const found = page.matchAll(/(?:^\.\/|`(?:\.\/)?)kops ([^\n`|]*?)(?:\s+#[^\n`]*)?\s*(?=\n|`|\|)/gm)
  return Array.from(found, ([, command = '']) => command)
}

/** Splits words like a shell: quotes hold words together. */
function words(command: string): string[] {
  return Array.from(command.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain = '']) => quoted ?? plain)
}

/** kops' command line, reduced to whether it was understood. */
async function understanding(said: string[]): Promise<Command> {
  const program = await buildWholeProgram({
    output: { print: () => {}, error: () => {} },
    person: { present: false, ask: async () => '' }
  })
  const silence = (command: Command) => {
    command.configureOutput({ writeOut: () => {}, writeErr: (text) => void said.push(text) })
    // Of a command that others are below, too: it then refuses what is none of them as an argument too many.
    command.action(() => {})
    for (const below of command.commands) silence(below)
  }
  silence(program)
  return program
}

t.test('every command of kops in a runbook or the README is one that kops understands', async (t) => {
  let count = 0
  const runbooks = (await readdir(join(projectRoot, folder))).map((name) => `${folder}/${name}`)
  for (const name of [...pages, ...runbooks]) {
    for (const command of commandsOf(await readFile(join(projectRoot, name), 'utf8'))) {
      const said: string[] = []
      count += 1
      try {
        await (await understanding(said)).parseAsync(words(command), { from: 'user' })
        t.pass(`${name}: ./kops ${command}`)
      } catch (error) {
        const help = error instanceof Error && 'exitCode' in error && error.exitCode === 0
        t.ok(help, `${name}: ./kops ${command}: ${said.join('') || error}`)
      }
    }
  }
  t.ok(count > 60, `${count} commands were found`)
})

t.test('the first checks of every runbook begin with a command of kops that can be pasted', async (t) => {
  for (const name of (await readdir(join(projectRoot, folder))).filter((name) => name !== 'README.md')) {
    const page = await readFile(join(projectRoot, folder, name), 'utf8')
    t.match(page, /^# Kafka\w+\n\n[A-Za-z`]/, `${name} says first what the alert means`)
    t.match(page, /\n## What to do\n\n/, `${name} says what to do`)
    t.notMatch(page, /kops kafka /, `${name}: commands of kops itself, which guard and audit`)
    t.match(page, /\n## First checks\n\n(?:[^#`]+\n\n)?```bash\n\.\/kops /, name)
  }
})

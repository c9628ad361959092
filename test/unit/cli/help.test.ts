import type { Command } from 'commander'
import t from 'tap'
import { urlsFromEnvironment } from '#cli/config.ts'
import { serviceUrl } from '#cli/options.ts'
import { UsageError } from '#cli/output.ts'
import { buildProgram, buildWholeProgram } from '#cli/program.ts'

const silent = { print() {}, error() {} }
const parts = { output: silent, person: { present: false, ask: async () => '' } }

/** Every command with its help, as it is written to a pipe. */
function helpOf(command: Command, path = command.name()): [path: string, text: string][] {
  let text = ''
  command.configureOutput({
    ...command.configureOutput(),
    writeOut: (part) => {
      text += part
    }
  })
  command.outputHelp()
  return [[path, text], ...command.commands.flatMap((sub) => helpOf(sub, `${path} ${sub.name()}`))]
}

/** The output of a command line that commander answers itself. */
async function answerTo(...args: string[]): Promise<string> {
  let text = ''
  const write = (part: string) => {
    text += part
  }
  const run = buildProgram(parts)
  const catchAll = (command: Command) => {
    command.configureOutput({ ...command.configureOutput(), writeOut: write, writeErr: write })
    for (const sub of command.commands) catchAll(sub)
  }
  catchAll(run)
  await run.parseAsync(args, { from: 'user' }).catch(() => undefined)
  return text
}

t.test('no line of any help leaves 80 columns', async (t) => {
  const all = helpOf(await buildWholeProgram(parts))
  t.ok(all.length > 60)
  for (const [path, text] of all) {
    t.same(
      text.split('\n').filter((line) => line.length > 80),
      [],
      path
    )
  }
})

t.test('kops kafka --help lists the tools; arguments after a tool are passed to it', async (t) => {
  const text = await answerTo('kafka', '--help')
  t.match(text, /Usage: kops kafka/)
  for (const tool of ['topics', 'consumer-groups', 'metadata-quorum']) t.match(text, new RegExp(`^  ${tool}$`, 'm'))
  t.match(await answerTo('kafka', 'nope'), /not one of acls, broker-api-versions/)
})

t.test('an address that is none is refused by the name of its option or variable', async (t) => {
  for (const option of ['--admin-url', '--health-url', '--loadtest-url']) {
    t.match(await answerTo(option, 'foo', 'health'), new RegExp(`'${option} <url>' argument 'foo' is invalid`))
  }
  for (const value of ['foo', 'localhost:8081', 'ftp://x', 'http://']) t.throws(() => serviceUrl(value), value)
  t.equal(serviceUrl('https://kops.example/admin'), 'https://kops.example/admin')
  t.same(urlsFromEnvironment({ KOPS_ADMIN_URL: 'http://a', KOPS_LOADTEST_URL: '' }), { admin: 'http://a' })
  for (const name of ['KOPS_ADMIN_URL', 'KOPS_HEALTH_URL', 'KOPS_LOADTEST_URL']) {
    t.throws(() => urlsFromEnvironment({ [name]: 'foo' }), {
      constructor: UsageError,
      message: new RegExp(`^${name} is not`)
    })
  }
})

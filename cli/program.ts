import { stderr } from 'node:process'
import { Command, Option } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { admit } from './admit.ts'
import { commandGroups, commandRows } from './commands.ts'
import { defaultStateDir, projectRoot } from './config.ts'
import type { CommandContext } from './context.ts'
import { exitMeanings } from './exit-codes.ts'
import { given } from './given.ts'
import { wrapHelp } from './help.ts'
import { serviceUrl } from './options.ts'
import { chooseRendering } from './output-format.ts'
import { paint } from './paint.ts'

interface GlobalOptions {
  stateDir: string
  adminUrl?: string
  healthUrl?: string
  loadtestUrl?: string
  context?: string
  curl?: boolean
  confirmCluster?: string
}

export type ProgramParts = Pick<CommandContext, 'output' | 'person'>

/** The command line. Throws a CommanderError for an invalid one, after commander has printed it. */
export function buildProgram(parts: ProgramParts): Command {
  const { program, context } = outline(parts)
  return program
    .hook('preSubcommand', (_, command) => define(command, context))
    .hook('preAction', async (_, command) => {
      takeOver(program, command)
      await chooseRendering(command)
      await admit(command, context)
    })
}

/** The command line, and what gives a command of the top level all that is below it. */
export function openProgram(parts: ProgramParts) {
  const { program, context } = outline(parts)
  return { program, context, define: (command: Command) => define(command, context) }
}

/** The command line with all that is below its commands, for what looks at all of them. */
export async function buildWholeProgram(parts: ProgramParts): Promise<Command> {
  const { program, context } = outline(parts)
  await Promise.all(program.commands.map((command) => define(command, context)))
  return program
}

/** The options that may also follow a command that calls services. Their help is that of kops. */
function followingOptions(): Option[] {
  return [
    new Option('--context <context>', 'the context to use (KOPS_CONTEXT): kops context list'),
    new Option('--curl', 'print the call of a service, for curl, instead of making it'),
    new Option('--confirm-cluster <name>', 'confirms a production cluster where there is no terminal')
  ]
}

/** The options of kops, and its commands with nothing but their names. */
function outline(parts: ProgramParts): { program: Command; context: CommandContext } {
  const program = new Command('kops')
    .description('Operate a Kafka cluster: set it up, administer it, show its health, rehearse failures.')
    .version(packageJson.version)
    .addOption(
      new Option('--state-dir <folder>', "directory of the cluster's state (KOPS_STATE_DIR)").default(
        defaultStateDir(),
        '.kops of this checkout'
      )
    )
    .option('--admin-url <url>', "address of admin-service (KOPS_ADMIN_URL); default: this checkout's", serviceUrl)
    .option('--health-url <url>', 'address of health-service (KOPS_HEALTH_URL)', serviceUrl)
    .option('--loadtest-url <url>', 'address of load-test-service (KOPS_LOADTEST_URL)', serviceUrl)
    .enablePositionalOptions()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: (text) => parts.output.error(text.replace(/\n$/, '')) })
    .addHelpText('after', overview)
  for (const option of followingOptions()) program.addOption(option)
  wrapHelp(program)

  const options = () => program.opts<GlobalOptions>()
  let access: ReturnType<CommandContext['access']> | undefined
  const context: CommandContext = {
    output: parts.output,
    person: {
      present: parts.person.present,
      async ask(question) {
        // Local commands ask, too, and concern no context.
        const used = access && (await access).context
        return parts.person.ask(used?.production ? `${paint('red', `[${used.name}]`, stderr)} ${question}` : question)
      }
    },
    projectRoot,
    stateDir: () => options().stateDir,
    access() {
      const { stateDir, context, adminUrl: admin, healthUrl: health, loadtestUrl: loadTest } = options()
      // Loaded when a command acts: neither help nor the version need it.
      access ??= import('./access.ts').then(({ findAccess }) =>
        findAccess({ stateDir, context, urls: given({ admin, health, loadTest }) })
      )
      return access
    },
    asksCurl: () => options().curl ?? false,
    confirmedCluster: () => options().confirmCluster
  }
  for (const [group, rows] of Object.entries(commandGroups)) {
    program.commandsGroup(group)
    for (const { name, summary } of rows) program.command(name).description(summary)
  }
  return { program, context }
}

/** Loads the code of a command of the top level, and what its help shows. */
async function define(command: Command, context: CommandContext): Promise<void> {
  const row = commandRows.find(({ name }) => name === command.name())
  if (!row) throw new Error(`${command.name()} is not in the table of commands`)
  ;(await row.load())(command, context)
  if (!row.isLocal) takeFollowingOptions(command)
}

function takeFollowingOptions(command: Command): void {
  for (const option of followingOptions()) command.addOption(option.hideHelp())
  for (const below of command.commands) takeFollowingOptions(below)
}

/** Makes options that follow a command options of kops: commands pass on what they have as the query of a request. */
function takeOver(program: Command, command: Command): void {
  for (let each: Command | null = command; each && each !== program; each = each.parent) {
    for (const option of followingOptions()) {
      const name = option.attributeName()
      const value = each.getOptionValue(name)
      if (value === undefined) continue
      program.setOptionValue(name, value)
      each.setOptionValue(name, undefined)
    }
  }
}

const exits = Object.entries(exitMeanings)
  .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
  .join('\n')

const overview = `
Commands that change something take --dry-run, which shows the plan. Those that
destroy data show it and ask for the name to be typed; without a terminal they
need --yes. -o shows data in other forms: wide (every field), json (the answer
of the service as it is), jsonl, yaml, name. --context and --curl may also
follow a command.
KOPS_TOKEN holds the bearer token for services that ask for one, KOPS_CA the
file with the authority of services that speak TLS. A file kops-x on PATH is the
command kops x.

Exit codes (kops health: 0 to 3 for the status):
${exits}

Examples:
  kops health
  kops topics list --sort size --order desc
  kops groups describe log-indexer
  kops messages read log-events --from 15m --value-contains timeout
  kops audit search --from 1h`

import { Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { commandGroups, commandRows } from './commands.ts'
import { defaultStateDir, projectRoot, type ServiceUrls, urlsFromEnvironment } from './config.ts'
import type { CommandContext } from './context.ts'
import { wrapHelp } from './help.ts'
import { serviceUrl } from './options.ts'

interface GlobalOptions {
  stateDir: string
  adminUrl?: string
  healthUrl?: string
  loadtestUrl?: string
}

type ProgramParts = Pick<CommandContext, 'output' | 'person'>

/** The command line. Throws a CommanderError for an invalid one, after commander has printed it. */
export function buildProgram(parts: ProgramParts): Command {
  const { program, context } = outline(parts)
  return program.hook('preSubcommand', (_, command) => define(command, context))
}

/** The command line with all that is below its commands, for what looks at all of them. */
export async function buildWholeProgram(parts: ProgramParts): Promise<Command> {
  const { program, context } = outline(parts)
  await Promise.all(program.commands.map((command) => define(command, context)))
  return program
}

/** The options of kops, and its commands with nothing but their names. */
function outline(parts: ProgramParts): { program: Command; context: CommandContext } {
  const program = new Command('kops')
    .description('Operate a Kafka cluster: set it up, administer it, show its health, rehearse failures.')
    .version(packageJson.version)
    .option('--state-dir <folder>', "directory of the cluster's state", defaultStateDir())
    .option('--admin-url <url>', "address of admin-service (KOPS_ADMIN_URL); default: this checkout's", serviceUrl)
    .option('--health-url <url>', 'address of health-service (KOPS_HEALTH_URL)', serviceUrl)
    .option('--loadtest-url <url>', 'address of load-test-service (KOPS_LOADTEST_URL)', serviceUrl)
    .enablePositionalOptions()
    .helpCommand(false)
    .exitOverride()
    .addHelpText('after', overview)
  wrapHelp(program)

  const context: CommandContext = {
    ...parts,
    projectRoot,
    stateDir: () => program.opts<GlobalOptions>().stateDir,
    urls: () => urlsOf(program.opts<GlobalOptions>())
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
}

const overview = `
What changes something takes --dry-run and shows the plan. What destroys data
shows the plan and asks for the name to be typed; where there is no terminal it
needs --yes. --json prints the service's answer as it is.
KOPS_TOKEN holds the bearer token for services that ask for one, KOPS_CA the
file with the authority of services that speak TLS.
Exit codes: 0 done; 1 refused or failed; 2 the command line is not right.

Examples:
  kops health
  kops topics list --sort size --order desc
  kops groups describe log-indexer
  kops messages read log-events --from 15m --value-contains timeout
  kops audit search --from 1h`

function urlsOf({ adminUrl, healthUrl, loadtestUrl }: GlobalOptions): ServiceUrls {
  return {
    ...urlsFromEnvironment(),
    ...(adminUrl === undefined ? {} : { admin: adminUrl }),
    ...(healthUrl === undefined ? {} : { health: healthUrl }),
    ...(loadtestUrl === undefined ? {} : { loadTest: loadtestUrl })
  }
}

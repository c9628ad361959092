import { Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { addAclCommands } from './commands/acls.ts'
import { addAlertsCommand } from './commands/alerts.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addBrokerCommands } from './commands/brokers.ts'
import { addCapacityCommands } from './commands/capacity.ts'
import { addCatalogCommands } from './commands/catalog.ts'
import { addClusterCommands } from './commands/cluster.ts'
import { addDrillCommand } from './commands/drill.ts'
import { addGroupCommands } from './commands/groups.ts'
import { addHealthCommand } from './commands/health.ts'
import { addKafkaCommand } from './commands/kafka.ts'
import { addLoadCommands } from './commands/load.ts'
import { addMaintenanceCommands } from './commands/maintenance.ts'
import { addMessageCommands } from './commands/messages.ts'
import { addReassignmentCommands } from './commands/reassignments.ts'
import { addSetupCommand } from './commands/setup.ts'
import { addTokenCommand } from './commands/token.ts'
import { addTopicCommands } from './commands/topics.ts'
import { addWhatIfCommands } from './commands/what-if.ts'
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

/** The whole command line. Throws a CommanderError for an invalid one, after commander has printed it. */
export function buildProgram(parts: Pick<CommandContext, 'output' | 'person'>): Command {
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
  program.commandsGroup('This machine:')
  addSetupCommand(program, context)
  addClusterCommands(program, context)
  program.commandsGroup('The cluster:')
  addHealthCommand(program, context)
  addAlertsCommand(program, context)
  addWhatIfCommands(program, context)
  addTopicCommands(program, context)
  addMessageCommands(program, context)
  addGroupCommands(program, context)
  addBrokerCommands(program, context)
  addReassignmentCommands(program, context)
  addAclCommands(program, context)
  addCatalogCommands(program, context)
  program.commandsGroup('Around it:')
  addMaintenanceCommands(program, context)
  addAuditCommands(program, context)
  addLoadCommands(program, context)
  addCapacityCommands(program, context)
  addDrillCommand(program, context)
  addKafkaCommand(program, context)
  addTokenCommand(program, context)
  return program
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

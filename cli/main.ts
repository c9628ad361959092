import { Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { addClusterCommands } from './commands/cluster.ts'
import { addDrillCommand } from './commands/drill.ts'
import { addHealthCommand } from './commands/health.ts'
import { addKafkaCommand } from './commands/kafka.ts'
import { addSetupCommand } from './commands/setup.ts'
import { addTokenCommand } from './commands/token.ts'
import { addTopicCommands } from './commands/topics.ts'
import { defaultStateDir, projectRoot } from './config.ts'
import { describeError, exitCodeOf, paint, terminal } from './output.ts'

const program = new Command('kops')
  .description('Operates a Kafka cluster: sets it up, administers topics, tells its health, rehearses its failures.')
  .version(packageJson.version)
  .option('--state-dir <folder>', "where the cluster's state is kept", defaultStateDir())
  .enablePositionalOptions()
  .showHelpAfterError('(kops --help tells what there is)')

const context = { output: terminal, projectRoot, stateDir: () => program.opts<{ stateDir: string }>().stateDir }
addSetupCommand(program, context)
addClusterCommands(program, context)
addTopicCommands(program, context)
addHealthCommand(program, context)
addDrillCommand(program, context)
addKafkaCommand(program, context)
addTokenCommand(program, context)

try {
  await program.parseAsync()
} catch (error) {
  terminal.error(paint('red', `kops: ${describeError(error)}`))
  process.exitCode = exitCodeOf(error)
}

import { Argument, type Command } from 'commander'
import { defaultPorts, loadDefinition, modeOf } from '../../shared/cluster/definition.ts'
import { type KafkaTool, kafkaTools, runKafkaTool } from '../../shared/cluster/kafka-tools.ts'
import type { CommandContext } from '../context.ts'

/** `kops kafka <tool> …`: Kafka's own tools, of the version that the brokers run. */
export function addKafkaCommand(program: Command, { projectRoot, stateDir }: CommandContext): void {
  program
    .command('kafka')
    .description("one of Kafka's own tools, pointed at this cluster")
    .addArgument(new Argument('<tool>', 'name of the script without kafka- and .sh').choices(Object.keys(kafkaTools)))
    .argument('[args...]', "the tool's own arguments")
    .allowUnknownOption()
    .helpOption(false)
    .passThroughOptions()
    .addHelpText('after', '\nExample: kops kafka topics --describe --topic log-events')
    .action(async (tool: KafkaTool, args: string[]) => {
      const definition = await loadDefinition(stateDir())
      const ports = definition?.ports.kafka ?? defaultPorts.kafka
      const bootstrapServers = ports.map((port) => `127.0.0.1:${port}`)
      process.exitCode = await runKafkaTool(tool, args, {
        projectRoot,
        bootstrapServers,
        mode: modeOf(definition ?? {})
      })
    })
}

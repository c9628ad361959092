import { Argument, type Command, InvalidArgumentError } from 'commander'
import { defaultPorts, loadDefinition, modeOf } from '#shared/cluster/definition.ts'
import { type KafkaTool, kafkaTools, runKafkaTool } from '#shared/cluster/kafka-tools.ts'
import { clientProperties } from '#shared/cluster/security/client-properties.ts'
import type { CommandContext } from '../context.ts'

/** `kops kafka <tool> …`: Kafka's own tools, of the version that the brokers run. */
export function addKafkaCommand(kafka: Command, { projectRoot, stateDir }: CommandContext): void {
  kafka
    .addArgument(
      new Argument('<tool>', 'one of the tools below, named like its script without kafka- and .sh').argParser(
        kafkaTool
      )
    )
    .argument('[args...]', "the tool's own arguments")
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText('after', help)
    .action(async (tool: KafkaTool, args: string[]) => {
      const definition = await loadDefinition(stateDir())
      const ports = definition?.ports.kafka ?? defaultPorts.kafka
      const bootstrapServers = ports.map((port) => `127.0.0.1:${port}`)
      process.exitCode = await runKafkaTool(tool, args, {
        projectRoot,
        bootstrapServers,
        mode: modeOf(definition ?? {}),
        commandConfig: await clientProperties(stateDir(), definition ?? {})
      })
    })
}

const names = Object.keys(kafkaTools)

const help = `
Tools:
${names.map((name) => `  ${name}`).join('\n')}

What follows the tool is the tool's own: kops kafka topics --help
Example: kops kafka topics --describe --topic log-events`

function kafkaTool(value: string): KafkaTool {
  if (isKafkaTool(value)) return value
  throw new InvalidArgumentError(`It is not one of ${names.join(', ')}.`)
}

function isKafkaTool(value: string): value is KafkaTool {
  return value in kafkaTools
}

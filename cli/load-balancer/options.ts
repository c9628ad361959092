import { type Command, InvalidArgumentError } from 'commander'
import type { CommandContext } from '../context.ts'
import { listenForInterruption } from '../interruption.ts'
import { environmentNamesBrokers, kafkaEnvironment } from '../kafka-environment.ts'
import { count, wholeNumber } from '../options.ts'
import { UsageError } from '../output.ts'
import { plain } from '../paint.ts'

export interface BrokerOption {
  kafkaBroker?: string | undefined
}

export interface ServerOptions {
  servers: number
  seed: number
  slowServer?: Record<number, number>
}

export function brokers(command: Command): Command {
  return command.option(
    '--kafka-broker <brokers>',
    "host:port, separated by commas (KOPS_BOOTSTRAP_SERVERS); default: this checkout's"
  )
}

export function servers(command: Command): Command {
  return command
    .option('--servers <count>', 'how many servers, of capacity 50 to 100', wholeNumber, 5)
    .option('--seed <number>', 'capacities and choices are the same for the same number', count, 1)
    .option(
      '--slow-server <number[=times]>',
      'this server is ten times slower, or so many; may be repeated',
      slowServer
    )
}

export function setupOf({ servers, seed, slowServer = {} }: ServerOptions) {
  const beyond = Object.keys(slowServer).find((number) => Number(number) >= servers)
  if (beyond !== undefined)
    throw new UsageError(`--slow-server: there are servers 0 to ${servers - 1}, and no ${beyond}`)
  return { servers, seed, slowness: slowServer }
}

/** Collects `4` and `4=10`. */
function slowServer(value: string, before: Record<number, number> = {}): Record<number, number> {
  const [, number, times = '10'] = /^(?:server-)?(\d{1,4})(?:=(\d+(?:\.\d+)?))?$/.exec(value) ?? []
  if (number === undefined || Number(times) < 1) {
    throw new InvalidArgumentError('Not the number of a server, such as 4, or with how many times slower it is: 4=10.')
  }
  return { ...before, [Number(number)]: Number(times) }
}

/** Requests a second. */
export function rate(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number > 0 && number <= 1_000_000) return number
  throw new InvalidArgumentError('Not a number above 0, and at most 1,000,000.')
}

/** Runs what connects to Kafka, until it ends or a signal ends it: the exit code is then 130, or that of the signal. */
export async function untilSignal(
  context: CommandContext,
  { kafkaBroker }: BrokerOption,
  work: (run: { env: NodeJS.ProcessEnv; say: (line: string) => void; signal: AbortSignal }) => Promise<void>
): Promise<void> {
  const { output, stateDir } = context
  const env = await kafkaEnvironment(stateDir(), kafkaBroker?.replaceAll(' ', ''))
  const { context: used } = await context.access()
  if (used && kafkaBroker === undefined && !environmentNamesBrokers()) {
    throw new UsageError(`the context ${used.name} names no brokers: --kafka-broker does`)
  }
  const say = (line: string) => output.error(plain(line))
  const { signal, close } = listenForInterruption(() => say('Ended at once; what was not committed is processed again'))
  try {
    await work({ env, say, signal })
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    close()
    if (signal.aborted) process.exitCode = Number(signal.reason)
  }
}

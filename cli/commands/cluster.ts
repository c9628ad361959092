import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { withAgent } from '#shared/cluster/agent/client.ts'
import { connectName } from '#shared/cluster/connect/files.ts'
import { connectLog, startConnect, stopConnect } from '#shared/cluster/connect/worker.ts'
import { type ClusterDefinition, loadDefinition, modeOf } from '#shared/cluster/definition.ts'
import { ensureAgent, stopAgent } from '#shared/cluster/launch.ts'
import { fetchDistribution } from '#shared/cluster/local/fetch-distribution.ts'
import type { StackPart } from '#shared/cluster/stack/port.ts'
import { findServiceUser } from '#shared/cluster/stack/service-user.ts'
import type { ClusterStatus, NodeStatus, NodeVerb } from '#shared/contracts/cluster.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { printData, type ReadOptions } from '../answer.ts'
import { alertingFromEnvironment, sudoCaller } from '../config.ts'
import { type CommandContext, stackOf } from '../context.ts'
import { assertPossible, type ClusterChoice, clusterParts } from '../definition.ts'
import { type Output, paint, table, warn } from '../output.ts'
import { formatOption } from '../output-format.ts'
import { showProgress } from '../progress.ts'
import { isLossAccepted, prepareDefinition } from '../replace-cluster.ts'
import { addFaultCommand } from './cluster-fault.ts'
import { addRestartCommand } from './cluster-restart.ts'

/** A restart has options of its own. */
const nodeVerbs: Record<Exclude<NodeVerb, 'restart'>, { description: string; done: string }> = {
  start: { description: 'start a node and wait until it answers', done: 'is running' },
  stop: { description: 'stop a node gracefully: a broker moves its leaders first', done: 'is stopped' },
  kill: { description: 'kill a node at once (SIGKILL)', done: 'is killed' },
  pause: { description: 'freeze a node (SIGSTOP): it accepts connections but does not answer', done: 'is paused' },
  resume: { description: 'resume a paused node (SIGCONT)', done: 'is resumed' },
  isolate: { description: 'isolate a node from its peers and from clients', done: 'is isolated' },
  heal: { description: 'reconnect an isolated, cut or slowed node', done: 'is connected' }
}

/** `kops cluster …`: the cluster of this checkout, through its agent. */
export function addClusterCommands(cluster: Command, context: CommandContext): void {
  const { output, projectRoot, stateDir } = context

  cluster
    .command('up')
    .description('start every node and wait until each answers (under Compose: every container)')
    .addOption(new Option('--runtime <runtime>', 'compose or local, for the first start').choices(['compose', 'local']))
    .addOption(modeOption())
    .addOption(securityOption())
    .addOption(withOption())
    .addOption(withoutOption())
    .action(async (choice: ClusterChoice) => {
      assertPossible(choice)
      const definition = await prepareDefinition(context, choice, showProgress(output))
      if (definition.runtime === 'compose') {
        const alerting = await alertingFromEnvironment(stateDir())
        await (await stackOf(definition, context, alerting)).up(showProgress(output))
      } else {
        const kafkaDir = join(projectRoot, 'kafka')
        await fetchDistribution(kafkaDir, modeOf(definition), showProgress(output))
        await ensureAgent(stateDir(), definition)
      }
      const status = await withAgent(definition, (agent) => agent.up())
      if (definition.runtime === 'local') {
        const place = { projectRoot, stateDir: stateDir(), reader: await findServiceUser(projectRoot, sudoCaller()) }
        if (definition.connect) await startConnect(definition, place, showProgress(output))
        else await stopConnect(stateDir())
      }
      printStatus(output, status)
    })

  cluster
    .command('down')
    .description('stop every node, brokers first, and the agent; keeps the data')
    .option('--wipe', 'remove the data too, after confirmation')
    .option('--yes', 'with --wipe: skip the confirmation; required without a terminal')
    .action(async ({ wipe, yes }: { wipe?: boolean; yes?: boolean }) => {
      const definition = await definitionOf(stateDir())
      if (wipe && !yes) {
        const stored = await (await stackOf(definition, context)).stored()
        if (!(await isLossAccepted(context, definition, stored))) return
      }
      if (definition.runtime === 'compose') {
        const stack = await stackOf(definition, context)
        await (wipe ? stack.wipe(showProgress(output)) : stack.down(showProgress(output)))
      } else {
        // While the brokers are there, to which it hands back its connectors.
        await stopConnect(stateDir())
        await ensureAgent(stateDir(), definition)
        await withAgent(definition, (agent) => (wipe ? agent.wipe() : agent.down()))
        await stopAgent(stateDir(), definition)
      }
      output.print(wipe ? 'The cluster is down and its data is removed.' : 'The cluster is down; its data is kept.')
    })

  cluster
    .command('status')
    .description('show nodes, addresses, faults, and services with their restarts')
    .addOption(formatOption())
    .option('--json', 'as JSON')
    .action(async ({ json }: ReadOptions) => {
      const definition = await definitionOf(stateDir())
      const status = await withAgent(definition, (agent) => agent.status())
      const services = await (await stackOf(definition, context)).parts()
      if (json) return printData(output, json, { ...status, services })
      printStatus(output, status)
      warn(output, status.warnings ?? [])
      output.print('')
      output.print(
        table(
          ['SERVICE', 'STATE', 'WHERE', ''],
          services.map((part) => [part.name, paintedState(part), part.url, deathsOf(part)])
        )
      )
    })

  cluster
    .command('logs')
    .description("show the last lines of a node's log, or of Kafka Connect's")
    .argument('<node>', 'kafka-1..3, zookeeper-1..3 or kafka-connect')
    .option('-n, --lines <count>', 'how many lines', positiveInteger, 50)
    .action(async (node: string, { lines }: { lines: number }) => {
      const definition = await definitionOf(stateDir())
      if (node === connectName) {
        for (const line of await connectLog(stateDir(), definition, lines)) output.print(line)
        return
      }
      const logs = await withAgent(definition, (agent) => agent.logs(node, lines))
      for (const line of logs.lines) output.print(line)
    })

  const verbs = Object.entries(nodeVerbs) as [keyof typeof nodeVerbs, (typeof nodeVerbs)[keyof typeof nodeVerbs]][]
  for (const [verb, { description, done }] of verbs) {
    cluster
      .command(verb)
      .description(description)
      .argument('<node>', 'kafka-1..3 or zookeeper-1..3')
      .action(async (node: string) => {
        await withAgent(await definitionOf(stateDir()), (agent) => agent.node(node, verb))
        output.print(`${node} ${done}.`)
      })
  }

  addRestartCommand(cluster, context, () => definitionOf(stateDir()))
  addFaultCommand(cluster, output, { definition: () => definitionOf(stateDir()), wholeNumber: positiveInteger })
}

/** Where the brokers keep their metadata: the option of cluster up and setup. */
export function modeOption(): Option {
  const description = 'zookeeper (default), or kraft: Kafka 4.1, each node both broker and controller (local runtime)'
  return new Option('--mode <mode>', description).choices(['zookeeper', 'kraft'])
}

/** How brokers are reached: the option of cluster up and setup. */
export function securityOption(): Option {
  const description =
    'plaintext (default), ssl: TLS and client certificates, or sasl_ssl: TLS and a password; both with ACLs'
  return new Option('--security <security>', description).choices(['plaintext', 'ssl', 'sasl_ssl'])
}

const parts = `parts besides the cluster: ${clusterParts.join(', ')}`

/** What a cluster has besides: the options of cluster up and setup. */
export function withOption(): Option {
  return new Option('--with <part...>', `add ${parts}, a worker of Kafka Connect on port 8084`).choices(clusterParts)
}

export function withoutOption(): Option {
  return new Option('--without <part...>', 'stop such a part, and do not start it again').choices(clusterParts)
}

function positiveInteger(value: string): number {
  const number = Number(value)
  if (Number.isInteger(number) && number > 0 && number <= 100_000) return number
  throw new InvalidArgumentError('Not a whole number from 1 to 100000.')
}

/** @throws KopsError runtime_failed when this checkout has no cluster yet */
async function definitionOf(stateDir: string): Promise<ClusterDefinition> {
  const definition = await loadDefinition(stateDir)
  if (definition) return definition
  throw new KopsError('runtime_failed', `no cluster is set up in ${stateDir}; run ./setup.sh first`)
}

/** The status as a table. */
function printStatus(output: Output, status: ClusterStatus): void {
  const mode = status.mode === 'kraft' ? 'KRaft; ' : ''
  const { security = 'plaintext' } = status
  const secured = security === 'plaintext' ? '' : `${security.toUpperCase()}; `
  output.print(`${status.name} (${status.runtime}; ${mode}${secured}${status.isolation.mechanism})`)
  output.print('')
  output.print(
    table(
      ['NODE', 'STATE', 'ANSWERS', 'ADDRESS', 'PID', 'SINCE'],
      status.nodes.map((node) => [
        node.name,
        stateOf(node),
        node.ready ? paint('green', 'yes') : paint('red', 'no'),
        node.address,
        node.pid === null ? '-' : String(node.pid),
        node.startedAt ?? '-'
      ])
    )
  )
  output.print('')
  output.print(`bootstrap servers  ${status.bootstrapServers.join(',')}`)
  if (status.zookeeperServers.length > 0) output.print(`zookeeper servers  ${status.zookeeperServers.join(',')}`)
  if (!status.isolation.available) output.print(paint('yellow', `isolate: ${status.isolation.detail}`))
  for (const fault of status.faults) {
    output.print(
      paint('yellow', `fault: ${fault.kind} on ${fault.node}, ${fault.state}, lease expires ${fault.expiresAt}`)
    )
  }
}

function paintedState({ state }: StackPart): string {
  return paint(state === 'running' ? 'green' : 'yellow', state)
}

/** `died 2 times, last at 2026-01-31T12:30:00Z (SIGKILL)`; empty if it never did, or nothing counts. */
export function deathsOf({ deaths }: Pick<StackPart, 'deaths'>): string {
  if (deaths === null || deaths.count === 0) return ''
  const times = deaths.count === 1 ? 'once' : `${deaths.count} times`
  const last = deaths.last === null ? '' : `, last at ${deaths.last.at} (${deaths.last.reason})`
  return `died ${times}${last}`
}

function stateOf(node: NodeStatus): string {
  const impairments = (node.impairments ?? []).map(({ kind }) => kind)
  const shown = [node.state, ...(node.isolated ? ['isolated'] : []), ...impairments]
  if (shown.length > 1) return paint('red', shown.join(', '))
  return paint(node.state === 'running' ? 'green' : 'yellow', node.state)
}

import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { withAgent } from '#shared/cluster/agent/client.ts'
import { type ClusterDefinition, loadDefinition, modeOf } from '#shared/cluster/definition.ts'
import type { Stack } from '#shared/cluster/stack/port.ts'
import type { NodeStatus } from '#shared/contracts/cluster.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { poll } from '#shared/poll.ts'
import { clientOf } from '../client.ts'
import { alertingFromEnvironment, skippedCatalogs } from '../config.ts'
import { type CommandContext, stackOf } from '../context.ts'
import { assertPossible, type ClusterChoice, defineCluster } from '../definition.ts'
import { applyFirstCatalogs, catalogsToApply } from '../first-catalogs.ts'
import { type Output, paint, table } from '../output.ts'
import { showProgress } from '../progress.ts'
import { prepareDefinition, removeCluster } from '../replace-cluster.ts'
import { deathsOf, modeOption, securityOption, withOption, withoutOption } from './cluster.ts'

/** `kops setup`: setup.sh hands over to it once the dependencies are installed. */
export function addSetupCommand(setup: Command, context: CommandContext): void {
  const { output, projectRoot, stateDir } = context
  setup
    .addOption(new Option('--runtime <runtime>', 'compose or local').choices(['compose', 'local']))
    .addOption(modeOption())
    .addOption(securityOption())
    .addOption(withOption())
    .addOption(withoutOption())
    .option('--up', 'set up (the default)')
    .addOption(new Option('--down', 'stop everything; keeps the data').conflicts(['up', 'reset']))
    .addOption(new Option('--reset', 'stop everything, remove the data, set up afresh').conflicts('up'))
    .option('--yes', 'with --reset: skip the confirmation; required without a terminal')
    .action(async (options: ClusterChoice & { down?: boolean; reset?: boolean; yes?: boolean }) => {
      assertPossible(options)
      const progress = showProgress(output)
      const before = await loadDefinition(stateDir())
      if (options.down) {
        if (before) await (await stackOf(before, context)).down(progress)
        output.print(before ? 'Everything is down; the data is kept.' : 'Nothing is set up here.')
        return
      }
      // Reports errors in them before anything is started or removed.
      const alerting = await alertingFromEnvironment(stateDir())
      const catalogs = await catalogsToApply(join(projectRoot, 'catalog'), skippedCatalogs())
      const replaced = before !== undefined && options.reset === true
      if (replaced && !(await removeCluster(context, before, { yes: options.yes, progress }))) return
      const definition = replaced
        ? defineCluster(stateDir(), options, before, true)
        : await prepareDefinition(context, options, progress)
      const stack = await stackOf(definition, context, alerting)
      await stack.up(progress)
      await applyCatalogs(definition, catalogs, progress)
      await checkHealth(definition, progress)
      await printOverview(output, definition, stack)
    })
}

type Progress = ReturnType<typeof showProgress>

async function applyCatalogs(definition: ClusterDefinition, files: string[], progress: Progress): Promise<void> {
  const step = 'topic catalogs'
  if (files.length === 0) return progress({ step, state: 'skipped', detail: 'KOPS_SETUP_SKIP_CATALOGS names all' })
  progress({ step, state: 'started' })
  const { applied, foreign } = await applyFirstCatalogs(definition, files)
  const changes = applied.flatMap((result) => result.changes)
  const topics = new Set(changes.map(({ topic }) => topic)).size
  const changed = changes.filter((change) => change.applied).length
  const others = foreign.length === 0 ? '' : `; for another cluster: ${foreign.join(', ')}`
  const names = applied.map(({ catalog }) => catalog).join(', ')
  progress({ step, state: 'done', detail: `${topics} topics, ${changed} changed: ${names}${others}` })
}

/** Brokers that have just started catch up first: waits for that, within bounds, and reports the status. */
async function checkHealth(definition: ClusterDefinition, progress: Progress): Promise<void> {
  const step = 'health'
  progress({ step, state: 'started' })
  const client = clientOf(definition)
  const { done, answer } = await poll(
    () => client.call(endpoints.health, { timeoutMs: 10_000 }),
    ({ status }) => status === 'HEALTHY',
    { timeoutMs: 20_000, pauseMs: 500 }
  )
  const reasons = answer.reasons.map(({ message }) => message).join('; ')
  progress(
    done
      ? { step, state: 'done', detail: answer.status }
      : { step, state: 'failed', detail: `${answer.status}: ${reasons}` }
  )
}

async function printOverview(output: Output, definition: ClusterDefinition, stack: Stack): Promise<void> {
  const { ports } = definition
  const { nodes } = await withAgent(definition, (agent) => agent.status())
  const parts = await stack.parts()
  const rows = [
    nodesRow('Kafka brokers', nodes, 'broker'),
    ...(modeOf(definition) === 'zookeeper' ? [nodesRow('ZooKeeper', nodes, 'zookeeper')] : []),
    ...parts.map((part) => [part.name, part.state, part.url, [part.detail, deathsOf(part)].filter(Boolean).join('; ')])
  ]
  const coloured = rows.map(([name = '', state = '', ...rest]) => [
    name,
    paint(state === 'running' ? 'green' : 'yellow', state),
    ...rest
  ])
  output.print('')
  output.print(table(['WHAT', 'STATE', 'WHERE', ''], coloured))
  output.print('')
  output.print('Next:')
  output.print(`  open http://localhost:${ports.admin} in a browser`)
  output.print(`  curl http://localhost:${ports.health}/api/health`)
  output.print('  ./load-test.sh')
  output.print('  ./kops cluster status')
}

function nodesRow(name: string, nodes: NodeStatus[], role: NodeStatus['role']): string[] {
  const own = nodes.filter((node) => node.role === role)
  const ready = own.filter((node) => node.ready).length
  const state = ready === own.length ? 'running' : `${ready} of ${own.length}`
  return [name, state, own.map(({ address }) => address).join(','), '']
}

import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { count, examples } from '../options.ts'
import { runApplication } from '../run-application.ts'
import { table } from '../table.ts'

const byDefault = 'apps/analytics/analytics.yaml'

/** `kops analytics`: the application of streaming analytics. */
export function addAnalyticsCommands(analytics: Command, context: CommandContext): void {
  const { output, projectRoot } = context
  const pathOf = (file: string | undefined) => (file === undefined ? resolve(projectRoot, byDefault) : resolve(file))
  const load = async (file: string | undefined) => {
    const { loadAnalytics } = await import('#apps/analytics/definition.ts')
    return loadAnalytics(pathOf(file))
  }

  examples(
    analytics
      .command('run')
      .description(
        'compute the windows of a definition until it is interrupted; each process takes a share of the partitions'
      )
      .argument('[file]', `the definition; without it ${byDefault}`)
      .option('--port <port>', 'port of /livez and /metrics, 0 for any; without it KOPS_PORT or 8086', count)
      .addHelpText('after', help),
    'analytics run',
    'analytics run orders.yaml --port 0'
  ).action(async (file: string | undefined, { port }: { port?: number }) => {
    // Mistakes in it end this command, and not a process that it has become.
    await load(file)
    const settings = port === undefined ? undefined : { KOPS_PORT: String(port) }
    await runApplication('apps/analytics/main.ts', [pathOf(file)], context, settings)
  })

  examples(
    analytics
      .command('check')
      .description('check a definition, and show what it computes; names line and field of a mistake')
      .argument('[file]', `the definition; without it ${byDefault}`),
    'analytics check orders.yaml'
  ).action(async (file: string | undefined) => {
    const { name, topics, windows, isTransactional } = await load(file)
    const rows = windows.map((each) => [
      each.name,
      describe(each.window),
      each.groupBy.join(', '),
      each.aggregates.map((aggregate) => aggregate.name).join(', '),
      each.alerts.map((alert) => alert.name).join(', ')
    ])
    output.print(table(['windows', 'kind', 'by', 'values', 'alerts'], rows))
    const guarantee = isTransactional ? 'exactly once' : 'at least once'
    output.print(`\n${name}: ${topics.events} -> ${topics.metrics}, ${topics.alerts}, ${guarantee}`)
  })
}

function describe(window: { kind: string; sizeMs?: number; everyMs?: number; gapMs?: number }): string {
  const { kind, sizeMs, everyMs, gapMs } = window
  const lengths = [sizeMs ?? gapMs ?? 0, ...(everyMs === undefined ? [] : [everyMs])]
  return `${kind} ${lengths.map((ms) => `${ms / 1000} s`).join(' every ')}`
}

const help = `
The definition is a YAML file: docs/stream-processing.md. Its topics have to
exist: kops catalog apply catalog/streaming-analytics.yaml creates them.
Connections and logging are environment variables as of the services
(docs/settings.md); where a cluster is set up here, those of it.
Ctrl-C or SIGTERM commits what is under way and leaves the group.`

import { join } from 'node:path'
import type { Command } from 'commander'
import { loadConnector } from '#shared/connect/load-connector.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type ChangeOptions, carryOut, type DestroyOptions, destroy } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { namedFile } from '../named-file.ts'
import { changes, count, destroys, examples, reads } from '../options.ts'
import { UsageError } from '../output.ts'
import { printConnector, printConnectorPlan, printConnectors } from '../print/connect.ts'

interface RestartOptions extends ChangeOptions {
  all?: boolean
  task?: number
}

/** `kops connect …`: the connectors of Kafka Connect. */
export function addConnectCommands(connect: Command, context: CommandContext): void {
  const { output, projectRoot } = context
  const print = printConnectorPlan
  examples(connect, 'connect apply audit-logs-to-file', 'connect list', 'connect restart audit-logs-to-file')

  reads(connect.command('list').description('list connectors with their state and tasks')).action(
    async (options: ReadOptions) => {
      const client = await clientFor(context)
      const list = await client.call(endpoints.listConnectors, {})
      show(output, options, list, () => printConnectors(output, list.connectors))
    }
  )

  reads(
    connect
      .command('describe')
      .description('show settings, tasks and the whole errors of a connector')
      .argument('<connector>', 'its name')
  ).action(async (name: string, options: ReadOptions) => {
    const client = await clientFor(context)
    const connector = await client.call(endpoints.describeConnector, { params: { name } })
    show(output, options, connector, () => printConnector(output, connector))
  })

  examples(
    changes(
      connect
        .command('apply')
        .description('create a connector or replace its settings, once the worker finds them valid; idempotent')
        .argument('<file>', 'a YAML or JSON file with name and config, or the name of one in connectors/')
    ),
    'connect apply audit-logs-to-file --dry-run',
    'connect apply ./my-sink.yaml'
  ).action(async (file: string, options: ChangeOptions) => {
    const { name, config } = await loadConnector(await namedFile(join(projectRoot, 'connectors'), file, 'connector'))
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) =>
        client.call(endpoints.applyConnector, { params: { name }, query: { dryRun }, body: { config } }),
      print
    })
  })

  examples(
    changes(
      connect
        .command('restart')
        .description('restart what has failed of a connector')
        .argument('<connector>', 'its name')
        .option('--all', 'the connector and all its tasks')
        .option('--task <number>', 'only this task', count)
    ),
    'connect restart audit-logs-to-file --task 0'
  ).action(async (name: string, { all, task, ...options }: RestartOptions) => {
    if (all && task !== undefined) throw new UsageError('--all and --task exclude each other')
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) =>
        task === undefined
          ? client.call(endpoints.restartConnector, { params: { name }, query: { onlyFailed: !all, dryRun } })
          : client.call(endpoints.restartConnectorTask, { params: { name, task }, query: { dryRun } }),
      print
    })
  })

  changes(
    connect.command('pause').description('pause a connector and its tasks').argument('<connector>', 'its name')
  ).action(async (name: string, options: ChangeOptions) => {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.pauseConnector, { params: { name }, query: { dryRun } }),
      print
    })
  })

  changes(
    connect.command('resume').description('resume a paused connector').argument('<connector>', 'its name')
  ).action(async (name: string, options: ChangeOptions) => {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.resumeConnector, { params: { name }, query: { dryRun } }),
      print
    })
  })

  destroys(
    connect
      .command('delete')
      .description('delete a connector; the committed offsets of a sink stay')
      .argument('<connector>', 'its name')
  ).action(async (name: string, options: DestroyOptions) => {
    const client = await clientFor(context)
    await destroy(context, options, name, {
      call: (dryRun) => client.call(endpoints.deleteConnector, { params: { name }, query: { dryRun } }),
      print,
      notice: 'Its tasks stop, and its settings are gone.'
    })
  })
}

import type { Command } from 'commander'
import type { AlertList } from '#shared/contracts/alerts.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { examples, reads } from '../options.ts'
import { type Output, paint, table } from '../output.ts'
import { alertRow, alertsHead, runbookOf } from '../print/alerts.ts'

/** `kops alerts` */
export function addAlertsCommand(alerts: Command, context: CommandContext): void {
  examples(
    reads(
      alerts
        .option('--all', 'include those resolved within the last hour')
        .option('--severity <severity>', 'only alerts of this severity: critical, warning')
    ),
    'alerts',
    'alerts --all --severity critical'
  ).action(async ({ all, severity, ...options }: ReadOptions & { all?: boolean; severity?: string }) => {
    const client = await clientFor(context)
    const query = { ...(all ? {} : { status: 'firing' as const }), ...(severity === undefined ? {} : { severity }) }
    const list = await client.call(endpoints.alerts, { query })
    show(context.output, options, list, () => printAlertList(context.output, list))
  })
}

function printAlertList(output: Output, { alerts }: AlertList): void {
  if (alerts.length === 0) {
    output.print(paint('dim', 'No alert fires.'))
    return
  }
  output.print(
    table(
      alertsHead,
      alerts.map((alert) => alertRow(alert))
    )
  )
  // Not a table: an address that is broken over lines cannot be opened.
  output.print(`\n${paint('bold', 'RUNBOOK')}`)
  for (const runbook of new Set(alerts.map(runbookOf))) output.print(runbook)
}

import type { Command } from 'commander'
import type { AlertList } from '#shared/contracts/alerts.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { examples, reads, watches } from '../options.ts'
import { type Output, paint, table } from '../output.ts'
import { alertRow, alertsHead, runbookOf } from '../print/alerts.ts'
import { showOrWatch, type WatchOptions } from '../watch.ts'
import { healthEvents } from '../watch-health.ts'

/** `kops alerts` */
export function addAlertsCommand(alerts: Command, context: CommandContext): void {
  examples(
    watches(
      reads(
        alerts
          .option('--all', 'include those resolved within the last hour')
          .option('--severity <severity>', 'only alerts of this severity: critical, warning')
      )
    ),
    'alerts',
    'alerts --all --severity critical'
  ).action(async ({ all, severity, ...options }: WatchOptions & { all?: boolean; severity?: string }) => {
    const client = await clientFor(context)
    const query = { ...(all ? {} : { status: 'firing' as const }), ...(severity === undefined ? {} : { severity }) }
    await showOrWatch(context.output, options, {
      name: 'kops alerts',
      async read(signal) {
        const list = await client.call(endpoints.alerts, { query, signal })
        return { answer: list, print: (page) => printAlertList(page, list) }
      },
      events: healthEvents(client, 'alert')
    })
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

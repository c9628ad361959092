import type { Command } from 'commander'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { HealthStatus } from '#shared/contracts/health-status.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { examples } from '../options.ts'
import { HealthUnknown } from '../output.ts'
import { formatOption } from '../output-format.ts'
import { type HealthPage, printHealth } from '../print/health.ts'
import { watchHealth } from '../watch-health.ts'
import { addHealthHistoryCommands } from './health-history.ts'

const exitCodes: Record<HealthStatus, number> = { HEALTHY: 0, DEGRADED: 1, DOWN: 2 }

/** `kops health`: exits with 0, 1 or 2 for HEALTHY, DEGRADED or DOWN, for scripts; with 3 if the status is unknown. */
export function addHealthCommand(health: Command, context: CommandContext): void {
  const { output } = context
  examples(
    health
      .option('--watch', 'show changes until Ctrl-C; without a terminal, one line per change')
      .addOption(formatOption())
      .option('--json', "the service's answer as JSON, for scripts; with --watch one event per line"),
    'health',
    'health --watch',
    'health history score --from 3h',
    'health probe'
  ).action(async ({ watch, ...options }: ReadOptions & { watch?: boolean }) => {
    const client = await clientFor(context)
    if (watch) return watchHealth(output, client, options)
    const health = await client.call(endpoints.health, {}).catch((error) => {
      throw new HealthUnknown(error)
    })
    process.exitCode = exitCodes[health.status]
    const alerts = options.json ? null : await firingAlerts(client)
    show(output, options, health, () => printHealth(output, { health, alerts }))
    if (!options.json && alerts === null) output.error('The alerts could not be read.')
  })
  addHealthHistoryCommands(health, context)
}

/** null when they cannot be read: health is shown without. */
export async function firingAlerts(client: Client): Promise<HealthPage['alerts']> {
  return client.call(endpoints.alerts, { query: { status: 'firing' } }).catch(() => null)
}

import type { Command } from 'commander'
import { endpoints } from '../../shared/client/endpoints.ts'
import type { ClusterHealth, HealthStatus } from '../../shared/contracts/health.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { HealthUnknown, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { printMaintenance } from '../print/maintenance.ts'

const exitCodes: Record<HealthStatus, number> = { HEALTHY: 0, DEGRADED: 1, DOWN: 2 }
const colours = { HEALTHY: 'green', DEGRADED: 'yellow', DOWN: 'red' } as const

/** `kops health`: exits with 0, 1 or 2 for HEALTHY, DEGRADED or DOWN, so that a script can ask; with 3 where nobody can tell. */
export function addHealthCommand(program: Command, context: CommandContext): void {
  program
    .command('health')
    .description('the health of the cluster, and why; exits with 0 (healthy), 1 (degraded), 2 (down) or 3 (not known)')
    .option('--json', "the service's answer as JSON, for scripts")
    .action(async (options: ReadOptions) => {
      const client = await clientFor(context)
      const health = await client.call(endpoints.health, {}).catch((error) => {
        throw new HealthUnknown(error)
      })
      process.exitCode = exitCodes[health.status]
      show(context.output, options, health, () => printHealth(context.output, health))
    })
}

function printHealth(output: Output, health: ClusterHealth): void {
  output.print(`${paint(colours[health.status], health.status)}  as of ${health.asOf}`)
  for (const { message, severity } of health.reasons) output.print(`  ${severity}: ${message}`)
  printMaintenance(output, health.maintenance ?? [])
  output.print('')
  const yes = (value: boolean) => (value ? paint('green', 'yes') : paint('red', 'no'))
  output.print(
    table(
      ['NODE', 'ANSWERS', 'ADDRESS', 'ROLE'],
      [
        ...health.brokers.map(({ name, reachable, host, port, controller, rack }) => [
          name,
          yes(reachable),
          `${host}:${port}`,
          [controller ? 'controller' : '', rack ?? ''].filter(Boolean).join(', ')
        ]),
        ...health.zookeepers.map(({ name, reachable, host, port, mode }) => [
          name,
          yes(reachable),
          `${host}:${port}`,
          mode ?? '-'
        ])
      ]
    )
  )
  if (health.partitions) {
    const { total, underReplicated, underMinIsr, offline } = health.partitions
    output.print(
      `\n${total} partitions: ${underReplicated} under-replicated, ${underMinIsr ?? '?'} under min ISR, ${offline} offline`
    )
  }
  if (health.groups.length > 0) {
    const rows = health.groups.map(({ group, state, members, lag, lagReason }) => [
      plain(group),
      state,
      members === null ? '-' : String(members),
      lag === null ? `(${lagReason ?? 'unknown'})` : String(lag)
    ])
    output.print(`\n${table(['GROUP', 'STATE', 'MEMBERS', 'LAG'], rows)}`)
  }
}

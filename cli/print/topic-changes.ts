import type { Warning } from '#shared/contracts/common.ts'
import type { Answer } from '#shared/contracts/endpoint.ts'
import type { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { bytes, counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { tellWaiting } from './topics.ts'

export function printGrowth(output: Output, plan: Answer<typeof endpoints.addPartitions>): void {
  const { topic, before, after, dryRun, applied, waitingFor } = plan
  const verb = dryRun ? 'would have' : applied ? 'has' : 'does not have'
  output.print(`${topic} ${verb} ${counted(after, 'partition')} instead of ${before}`)
  tellWaiting(output, waitingFor)
}

export function printReplicationFactor(output: Output, plan: Answer<typeof endpoints.setReplicationFactor>): void {
  const { topic, before, after, dryRun, applied, partitions, movesBytes, waitingFor } = plan
  const verb = dryRun ? 'would have' : applied ? 'is to have' : 'does not have'
  output.print(`${topic} ${verb} replication factor ${after} instead of ${before}: ${bytes(movesBytes)} to copy`)
  if (partitions.length > 0) {
    const rows = partitions.map((each) => [String(each.partition), each.before.join(','), each.after.join(',')])
    output.print(`\n${table(['PARTITION', 'REPLICAS', 'THEN'], rows)}`)
  }
  tellWaiting(output, waitingFor)
}

export function printRecordsPlan(output: Output, plan: Answer<typeof endpoints.deleteRecords>): void {
  const { topic, dryRun, applied, records, partitions, skipped, obstacles } = plan
  const verb = dryRun ? 'would delete' : applied ? 'deleted' : 'did not delete all of'
  output.print(`${verb} ${counted(records, 'record')} of ${topic}`)
  const rows = partitions.map((each) => [
    String(each.partition),
    String(each.logStartOffset ?? '?'),
    String(each.logEndOffset ?? '?'),
    String(each.newLogStartOffset ?? '-'),
    String(each.records ?? '?'),
    plain(each.detail ?? '')
  ])
  output.print(`\n${table(['PARTITION', 'START', 'END', 'NEW START', 'RECORDS', ''], rows)}`)
  for (const each of skipped) {
    output.print(
      paint(
        'yellow',
        `  group ${plain(each.group)} has not read ${counted(each.records, 'record')} of partition ${each.partition}`
      )
    )
  }
  tellObstacles(output, dryRun, obstacles)
}

/** Refuses, like the service, to delete what is in use unless forced. @throws KopsError topic_in_use */
export function refuseInUse(force = false): (plan: { obstacles?: Warning[] }) => void {
  return ({ obstacles = [] }) => {
    if (force || obstacles.length === 0) return
    throw new KopsError('topic_in_use', 'Nothing was changed. Override with --force and --reason')
  }
}

/** Objections that refuse the change unless forced; irrelevant once it is done. */
export function tellObstacles(output: Output, dryRun: boolean, obstacles: Warning[]): void {
  if (!dryRun) return
  for (const { message } of obstacles) output.print(paint('yellow', `  refused unless forced: ${plain(message)}`))
}

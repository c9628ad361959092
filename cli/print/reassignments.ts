import type { Answer } from '#shared/contracts/endpoint.ts'
import type { endpoints } from '#shared/contracts/endpoints.ts'
import { bytes, counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'

type Result = Answer<typeof endpoints.reassign>
type Movement = Result['movement']
type Progress = Answer<typeof endpoints.listReassignments>

export function printPlan(output: Output, plan: Answer<typeof endpoints.planReassignment>): void {
  const { movement, rackAware, staying } = plan
  if (movement.moves.length === 0) {
    output.print(staying.length === 0 ? 'Everything is balanced; nothing to move.' : 'Nothing can be moved.')
    return
  }
  printMovement(output, movement)
  output.print(
    paint('dim', rackAware ? 'The plan respects racks.' : 'Not every broker has a rack, so the plan ignores racks.')
  )
}

const verbs = {
  reassign: { planned: 'would move', done: 'moving' },
  drain: { planned: 'would drain', done: 'draining' },
  refill: { planned: 'would refill', done: 'refilling' }
} as const

export function printReassignment(output: Output, result: Result): void {
  const { action, dryRun, applied, movement, elections, refused, leftShort, throttleBytesPerSec } = result
  if (movement.moves.length === 0 && elections.length === 0 && refused.length === 0) {
    output.print('Nothing to move.')
    printLeftShort(output, leftShort, dryRun)
    return
  }
  if (movement.moves.length > 0) printMovement(output, movement)
  if (elections.length > 0)
    output.print(
      `preferred leaders of ${counted(elections.length, 'partition')} ${dryRun ? 'would be' : 'are'} elected at once`
    )
  const throttle = throttleBytesPerSec === null ? 'without throttle' : `at ${bytes(throttleBytesPerSec)}/s at most`
  output.print(`${dryRun ? verbs[action].planned : applied ? verbs[action].done : 'did not move'}, ${throttle}`)
  printRefused(output, refused)
  printLeftShort(output, leftShort, dryRun)
  if (applied && movement.copies > 0) output.print('kops reassignments list shows the progress; cancel stops it')
}

/** The partitions that cannot spare the broker that is drained. */
function printLeftShort(output: Output, leftShort: Result['leftShort'], dryRun: boolean): void {
  if (leftShort.length === 0) return
  const refused = dryRun ? ': refused unless --force' : ''
  const title = `\n${counted(leftShort.length, 'partition')} left short of in-sync replicas without this broker${refused}`
  output.print(paint('yellow', title))
  const rows = leftShort.map(({ topic, partition, left, needed }) => [
    topic,
    String(partition),
    left.join(',') || paint('red', 'none'),
    needed === null ? '?' : String(needed)
  ])
  output.print(table(['TOPIC', 'PARTITION', 'IN SYNC', 'NEEDED'], rows))
}

export function printMovement(output: Output, movement: Movement): void {
  const { moves, copies, bytesToCopy, leaderChanges, estimatedSeconds, brokers } = movement
  const rows = moves.map(({ topic, partition, from, to, sizeBytes }) => [
    topic,
    String(partition),
    from.join(','),
    to.join(','),
    bytes(sizeBytes)
  ])
  output.print(`${table(['TOPIC', 'PARTITION', 'REPLICAS', 'THEN', 'SIZE'], rows)}\n`)
  const share = (before: number, after: number) => (before === after ? String(before) : `${before} -> ${after}`)
  const shares = brokers.map(({ id, rack, before, after }) => [
    String(id),
    rack ?? '-',
    share(before.replicas, after.replicas),
    share(before.preferredLeaders, after.preferredLeaders),
    before.sizeBytes === after.sizeBytes
      ? bytes(before.sizeBytes)
      : `${bytes(before.sizeBytes)} -> ${bytes(after.sizeBytes)}`
  ])
  output.print(`${table(['BROKER', 'RACK', 'REPLICAS', 'PREFERRED LEADERS', 'SIZE'], shares)}\n`)
  const time = estimatedSeconds === null ? '' : `, about ${estimatedSeconds} s`
  output.print(
    `${counted(copies, 'replica')} to copy, ${bytes(bytesToCopy)}${time}; ${counted(leaderChanges, 'leader')} to change`
  )
}

export function printProgress(output: Output, progress: Progress): void {
  const { reassignments, partitions, copiedBytes, totalBytes, throttle } = progress
  if (partitions === null) output.print('It is unknown whether anything is moving.')
  else if (reassignments.length === 0) output.print('Nothing is moving.')
  else {
    const rows = reassignments.map((each) => [
      each.topic,
      String(each.partition),
      each.adding.join(',') || '-',
      each.removing.join(',') || '-',
      bar(each.copiedBytes, each.totalBytes),
      `${bytes(each.copiedBytes)} of ${bytes(each.totalBytes)}`,
      each.waitsFor.length === 0 ? '' : paint('red', `waits for broker ${each.waitsFor.join(',')}`)
    ])
    output.print(`${table(['TOPIC', 'PARTITION', 'TO', 'OFF', 'DONE', '', ''], rows)}\n`)
    output.print(
      `${counted(reassignments.length, 'partition')}  ${bar(copiedBytes, totalBytes)}  ${bytes(copiedBytes)} of ${bytes(totalBytes)}`
    )
  }
  if (throttle) output.print(`throttled to ${bytes(throttle.bytesPerSec)}/s per broker since ${throttle.since}`)
}

/** The completed share as a bar: `######----  60%`. */
export function bar(done: number | null, total: number | null, width = 10): string {
  if (done === null || total === null) return '?'
  const part = total === 0 ? 1 : Math.min(1, done / total)
  const full = Math.floor(part * width)
  return `${'#'.repeat(full)}${'-'.repeat(width - full)} ${String(Math.floor(part * 100)).padStart(3)}%`
}

export function printCancellation(output: Output, result: Answer<typeof endpoints.cancelReassignments>): void {
  const { dryRun, cancelled, refused } = result
  if (cancelled.length === 0 && refused.length === 0) {
    output.print('Nothing is moving.')
    return
  }
  for (const { topic, partition, backTo } of cancelled) {
    output.print(
      `${dryRun ? 'would cancel' : 'cancelled'} ${topic}-${partition}: its replicas stay on ${backTo.join(',')}`
    )
  }
  printRefused(output, refused)
}

function printRefused(output: Output, refused: Result['refused']): void {
  for (const { topic, partition, detail } of refused) {
    output.print(paint('red', `  refused ${topic}-${partition}: ${plain(detail)}`))
  }
}

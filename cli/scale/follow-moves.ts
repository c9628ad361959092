import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { ReassignmentList } from '#shared/contracts/reassignment-progress.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { bytes, counted } from '../output.ts'
import { bar } from '../print/reassignments.ts'

const lookMs = 1000
const sayMs = 5000

/**
 * Resolves once nothing moves to or off a broker any more. Waits for a controller, and for a service that is away.
 * @param say gets a line about the progress every few seconds
 */
export async function followMoves(
  client: Client,
  broker: number,
  { say, signal }: { say: (line: string) => void; signal: AbortSignal }
): Promise<void> {
  let saidAt = Number.NEGATIVE_INFINITY
  for (;;) {
    const list = await client.call(endpoints.listReassignments, { query: { limit: 10_000 }, signal }).catch((error) => {
      if (isKopsError(error) && error.retriable) return undefined
      throw error
    })
    if (list && list.partitions !== null && movesOf(list, broker).length === 0 && list.nextCursor === undefined) return
    if (list && performance.now() - saidAt >= sayMs) {
      saidAt = performance.now()
      say(progressOf(list, broker))
    }
    await sleep(lookMs, undefined, { signal })
  }
}

function movesOf({ reassignments }: ReassignmentList, broker: number): ReassignmentList['reassignments'] {
  return reassignments.filter(({ adding, removing }) => adding.includes(broker) || removing.includes(broker))
}

/** `12 partitions  ####------  40%  1.2 GiB of 3.0 GiB, 12.0 MiB/s`. */
function progressOf(list: ReassignmentList, broker: number): string {
  if (list.partitions === null) return 'no controller answers; the moves go on once there is one'
  const moves = movesOf(list, broker)
  const { copiedBytes, totalBytes, bytesPerSec } = list
  const waits = [...new Set(moves.flatMap(({ waitsFor }) => waitsFor))]
  return [
    `${counted(moves.length, 'partition')}  ${bar(copiedBytes, totalBytes)}  ${bytes(copiedBytes)} of ${bytes(totalBytes)}`,
    ...(bytesPerSec === null ? [] : [`${bytes(bytesPerSec)}/s`]),
    ...(waits.length === 0 ? [] : [`waits for broker ${waits.join(', ')}`])
  ].join(', ')
}

import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import type { Output } from '../output.ts'
import { followRun, stopRun } from './follow-run.ts'

export type SideName = 'a' | 'b'

/** Making the topic and the records may take this long. */
const startTimeoutMs = 120_000

/**
 * The order of runs: of two sides pairs, of which two follow each other as abba or baab, by lot, so that each side comes first in
 * half of them and what drifts meets both alike; of one side its runs.
 * @param random numbers of [0, 1)
 */
export function orderOf(sides: readonly SideName[], pairs: number, random: () => number): SideName[] {
  const [first, second] = sides
  if (first === undefined) return []
  if (second === undefined) return Array.from({ length: pairs }, () => first)
  const order: SideName[] = []
  while (order.length < 2 * pairs) {
    const [one, other] = random() < 0.5 ? [first, second] : [second, first]
    order.push(one, other, other, one)
  }
  return order.slice(0, 2 * pairs)
}

export interface RunPlan {
  order: readonly SideName[]
  workloads: Partial<Record<SideName, Workload>>
  quiet: boolean
  signal: AbortSignal
}

/**
 * Makes runs one after the other.
 * @returns their ids, each side's in order; undefined if the signal came first, which stops the run under way
 * @throws Error if a run does not complete; the ones before it stay
 */
export async function makeRuns(
  output: Output,
  client: Client,
  { order, workloads, quiet, signal }: RunPlan
): Promise<Record<SideName, string[]> | undefined> {
  const made: Record<SideName, string[]> = { a: [], b: [] }
  for (const [nth, side] of order.entries()) {
    const body = workloads[side]
    if (!body) continue
    if (signal.aborted) return undefined
    const { id } = await client.call(endpoints.startLoadTest, { body, timeoutMs: startTimeoutMs })
    if (!quiet) output.error(`Run ${nth + 1} of ${order.length}, ${side}: ${body.name}, ${id}`)
    const run = await followRun(output, client, id, { quiet, signal })
    if (!run) {
      await stopRun(client, id)
      return undefined
    }
    if (run.status !== 'completed')
      throw new Error(`run ${id} of ${side} ${run.status}: ${run.failure ?? 'no reason is known'}`)
    made[side].push(id)
  }
  return made
}

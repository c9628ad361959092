import { stderr } from 'node:process'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { followJobEvents } from '../follow.ts'
import { describeError, type Output } from '../output.ts'
import { createRunProgress } from './run-progress.ts'

export interface Following {
  /** Shows nothing while the run goes on. */
  quiet: boolean
  /** Ends the following when it aborts. */
  signal: AbortSignal
}

/**
 * Follows a run to its end and shows its progress. Waits ten minutes for load-test-service to come back if it goes away.
 * @returns the run as it ended; undefined if the signal came first
 * @throws KopsError job_not_found, service_unreachable
 */
export async function followRun(
  output: Output,
  client: Client,
  id: string,
  { quiet, signal }: Following
): Promise<LoadTestRun | undefined> {
  const progress = createRunProgress(output, stderr)
  const lost = (error: unknown) => {
    progress.end()
    output.error(describeError(error))
  }
  try {
    const events = followJobEvents(client, endpoints.watchLoadTest, { params: { id }, signal }, lost)
    for await (const { event, data } of events) {
      if (event === 'end') return data
      if (!quiet) progress.show(data)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    progress.end()
  }
  return undefined
}

/** Stops a run. @returns it as it ended, also if it had ended before */
export async function stopRun(client: Client, id: string): Promise<LoadTestRun> {
  try {
    return await client.call(endpoints.cancelLoadTest, { params: { id }, timeoutMs: 60_000 })
  } catch (error) {
    if (!isKopsError(error, 'job_finished')) throw error
    return client.call(endpoints.loadTest, { params: { id } })
  }
}

import type { Client } from '#shared/client/client.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'

/** Guards read the whole cluster. */
const timeoutMs = 60_000

/** Starts a drill. @throws KopsError if it is refused, and for a request that only wants its plan */
export async function startDrill(client: Pick<Client, 'call'>, body: StartDrill): Promise<Drill> {
  const answer = await client.call(endpoints.startDrill, { body, timeoutMs })
  if ('id' in answer) return answer
  throw new KopsError('validation_failed', 'dryRun: the drill was planned and not started')
}

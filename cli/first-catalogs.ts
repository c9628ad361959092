import { loadCatalog } from '#shared/catalog/load-catalog.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import type { Answer } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { retry } from '#shared/poll.ts'
import { clientOf } from './client.ts'

/**
 * Applies a catalog to a cluster that has just started: brokers that answer may still be looking for their controller,
 * so it retries retriable errors for two minutes.
 */
export async function applyFirstCatalog(
  definition: ClusterDefinition,
  file: string
): Promise<Answer<typeof endpoints.applyCatalog>> {
  const body = await loadCatalog(file)
  return retry(
    () => clientOf(definition).call(endpoints.applyCatalog, { body, timeoutMs: 60_000 }),
    (error) => isKopsError(error) && error.retriable,
    { timeoutMs: 120_000, pauseMs: 1000 }
  )
}

import type { Static, TSchema } from 'typebox'
import Value from 'typebox/value'
import { request } from 'undici'
import { ProblemSchema } from '../shared/contracts/common.ts'
import { type ErrorCode, errorCatalog, KopsError } from '../shared/errors/catalog.ts'

export interface ApiCall {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  body?: unknown
  timeoutMs: number
}

/**
 * Calls a service and returns its answer, checked against the contract.
 * @throws KopsError the service's own problem, or `internal` when the answer is not what the contract says, or
 *   service_unreachable when the service does not answer
 */
export async function callApi<T extends TSchema>(
  schema: T,
  { method, url, body, timeoutMs }: ApiCall
): Promise<Static<T>> {
  const response = await request(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs
  }).catch((cause) => {
    throw new KopsError('service_unreachable', `${url} does not answer`, { cause })
  })
  const answer = await response.body.json().catch(() => undefined)
  if (Value.Check(ProblemSchema, answer)) {
    const code: ErrorCode = answer.code in errorCatalog ? (answer.code as ErrorCode) : 'internal'
    throw new KopsError(code, answer.detail, { kafkaError: answer.kafkaError, errors: answer.errors ?? [] })
  }
  if (response.statusCode >= 300 || !Value.Check(schema, answer)) {
    throw new KopsError(
      'internal',
      `${method} ${url} answered ${response.statusCode} with something else than promised`
    )
  }
  return answer
}

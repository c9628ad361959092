import Value from 'typebox/value'
import { request } from 'undici'
import { ProblemSchema } from '../contracts/common.ts'
import { type ErrorCode, errorCatalog, KopsError } from '../errors/catalog.ts'
import { type Answer, type CallOptions, type Endpoint, urlOf } from './endpoint.ts'

export interface ClientOptions {
  /** Where each service is, `http://127.0.0.1:8081`. */
  urls: Record<Endpoint['service'], string>
  /** A bearer token, where the services ask for one. */
  token?: string | undefined
}

export interface Client {
  /**
   * Calls an endpoint and resolves to its answer, held against the contract.
   * @throws KopsError the service's own problem; service_unreachable when it does not answer; internal when what it answers is
   *   not what the contract says
   */
  call<E extends Endpoint>(endpoint: E, options: CallOptions<E>): Promise<Answer<E>>
}

const defaultTimeoutMs = 30_000

/** A client of the three services, typed by their contracts. */
export function createClient({ urls, token }: ClientOptions): Client {
  return {
    async call(endpoint, options) {
      const { method, service, path } = endpoint
      const { params, query, body, timeoutMs = defaultTimeoutMs, signal } = options
      const url = `${urls[service]}${urlOf(path, params, query)}`
      const response = await request(url, {
        method,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        headers: {
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' })
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal })
      }).catch((cause) => {
        throw new KopsError('service_unreachable', `${urls[service]} does not answer`, { cause })
      })
      const answer: unknown = await response.body.json().catch(() => undefined)
      if (Value.Check(ProblemSchema, answer)) throw problemError(answer)
      if (response.statusCode >= 300 || !Value.Check(endpoint.response, answer)) {
        throw new KopsError(
          'internal',
          `${method} ${url} answered ${response.statusCode} with something else than its contract says`
        )
      }
      return answer as Answer<typeof endpoint>
    }
  }
}

function problemError(problem: {
  code: string
  detail: string
  kafkaError?: string
  errors?: { field: string; message: string }[]
}) {
  const code: ErrorCode = problem.code in errorCatalog ? (problem.code as ErrorCode) : 'internal'
  return new KopsError(code, problem.detail, {
    kafkaError: problem.kafkaError,
    ...(problem.errors ? { errors: problem.errors } : {})
  })
}

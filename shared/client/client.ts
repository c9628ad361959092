import Value from 'typebox/value'
import { Agent, type Dispatcher, request } from 'undici'
import { type Problem, ProblemSchema } from '../contracts/common.ts'
import type { Answer, Endpoint, JsonEndpoint, StreamEndpoint } from '../contracts/endpoint.ts'
import { type ErrorCode, errorCatalog, KopsError } from '../errors/catalog.ts'
import { type CallOptions, urlOf } from './endpoint.ts'
import { serverSentEvents } from './event-stream.ts'

export interface ClientOptions {
  /** Addresses of the services, `http://127.0.0.1:8081`. */
  urls: Record<Endpoint['service'], string>
  /** A bearer token, where the services ask for one. */
  token?: string | undefined
  /** PEM of the authorities that may have signed the services' certificates; undefined: those that Node.js trusts. */
  ca?: string | undefined
}

export interface Client {
  /**
   * Calls an endpoint and resolves to its answer, validated against the contract.
   * @throws KopsError the service's own problem; service_unreachable if it does not answer; internal if its answer does
   * not match the contract
   */
  call<E extends JsonEndpoint>(endpoint: E, options: CallOptions<E>): Promise<Answer<E>>
  /**
   * The events of a stream as they arrive, each validated against the contract, until the service ends it; leaving the
   * loop closes it. `timeoutMs` limits the time until the stream starts, and the time without any data.
   * @throws KopsError like `call`; service_unreachable if the stream breaks
   */
  watch<E extends StreamEndpoint>(endpoint: E, options: CallOptions<E>): AsyncGenerator<Answer<E>>
}

const defaultTimeoutMs = 30_000

/** A client of the three services, typed by their contracts. */
export function createClient({ urls, token, ca }: ClientOptions): Client {
  const dispatcher = ca === undefined ? undefined : new Agent({ connect: { ca } })

  async function send<E extends Endpoint>(endpoint: E, options: CallOptions<E>, accept: string) {
    const { method, service, path } = endpoint
    const { params, query, body, timeoutMs = defaultTimeoutMs, signal } = options
    const url = `${urls[service]}${urlOf(path, params, query)}`
    const response = await request(url, {
      method,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      headers: {
        accept,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      ...(dispatcher && { dispatcher })
    }).catch((cause) => {
      const reason = isUntrusted(cause) ? 'is not trusted: KOPS_CA names its authority' : 'does not answer'
      throw new KopsError('service_unreachable', `${urls[service]} ${reason}`, { cause })
    })
    return { url, response }
  }

  return {
    async call(endpoint, options) {
      const { url, response } = await send(endpoint, options, 'application/json')
      const answer = await jsonOf(response)
      const schema = endpoint.answers[response.statusCode]
      if (schema === undefined || !Value.Check(schema, answer)) {
        throw contractBroken(endpoint, url, `answered ${response.statusCode} with`)
      }
      return answer as Answer<typeof endpoint>
    },

    async *watch(endpoint, options) {
      const { url, response } = await send(endpoint, options, 'text/event-stream')
      if (!String(response.headers['content-type']).startsWith('text/event-stream')) {
        await jsonOf(response)
        throw contractBroken(endpoint, url, `answered ${response.statusCode} with`)
      }
      response.body.setEncoding('utf8')
      for await (const event of serverSentEvents(untilItBreaks(response.body, urls[endpoint.service]))) {
        if (!Value.Check(endpoint.answers[200], event)) throw contractBroken(endpoint, url, `sent`)
        yield event as Answer<typeof endpoint>
      }
    }
  }
}

/** By the codes of OpenSSL for certificates that no known authority has signed. */
function isUntrusted(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)/.test(code)
}

/** @throws KopsError the problem, where the answer is one */
async function jsonOf(response: Dispatcher.ResponseData): Promise<unknown> {
  const answer: unknown = await response.body.json().catch(() => undefined)
  if (Value.Check(ProblemSchema, answer)) throw problemError(answer)
  return answer
}

async function* untilItBreaks(chunks: AsyncIterable<string>, url: string): AsyncGenerator<string> {
  try {
    yield* chunks
  } catch (cause) {
    throw new KopsError('service_unreachable', `${url} broke off its answer`, { cause })
  }
}

function contractBroken({ method }: Endpoint, url: string, what: string): KopsError {
  return new KopsError('internal', `${method} ${url} ${what} something other than its contract specifies`)
}

function problemError(problem: Problem): KopsError {
  const code: ErrorCode = problem.code in errorCatalog ? (problem.code as ErrorCode) : 'internal'
  return new KopsError(code, problem.detail, {
    kafkaError: problem.kafkaError,
    requestId: problem.requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
    ...(problem.guards ? { guards: problem.guards } : {})
  })
}

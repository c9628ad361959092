import { urlOf } from '#shared/client/endpoint.ts'
import { CallFailed, isProblem, noAnswerInTime, noContact, ownProblem } from './problem.ts'
import { type AnswerOf, type JsonRoute, type Parts, type PartsOf, splitRoute } from './routes.ts'

export interface CallSettings {
  signal?: AbortSignal | undefined
  /** Until the answer is complete; by default 15 s. */
  timeoutMs?: number | undefined
}

/** Calls an endpoint by its method and path. @throws CallFailed */
export type Call = <R extends JsonRoute>(route: R, parts?: PartsOf<R>, settings?: CallSettings) => Promise<AnswerOf<R>>

export interface CallerOptions {
  fetch: typeof fetch
  /** admin-service was reached (whatever it answered), or was not. */
  onContact(reached: boolean, serverTime: Date | undefined): void
  /** The session has ended, or there was none. */
  onUnauthenticated(): void
}

const defaultTimeoutMs = 15_000

/** Calls of the API at this origin. The browser adds the session's cookie; scripts have no token. */
export function createCaller({ fetch, onContact, onUnauthenticated }: CallerOptions): Call {
  return async <R extends JsonRoute>(
    route: R,
    parts?: PartsOf<R>,
    { signal, timeoutMs = defaultTimeoutMs }: CallSettings = {}
  ): Promise<AnswerOf<R>> => {
    const { method, path } = splitRoute(route)
    const { params, query, body }: Parts = parts ?? {}
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await fetch(urlOf(path, params, query), {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' })
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        cache: 'no-store',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout
      })
      onContact(true, timeOf(response))
      const answer: unknown = await response.json().catch(() => undefined)
      if (response.ok && answer !== undefined) return answer as AnswerOf<R>
      if (response.status === 401) onUnauthenticated()
      throw new CallFailed(isProblem(answer) ? answer : notOfTheApi(response.status))
    } catch (error) {
      if (error instanceof CallFailed || signal?.aborted) throw error
      if (timeout.aborted) throw new CallFailed(tooLate(timeoutMs), { cause: error })
      onContact(false, undefined)
      throw new CallFailed(unreachable(), { cause: error })
    }
  }
}

function timeOf({ headers }: Response): Date | undefined {
  const date = headers.get('date')
  return date === null ? undefined : new Date(date)
}

const unreachable = () =>
  ownProblem(noContact, 'admin-service cannot be reached', 'It does not answer at the address of this page.')
const tooLate = (ms: number) =>
  ownProblem(noAnswerInTime, 'No answer in time', `There was no complete answer within ${ms / 1000} s.`)
const notOfTheApi = (status: number) =>
  ownProblem(
    'not_of_the_api',
    'An unexpected answer',
    `Something answered with status ${status}, and not as kops does.`
  )

import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { CallFailed, noAnswerInTime, noContact } from '../api/problem.ts'
import { type Route, splitRoute } from '../api/routes.ts'

/** A service that admin-service passes calls on to. */
export type PassedOn = Exclude<Endpoint['service'], 'admin'>

export const serviceNames: Record<PassedOn, string> = { health: 'health-service', loadTest: 'load-test-service' }

/** The endpoints' records say it, too, but are too large for a browser: a test compares the two. */
const paths: Record<PassedOn, RegExp> = {
  health: /^\/api\/(?:health|alerts)(?:\/|$)/,
  loadTest: /^\/api\/(?:loadtest|drills|gamedays|capacity)(?:\/|$)/
}

/** Which other service answers a route; undefined: admin-service itself. */
export function serviceBehind(route: Route): PassedOn | undefined {
  const { path } = splitRoute(route)
  return (['health', 'loadTest'] as const).find((service) => paths[service].test(path))
}

/** What is known of such a service. Times are those of the services' clock, in milliseconds. */
export interface ServiceContact {
  answers: boolean
  /** undefined: not since the page was opened, as far as admin-service knows. */
  lastAnswerAt: number | undefined
}

export type ServiceContacts = Readonly<Record<PassedOn, ServiceContact>>

const notAsked: ServiceContact = { answers: true, lastAnswerAt: undefined }
export const noServiceAsked: ServiceContacts = { health: notAsked, loadTest: notAsked }

/** A call that has ended; times likewise. */
export interface EndedCall {
  route: Route
  startedAt: number
  endedAt: number
  /** What it threw. */
  error?: unknown
  /** When admin-service last answered any call. */
  reachedAt: number | undefined
}

/** What is known of the services after a call. */
export function contactsAfter(contacts: ServiceContacts, ended: EndedCall): ServiceContacts {
  const { route, startedAt, endedAt, error, reachedAt = 0 } = ended
  const service = serviceBehind(route)
  if (service === undefined) return contacts
  const { lastAnswerAt: before = 0 } = contacts[service]
  if (error === undefined) return { ...contacts, [service]: { answers: true, lastAnswerAt: endedAt } }
  // Whoever called has gone on to something else.
  if (!(error instanceof CallFailed)) return contacts
  const { code, lastAnswerAt } = error.problem
  if (code === noContact) return contacts
  // A slow answer is no silence while the service answers others, nor is it this service's when admin-service says nothing at all.
  if (code === noAnswerInTime && (before >= startedAt || reachedAt < startedAt)) return contacts
  const answers = code !== noAnswerInTime && code !== 'service_unreachable'
  const latest = answers ? endedAt : Math.max(before, lastAnswerAt === undefined ? 0 : Date.parse(lastAnswerAt))
  return { ...contacts, [service]: { answers, lastAnswerAt: latest || undefined } }
}

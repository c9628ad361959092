import { computed, signal } from '@preact/signals'
import type { Caller } from '#shared/contracts/caller.ts'
import type { HealthStreamEvent } from '#shared/contracts/health-stream.ts'
import { type Call, createCaller } from '../api/call.ts'
import { CallFailed, isProblem, noContact, ownProblem, problemOf } from '../api/problem.ts'
import type { Route } from '../api/routes.ts'
import { healthSource } from '../live/health-source.ts'
import { type SharedStream, shareStream } from '../live/leader.ts'
import { noContactYet, type StreamContact } from '../live/stream-contact.ts'
import { refusalFor } from '../state/caller.ts'
import { noteServerTime, serverAhead } from '../state/clock.ts'
import { createReadings } from '../state/readings.ts'
import { contactsAfter, noServiceAsked, serviceBehind, serviceNames } from '../state/services.ts'

/** Who is logged in; undefined until the service has said so. */
export const caller = signal<Caller | undefined>(undefined)
/** The service asks for a token. */
export const loginNeeded = signal(false)
/** When admin-service was last reached, and whether it was the last time. */
export const contact = signal<{ reached: boolean; lastAt: number | undefined }>({ reached: true, lastAt: undefined })
export const isReached = computed(() => contact.value.reached)
/** Whether the other services answer, which admin-service passes calls on to. */
export const serviceContacts = signal(noServiceAsked)
/** The stream that says that something has changed. */
export const streamContact = signal<StreamContact>(noContactYet)
/** What the page that is shown was made from, for `y` and the button that copies it. */
export const shownCall = signal<{ route: Route; parts: object } | undefined>(undefined)

export const isVisible = () => document.visibilityState === 'visible'

const callApi = createCaller({
  fetch: (...args) => fetch(...args),
  onContact(reached, serverTime) {
    const at = Date.now()
    if (serverTime) noteServerTime(serverTime, at)
    contact.value = { reached, lastAt: reached ? at : contact.value.lastAt }
  },
  onUnauthenticated() {
    loginNeeded.value = true
  }
})

export const call: Call = async (route, parts, settings) => {
  const time = () => Date.now() + serverAhead.value
  const startedAt = time()
  const note = (error?: unknown) => {
    const { lastAt } = contact.value
    const reachedAt = lastAt === undefined ? undefined : lastAt + serverAhead.value
    serviceContacts.value = contactsAfter(serviceContacts.value, {
      route,
      startedAt,
      endedAt: time(),
      error,
      reachedAt
    })
  }
  try {
    const answer = await callApi(route, parts, settings)
    note()
    return answer
  } catch (error) {
    note(error)
    throw error
  }
}

export const readings = createReadings({ call, now: Date.now, isVisible })

/** Why the caller may not call a route; undefined if they may. What does not answer changes nothing. */
export function refusal(route: Route): string | undefined {
  if (!isReached.value) return 'admin-service cannot be reached'
  const service = serviceBehind(route)
  if (service !== undefined && !serviceContacts.value[service].answers)
    return `${serviceNames[service]} does not answer`
  return refusalFor(caller.value, route)
}

export const needsToken = computed(() => caller.value !== undefined && caller.value.how !== 'anonymous')

/** Finds out who is logged in. @returns the problem that it met; undefined: none, or a login is needed */
export async function identify() {
  try {
    caller.value = await call('GET /api/caller')
    loginNeeded.value = false
    startStream()
    return undefined
  } catch (error) {
    const problem = problemOf(error)
    return problem.status === 401 ? undefined : problem
  }
}

/**
 * Opens a session. The token is in this one request only: what the browser keeps is a cookie that no script can read.
 * @throws CallFailed
 */
export async function logIn(token: string): Promise<void> {
  const response = await fetch('/session', { method: 'POST', headers: { authorization: `Bearer ${token}` } }).catch(
    (cause) => {
      const problem = ownProblem(noContact, 'admin-service cannot be reached', 'It does not answer.')
      throw new CallFailed(problem, { cause })
    }
  )
  if (!response.ok) {
    const answer: unknown = await response.json().catch(() => undefined)
    throw new CallFailed(
      isProblem(answer) ? answer : ownProblem('login_failed', 'Not logged in', `Status ${response.status}`)
    )
  }
  readings.clear()
  const problem = await identify()
  if (problem) throw new CallFailed(problem)
}

/** Ends the session, here and at the service, and forgets everything that was read. */
export async function logOut(): Promise<void> {
  await fetch('/session', { method: 'DELETE' })
  stopStream()
  caller.value = undefined
  streamContact.value = noContactYet
  readings.clear()
  loginNeeded.value = true
}

let stream: SharedStream | undefined

/** Follows the health of the cluster, in one of this browser's tabs for all of them. */
function startStream(): void {
  if (stream) return
  stream = shareStream<HealthStreamEvent, StreamContact>({
    tabs: {
      whenAlone(lead) {
        // Held until the tab closes or logs out; without locks (an insecure origin) each tab leads.
        if (navigator.locks) void navigator.locks.request('kops-live', lead)
        else void lead()
      },
      channel: new BroadcastChannel('kops-live')
    },
    source: healthSource,
    snapshot: () => streamContact.value,
    onEvent(event) {
      streamContact.value = { contactAt: Date.now(), lostAt: undefined }
      // What changed is shown at once, from the answers that have all of it.
      if (event.event !== 'ping') refreshSoon()
    },
    onSnapshot(snapshot) {
      streamContact.value = snapshot
    },
    onLost() {
      const { contactAt, lostAt = Date.now() } = streamContact.value
      streamContact.value = { contactAt, lostAt }
    }
  })
}

function stopStream(): void {
  stream?.close()
  stream = undefined
}

/** Changes that come together are read together. */
const settleMs = 150
let settling: ReturnType<typeof setTimeout> | undefined

function refreshSoon(): void {
  if (settling) return
  settling = setTimeout(() => {
    settling = undefined
    if (!isVisible()) return
    readings.refresh('/api/health')
    readings.refresh('/api/alerts')
  }, settleMs)
}

import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Counter } from 'prom-client'
import { type AuditNote, auditEvent, type Mutation, outcomeOf } from '../audit/audit-event.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { type RecordedRequest, recordedRequest } from '../audit/recorded-request.ts'
import type { AuditActor, AuditOutcome } from '../contracts/audit.ts'
import { isKopsError } from '../errors/catalog.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** The name of the mutation in the audit trail, `topic.create`. Every route that is not a read declares it. */
    'x-audit'?: string
    /** It changes nothing: only denied requests are recorded, as those of dry runs. */
    'x-changes-nothing'?: boolean
    /** It ends something that may do harm: it is carried out even if its event cannot be written. */
    'x-ends-harm'?: boolean
  }
  interface FastifyRequest {
    /** Adds details of a mutation to its audit event. May be called repeatedly; later details override earlier ones. */
    audit(note: AuditNote): void
    auditState: AuditState | null
  }
}

interface AuditState {
  /** The validated request, until one of its events holds it. */
  request: RecordedRequest | undefined
  note: AuditNote
  error: unknown
  recorded: boolean
}

export interface AuditOptions {
  trail: AuditTrail
  now: () => Date
  /** How long what ends harm waits for its event. */
  patienceMs: number
}

const readings = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Records everything that is done and tried: once before a handler changes anything (if that record cannot be
 * written, the mutation is not carried out), and once with the outcome before the answer is sent. Plans and dry runs are
 * readings: only denied ones are recorded. What ends harm, such as cancelling a drill, is carried out in any case; the log
 * and a metric say so. Registering a mutation without x-audit throws, so that none can be forgotten.
 */
export const auditPlugin = fp<AuditOptions>(
  async (app, { trail, now, patienceMs }) => {
    let unaudited: Counter<'action'> | undefined

    app.decorateRequest('auditState', null)
    app.decorateRequest('audit', function (this: FastifyRequest, note: AuditNote) {
      const state = stateOf(this)
      if (state) Object.assign(state.note, note)
    })

    app.addHook('onRoute', ({ url, method, schema }) => {
      const methods = Array.isArray(method) ? method : [method]
      if (methods.some((name) => !readings.has(name)) && schema?.['x-audit'] === undefined) {
        throw new Error(`${method} ${url} declares no x-audit`)
      }
      if (!schema?.['x-ends-harm'] || schema['x-audit'] === undefined) return
      unaudited ??= new Counter({
        name: 'kops_unaudited_changes_total',
        help: 'Cancellations that were carried out before their audit event was written, because it could not be written in time',
        labelNames: ['action'],
        registers: [app.metrics]
      })
      unaudited.inc({ action: schema['x-audit'] }, 0)
    })

    app.addHook('preHandler', async (request) => {
      const mutation = mutationOf(request)
      const state = stateOf(request)
      if (!mutation || !state || mutation.dryRun) return
      const { params, querystring: query, body } = request.routeOptions.schema ?? {}
      state.request = recordedRequest(request, { params, query, body })
      const event = auditEvent(mutation, 'requested', { at: now(), request: state.request })
      const recording = trail.record(event)
      if (request.routeOptions.schema?.['x-ends-harm']) {
        const problem = await problemWithin(recording, patienceMs)
        if (problem === undefined) state.request = undefined
        else {
          unaudited?.inc({ action: mutation.action })
          request.log.error(
            { err: problem, event },
            'carries out a cancellation before its event is in the audit trail'
          )
        }
        return
      }
      state.request = undefined
      await recording.catch((error: unknown) => {
        // The trail has nothing on this request and could not take its outcome either, so the caller does not wait for
        // that.
        if (isKopsError(error, 'metadata_unavailable')) state.recorded = true
        throw error
      })
    })

    app.addHook('onError', async (request, _reply, error) => {
      const state = stateOf(request)
      if (state) state.error = error
    })

    app.addHook('onSend', async (request, reply) => {
      const state = stateOf(request)
      const mutation = mutationOf(request)
      if (!state || !mutation || state.recorded) return
      state.recorded = true
      if (mutation.dryRun && outcomeOf(reply.statusCode) !== 'denied') return
      await recordOutcome(trail, { request, reply, mutation, state, at: now() })
    })
  },
  { name: 'audit', dependencies: ['auth', 'metrics'] }
)

/** Why something is not done within a time; undefined if it is. What fails later is ignored. */
async function problemWithin(doing: Promise<void>, ms: number): Promise<unknown> {
  const ending = new AbortController()
  try {
    return await Promise.race([
      doing.then(
        () => undefined,
        (error: unknown) => error
      ),
      wait(ms, new Error(`not within ${ms} ms`), { signal: ending.signal })
    ])
  } finally {
    ending.abort()
  }
}

interface Ending {
  request: FastifyRequest
  reply: FastifyReply
  mutation: Mutation
  state: AuditState
  at: Date
}

/**
 * A completed change stays completed: failing to write its outcome does not turn the answer into an error, but is
 * reported.
 */
async function recordOutcome(trail: AuditTrail, { request, reply, mutation, state, at }: Ending): Promise<void> {
  const outcome: AuditOutcome = outcomeOf(reply.statusCode)
  const event = auditEvent(mutation, outcome, { at, error: state.error, request: state.request })
  try {
    await trail.record(event)
  } catch (err) {
    request.log.error({ err, event }, 'could not write the outcome of a mutation to the audit trail')
    reply.header('x-kops-audit', 'outcome-not-recorded')
  }
}

function actionOf(request: FastifyRequest): string | undefined {
  return readings.has(request.method) ? undefined : request.routeOptions.schema?.['x-audit']
}

/** Created on first use: a denied request never reaches this plugin's own request hooks. */
function stateOf(request: FastifyRequest): AuditState | undefined {
  if (actionOf(request) === undefined) return undefined
  request.auditState ??= { request: undefined, note: {}, error: undefined, recorded: false }
  return request.auditState
}

function mutationOf(request: FastifyRequest): Mutation | undefined {
  const action = actionOf(request)
  const state = stateOf(request)
  if (action === undefined || state === undefined) return undefined
  const query = asRecord(request.query)
  return {
    requestId: request.id,
    action,
    dryRun: changesNothing(request),
    actor: actorOf(request),
    target: targetOf(request) ?? action,
    note: {
      ...(typeof query['reason'] === 'string' ? { reason: query['reason'] } : {}),
      ...state.note
    }
  }
}

/** Whether it is a plan or a dry run. Where dryRun means nothing to an endpoint, a change must not pass for one. */
function changesNothing({ query, body, routeOptions: { schema = {} } }: FastifyRequest): boolean {
  const isDryRun = (part: unknown, given: unknown) =>
    'dryRun' in asRecord(asRecord(part)['properties']) && String(asRecord(given)['dryRun']) === 'true'
  return schema['x-changes-nothing'] === true || isDryRun(schema.querystring, query) || isDryRun(schema.body, body)
}

/** The caller of a request as the trail shows them. */
export function actorOf({ principal, ip }: FastifyRequest): AuditActor {
  const { name = 'unauthenticated', role = null, how = null } = principal ?? {}
  return { name, role, how, address: ip }
}

/** The target of a mutation as named by the request: in its path, query or body. */
function targetOf(request: FastifyRequest): string | undefined {
  const [query, body] = [asRecord(request.query), asRecord(request.body)]
  const named = [
    Object.values(asRecord(request.params))[0],
    query['topicName'],
    body['name'],
    body['topic'] ?? query['topic'],
    body['node']
  ]
  return named.find((value) => typeof value === 'string')
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

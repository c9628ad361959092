import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type AuditNote, auditEvent, type Mutation, outcomeOf } from '../audit/audit-event.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { type RecordedRequest, recordedRequest } from '../audit/recorded-request.ts'
import type { AuditActor, AuditOutcome } from '../contracts/audit.ts'
import { isKopsError } from '../errors/catalog.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** The name of the mutation in the audit trail, `topic.create`. Every route that is not a read declares it. */
    'x-audit'?: string
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
}

const readings = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Records everything that is done, tried and planned: once before a handler changes anything (if that record cannot be
 * written, the mutation is not carried out), and once with the outcome before the answer is sent. Registering a
 * mutation without x-audit throws, so that none can be forgotten.
 */
export const auditPlugin = fp<AuditOptions>(
  async (app, { trail, now }) => {
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
    })

    app.addHook('preHandler', async (request) => {
      const mutation = mutationOf(request)
      const state = stateOf(request)
      if (!mutation || !state) return
      const { params, querystring: query, body } = request.routeOptions.schema ?? {}
      state.request = recordedRequest(request, { params, query, body })
      if (mutation.dryRun) return
      const event = auditEvent(mutation, 'requested', { at: now(), request: state.request })
      state.request = undefined
      await trail.record(event).catch((error: unknown) => {
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
      await recordOutcome(trail, { request, reply, mutation, state, at: now() })
    })
  },
  { name: 'audit', dependencies: ['auth'] }
)

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
  const outcome: AuditOutcome = outcomeOf(reply.statusCode, mutation.dryRun)
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
    dryRun: query['dryRun'] === true || query['dryRun'] === 'true',
    actor: actorOf(request),
    target: targetOf(request) ?? action,
    note: {
      ...(typeof query['reason'] === 'string' ? { reason: query['reason'] } : {}),
      ...state.note
    }
  }
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

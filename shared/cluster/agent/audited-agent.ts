import { auditEvent, type Mutation } from '../../audit/audit-event.ts'
import type { AuditTrail } from '../../audit/audit-trail.ts'
import { recordAction, withOutcome } from '../../audit/record-action.ts'
import type { RecordedRequest } from '../../audit/recorded-request.ts'
import type { Agent } from '../agent-port.ts'

export interface AgentTrailOptions {
  trail: AuditTrail
  /** Where requests come in. */
  socket: 'agent-socket' | 'drills-socket'
  now: () => Date
  newId: () => string
  /** Receives what could not be recorded. */
  onProblem: (error: unknown) => void
}

/**
 * An agent that records each of its verbs and its outcome. Only injecting a fault needs the record: everything else may be
 * what repairs a machine whose disk is full or does not answer, and waits for none. Renewals of a lease are not recorded.
 */
export function auditedAgent(agent: Agent, { trail, socket, now, newId, onProblem }: AgentTrailOptions): Agent {
  // A socket identifies no caller: anyone who may open it may use its verbs. Services record their callers.
  const actor = { name: socket, role: null, how: 'unix-socket', address: 'local' }

  function mutationOf(action: string, target: string, note: Mutation['note'] = {}): Mutation {
    return { requestId: newId(), action, dryRun: false, actor, target, note }
  }

  function recorded<T>(
    action: string,
    target: string,
    act: () => Promise<T>,
    request: RecordedRequest = {},
    note: Mutation['note'] = {}
  ): Promise<T> {
    const mutation = mutationOf(action, target, note)
    trail.record(auditEvent(mutation, 'requested', { at: now(), request })).catch(onProblem)
    return withOutcome(trail, mutation, { now, onLost: onProblem, waits: false }, act)
  }

  return {
    ...agent,
    up: () => recorded('cluster.up', 'cluster', () => agent.up()),
    down: () => recorded('cluster.down', 'cluster', () => agent.down()),
    wipe: () => recorded('cluster.wipe', 'cluster', () => agent.wipe()),
    node: (node, verb, ...reason) => {
      const note = reason[0] === undefined ? {} : { reason: reason[0] }
      return recorded(`node.${verb}`, node, () => agent.node(node, verb, ...reason), { params: { node, verb } }, note)
    },
    remove: (node) => recorded('node.remove', node, () => agent.remove(node), { params: { node } }),
    inject: (fault) =>
      recordAction(
        trail,
        mutationOf('fault.inject', fault.node),
        { now, request: { body: fault }, onLost: onProblem },
        () => agent.inject(fault)
      ),
    heal: (id) => recorded('fault.heal', id, () => agent.heal(id), { params: { id } })
  }
}

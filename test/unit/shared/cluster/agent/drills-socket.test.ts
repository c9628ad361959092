import t from 'tap'
import { agentVerbs } from '#shared/cluster/agent/routes.ts'
import type { Agent, AgentVerb } from '#shared/cluster/agent-port.ts'
import { serveAgent } from './served-agent.ts'

const id = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'

/** A valid call of each verb, and whether drills may make it. */
const verbs: Record<AgentVerb, { call: (agent: Agent) => Promise<unknown>; forDrills: boolean }> = {
  status: { call: (agent) => agent.status(), forDrills: true },
  inject: { call: (agent) => agent.inject({ kind: 'stop', node: 'kafka-1', leaseMs: 1000 }), forDrills: true },
  renew: { call: (agent) => agent.renew(id, 1000), forDrills: true },
  heal: { call: (agent) => agent.heal(id), forDrills: true },
  fault: { call: (agent) => agent.fault(id), forDrills: true },
  findRecords: {
    call: (agent) => agent.findRecords({ topic: 't', partition: 0, records: [{ offset: 3, key: 'k' }] }),
    forDrills: true
  },
  reach: { call: (agent) => agent.reach(), forDrills: true },
  up: { call: (agent) => agent.up(), forDrills: false },
  down: { call: (agent) => agent.down(), forDrills: false },
  wipe: { call: (agent) => agent.wipe(), forDrills: false },
  node: { call: (agent) => agent.node('kafka-1', 'stop'), forDrills: false },
  remove: { call: (agent) => agent.remove('kafka-4'), forDrills: false },
  logs: { call: (agent) => agent.logs('kafka-1', 1), forDrills: false }
}

t.test('every route belongs to a verb of the table', async (t) => {
  t.same([...agentVerbs].sort(), Object.keys(verbs).sort())
})

for (const [verb, { call, forDrills }] of Object.entries(verbs)) {
  for (const socket of ['full', 'drills'] as const) {
    const offered = socket === 'full' || forDrills
    t.test(`${verb} through the ${socket} socket is ${offered ? 'carried out' : 'refused'}`, async (t) => {
      const { clients, asked } = await serveAgent(t)
      const answer = call(clients[socket])
      if (offered) {
        // Two verbs of this agent fail once they have been reached.
        if (verb === 'heal') await t.rejects(answer, { code: 'fault_conflict' })
        else if (verb === 'fault') await t.rejects(answer, { code: 'internal' })
        else {
          await answer
          t.match(asked, [[verb]])
        }
        return
      }
      await t.rejects(answer, { code: 'forbidden', status: 403, message: new RegExp(`${verb} is for the owner`) })
      t.same(asked, [], 'the agent has not heard of it')
    })
  }
}

t.test('a refusal comes before a look at the request, and what is no verb is not found', async (t) => {
  const { clients } = await serveAgent(t)
  await t.rejects(clients.drills.logs('kafka-1', 0), { code: 'forbidden' })
  await t.rejects(clients.full.logs('kafka-1', 0), { code: 'validation_failed' })
  await t.rejects(clients.drills.fault('a/b'), { code: 'validation_failed' })
})

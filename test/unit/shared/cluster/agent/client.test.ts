import t from 'tap'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { fault, node, reachability } from './plain-agent.ts'
import { serveAgent } from './served-agent.ts'

t.test('each verb arrives as it was said, and its answer comes back', async (t) => {
  const { clients, asked, status } = await serveAgent(t)
  const client = clients.full
  t.same(await client.status(), status)
  t.same(await client.up(), status)
  t.equal(await client.down(), undefined)
  t.equal(await client.wipe(), undefined)
  t.same(await client.node('kafka-1', 'restart'), node)
  t.same(await client.node('kafka-1', 'restart', 'the disk & its cable'), node)
  t.same(await client.logs('kafka-1', 2), { node: 'kafka-1', lines: ['a', 'b'] })
  t.same(await client.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 10_000 }), fault)
  const cut = { from: ['brokers' as const], direction: 'both' as const }
  t.same(await client.inject({ kind: 'cut', node: 'kafka-1', cut, leaseMs: 10_000 }), fault)
  t.same(await client.reach(), reachability)
  t.same(await client.renew(fault.id, 5000), fault)
  t.same(asked, [
    ['status'],
    ['up'],
    ['down'],
    ['wipe'],
    ['node', 'kafka-1', 'restart'],
    ['node', 'kafka-1', 'restart', 'the disk & its cable'],
    ['logs', 'kafka-1', 2],
    ['inject', { kind: 'kill', node: 'kafka-1', leaseMs: 10_000 }],
    ['inject', { kind: 'cut', node: 'kafka-1', cut, leaseMs: 10_000 }],
    ['reach'],
    ['renew', fault.id, 5000]
  ])
})

t.test("the agent's errors keep their code, its mistakes are internal, and nonsense does not reach it", async (t) => {
  const { clients, asked } = await serveAgent(t)
  const client = clients.full
  await t.rejects(client.heal(fault.id), { code: 'fault_conflict', message: 'another fault is there' })
  await t.rejects(client.fault(fault.id), { code: 'internal' })
  await t.rejects(client.fault('../cluster'), { code: 'validation_failed' })
  await t.rejects(client.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 0 }), {
    code: 'validation_failed',
    errors: [{ field: 'leaseMs' }]
  })
  const slow = { kind: 'slow', node: 'kafka-1', leaseMs: 10_000 } as const
  await t.rejects(client.inject({ ...slow, slow: {} }), { code: 'validation_failed', errors: [{ field: 'slow' }] })
  await t.rejects(client.inject({ ...slow, slow: { lossPercent: 100 } }), {
    code: 'validation_failed',
    errors: [{ field: 'slow.lossPercent' }]
  })
  await t.rejects(client.logs('kafka-1', 0), { code: 'validation_failed' })
  t.same(asked, [])
})

t.test('an agent that is not there is unreachable, again and again', async (t) => {
  const client = createAgentClient('/nowhere/agent.sock')
  t.teardown(() => client.close())
  await t.rejects(client.status(), { code: 'agent_unreachable' })
  await t.rejects(client.up(), { code: 'agent_unreachable' })
})

t.test('an agent that has gone is unreachable for a client that knew it', async (t) => {
  const { clients, close } = await serveAgent(t)
  await clients.full.status()
  await close()
  await t.rejects(clients.full.status(), { code: 'agent_unreachable' })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createAgentApp } from '#shared/cluster/agent/app.ts'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { registerRoutes } from '#shared/cluster/agent/routes.ts'
import { fault, node, plainAgent } from './plain-agent.ts'

/** The client of an agent that records its requests. */
async function connect(t: Test) {
  // A unix socket's path is short, so not in the test's own folder.
  const folder = await mkdtemp(join(tmpdir(), 'kops-client-'))
  const { agent, asked, status } = plainAgent()
  const app = await createAgentApp('silent')
  registerRoutes(app, agent)
  const socket = join(folder, 'agent.sock')
  await app.listen({ path: socket })
  const client = createAgentClient(socket)
  t.teardown(async () => {
    await client.close()
    await app.close()
    await rm(folder, { recursive: true })
  })
  return { client, asked, status, app }
}

t.test('each verb arrives as it was said, and its answer comes back', async (t) => {
  const { client, asked, status } = await connect(t)
  t.same(await client.status(), status)
  t.same(await client.up(), status)
  t.equal(await client.down(), undefined)
  t.equal(await client.wipe(), undefined)
  t.same(await client.node('kafka-1', 'restart'), node)
  t.same(await client.logs('kafka-1', 2), { node: 'kafka-1', lines: ['a', 'b'] })
  t.same(await client.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 10_000 }), fault)
  t.same(await client.renew(fault.id, 5000), fault)
  t.same(asked, [
    ['status'],
    ['up'],
    ['down'],
    ['wipe'],
    ['node', 'kafka-1', 'restart'],
    ['logs', 'kafka-1', 2],
    ['inject', { kind: 'kill', node: 'kafka-1', leaseMs: 10_000 }],
    ['renew', fault.id, 5000]
  ])
})

t.test("the agent's errors keep their code, its mistakes are internal, and nonsense does not reach it", async (t) => {
  const { client, asked } = await connect(t)
  await t.rejects(client.heal(fault.id), { code: 'fault_conflict', message: 'another fault is there' })
  await t.rejects(client.fault(fault.id), { code: 'internal' })
  await t.rejects(client.fault('../cluster'), { code: 'validation_failed' })
  await t.rejects(client.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 0 }), {
    code: 'validation_failed',
    errors: [{ field: 'leaseMs' }]
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
  const { client, app } = await connect(t)
  await client.status()
  await app.close()
  await t.rejects(client.status(), { code: 'agent_unreachable' })
})

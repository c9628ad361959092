import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parseTrail } from '#cli/audit-trail.ts'
import { createFileTrail } from '#shared/audit/file-trail.ts'
import { verifyChain } from '#shared/audit/verify-chain.ts'
import { auditedAgent } from '#shared/cluster/agent/audited-agent.ts'
import { poll } from '#shared/poll.ts'
import { plainAgent } from './plain-agent.ts'

const fault = { kind: 'isolate', node: 'kafka-1', leaseMs: 10_000 } as const

/** An agent that only notes what it is asked; its trail is in a file. */
function begin(path: string, writer = 'agent-1') {
  const { agent: plain, asked } = plainAgent()
  const problems: unknown[] = []
  let ids = 0
  const agent = auditedAgent(plain, {
    trail: createFileTrail({ path, onUndecodable: (found) => problems.push(found) }, () => writer),
    socket: 'drills-socket',
    now: () => new Date(),
    newId: () => `${writer}-${++ids}`,
    onProblem: (error) => problems.push(error)
  })
  return { agent, done: () => asked.map((call) => call.join(' ')), problems }
}

const eventsIn = async (path: string) => parseTrail(await readFile(path, 'utf8'), path)

t.test(
  'each verb is in the file before it is carried out, with its outcome after; the chain survives a restart',
  async (t) => {
    const path = join(t.testdir(), 'agent', 'audit.jsonl')
    const first = begin(path)
    await first.agent.up()
    await first.agent.node('kafka-1', 'stop')
    await first.agent.inject(fault)
    await first.agent.renew('f', 1000)
    await t.rejects(first.agent.heal('f'), { code: 'fault_conflict' })
    await until(async () => (await readFile(path, 'utf8')).split('\n').length > 8)
    // Killed while it was writing.
    await appendFile(path, '{"id":"half')
    const second = begin(path, 'agent-2')
    await second.agent.inject(fault)
    const events = await eventsIn(path)
    t.same(
      events.map(({ action, target, outcome }) => `${action} ${target} ${outcome}`),
      [
        ...['cluster.up cluster requested', 'cluster.up cluster applied'],
        ...['node.stop kafka-1 requested', 'node.stop kafka-1 applied'],
        ...['fault.inject kafka-1 requested', 'fault.inject kafka-1 applied'],
        ...['fault.heal f requested', 'fault.heal f refused'],
        ...['fault.inject kafka-1 requested', 'fault.inject kafka-1 applied']
      ]
    )
    t.match(events[4], { request: { body: fault }, actor: { name: 'drills-socket', how: 'unix-socket' } })
    t.match(verifyChain(events), { intact: true, chains: [{ writer: 'agent-1', events: 10 }] })
    t.match(verifyChain(events.toSpliced(2, 1)), { intact: false, findings: [{ kind: 'missing' }] })
  }
)

t.test('the reason for a forced restart is in its events', async (t) => {
  const path = join(t.testdir(), 'agent', 'audit.jsonl')
  const { agent, done } = begin(path)
  await agent.node('kafka-1', 'restart', 'its disk is replaced')
  t.same(done(), ['node kafka-1 restart its disk is replaced'])
  await until(async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').length > 2)
  t.same(
    (await eventsIn(path)).map(({ outcome, reason }) => [outcome, reason]),
    [
      ['requested', 'its disk is replaced'],
      ['applied', 'its disk is replaced']
    ]
  )
})

t.test('where nothing can be recorded, only injecting a fault is refused', async (t) => {
  const path = join(t.testdir(), 'agent', 'audit.jsonl')
  // A file where the folder should be: nothing can be written there.
  await writeFile(dirname(path), '')
  const { agent, done, problems } = begin(path)
  await t.rejects(agent.inject(fault), { code: 'audit_unavailable' })
  t.same(done(), [])
  await agent.down()
  await agent.wipe()
  for (const verb of ['stop', 'start', 'heal'] as const) await agent.node('kafka-1', verb)
  t.same(done(), ['down', 'wipe', 'node kafka-1 stop', 'node kafka-1 start', 'node kafka-1 heal'])
  await until(() => problems.length === 10)

  await rm(dirname(path))
  await mkdir(dirname(path))
  await agent.inject(fault)
  const events = await eventsIn(path)
  t.match(events[0], { action: 'fault.inject', chain: { unwritten: [{ from: 0 }] } })
  t.ok(verifyChain(events).intact, 'the chain says what could not be recorded')
})

t.test('a disk that does not answer holds up no verb but injecting', async (t) => {
  const { agent: plain, asked } = plainAgent()
  const never = { record: () => new Promise<void>(() => {}) }
  const agent = auditedAgent(plain, {
    trail: never,
    socket: 'agent-socket',
    now: () => new Date(),
    newId: () => 'x',
    onProblem: t.error
  })
  await agent.up()
  await agent.node('kafka-1', 'heal')
  t.same(asked, [['up'], ['node', 'kafka-1', 'heal']])
})

/** Until a condition holds, which background work brings about. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await poll(
    async () => holds(),
    (held) => held,
    { timeoutMs: 5000, pauseMs: 5 }
  )
}

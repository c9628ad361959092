import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { openFaultJournal } from '#shared/cluster/agent/fault-journal.ts'
import { createHeldFaults } from '#shared/cluster/agent/held-faults.ts'
import { createNodeLock } from '#shared/cluster/agent/node-lock.ts'
import type { Fault } from '#shared/contracts/cluster.ts'
import { poll } from '#shared/poll.ts'
import { type DiskError, diskErrors, failingDisk } from '../../../failing-disk.ts'
import { createNodes } from './memory-nodes.ts'

const run = promisify(execFile)

/** Everything that a fault goes through: with a request, with an expired lease, and with an agent that ends. */
function begin(t: Test) {
  const folder = join(t.testdir(), 'faults')
  const disk = failingDisk(t, folder)
  const nodes = createNodes()
  const warnings: string[] = []
  const log = { info: () => {}, warn: (_: object, message: string) => void warnings.push(message) }
  const agent = () =>
    createHeldFaults({
      runtime: nodes.runtime,
      journal: openFaultJournal(folder),
      lock: createNodeLock(),
      now: Date.now,
      log
    })
  return { folder, disk, nodes, agent, warnings }
}
type Begun = ReturnType<typeof begin>

const isolateFirst = { kind: 'isolate', node: 'kafka-1', leaseMs: 60_000 } as const

/** Whether every node is as it was within half a second: the first retry of a failed undoing would come later. */
async function isHealthy({ nodes }: Begun): Promise<boolean> {
  const { done } = await poll(
    async () => nodes.isolated.size === 0 && [...nodes.states.values()].every((state) => state === 'running'),
    (healthy) => healthy,
    { timeoutMs: 450, pauseMs: 1 }
  )
  return done
}

type Agent = ReturnType<Begun['agent']>

interface Outcome {
  agents: Agent[]
  /** If it was injected. */
  fault?: Fault | undefined
  /** An agent that does nothing more, but whose timers run in this process. */
  killed?: Agent
}

const stories: Record<string, (begun: Begun, t: Test) => Promise<Outcome>> = {
  async 'a fault that is healed on request'(begun, t) {
    const agent = begun.agent()
    await agent.reconcile()
    const fault = await agent.inject(isolateFirst).catch(() => undefined)
    if (fault) {
      t.match(await agent.renew(fault.id, 60_000), { state: 'active' })
      t.match(await agent.heal(fault.id, 'request'), { state: 'healed', healedBy: 'request' })
    }
    t.ok(await isHealthy(begun))
    t.same(agent.open(), [])
    return { agents: [agent], fault }
  },
  async 'a fault whose lease expires'(begun, t) {
    const agent = begun.agent()
    const fault = await agent.inject({ kind: 'pause', node: 'kafka-1', leaseMs: 5 }).catch(() => undefined)
    t.ok(await isHealthy(begun))
    return { agents: [agent], fault }
  },
  async 'an agent that ends'(begun, t) {
    const agent = begun.agent()
    const fault = await agent.inject(isolateFirst).catch(() => undefined)
    await agent.close()
    t.ok(await isHealthy(begun))
    return { agents: [agent], fault: begun.disk.isFailing() ? undefined : fault }
  },
  async 'an agent that was killed'(begun, t) {
    const killed = begun.agent()
    const fault = await killed.inject(isolateFirst).catch(() => undefined)
    const next = begun.agent()
    await next.reconcile()
    t.ok(await isHealthy(begun))
    return { agents: [next], fault, killed }
  },
  async 'a cluster that is taken down'(begun, t) {
    const agent = begun.agent()
    const fault = await agent.inject(isolateFirst).catch(() => undefined)
    begun.nodes.isolated.clear()
    await t.resolves(agent.settle('down'))
    t.same(agent.open(), [])
    return { agents: [agent], fault }
  }
}

/** The story, and then the journal of a disk that has recovered. */
async function play(story: (typeof stories)[string], begun: Begun, t: Test): Promise<void> {
  const { agents, fault, killed } = await story(begun, t)
  begun.disk.recover()
  for (const agent of agents) await agent.close()
  const { faults, unreadable } = await openFaultJournal(begun.folder).load()
  t.same(unreadable, [])
  if (fault) t.match(faults, [{ id: fault.id, state: 'healed' }], 'the journal has caught up')
  await killed?.close()
}

for (const [name, story] of Object.entries(stories)) {
  t.test(`${name}: whichever write fails, no node keeps a fault`, async (t) => {
    let sites: readonly string[] = []
    await t.test('no write fails', async (t) => {
      const begun = begin(t)
      await play(story, begun, t)
      sites = [...begun.disk.writes]
      t.same(begun.warnings, [])
    })
    const cases = diskErrors.flatMap((error) => [true, false].map((only): [DiskError, boolean] => [error, only]))
    for (const [nth, site] of sites.entries()) {
      for (const [error, only] of cases) {
        await t.test(`${error} at ${site} (${nth})${only ? '' : ' and ever after'}`, async (t) => {
          const begun = begin(t)
          begun.disk.fail(error, nth, only)
          await play(story, begun, t)
        })
      }
    }
  })
}

/** A file system of 64 kB until the test ends; undefined if this user cannot mount one. */
async function smallDisk(t: Test): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'kops-small-disk-'))
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).then(
    () => true,
    () => false
  )
  t.teardown(async () => {
    if (isMounted) await run('umount', [folder])
    await rmdir(folder)
  })
  return isMounted ? folder : undefined
}

t.test('on a full disk no fault begins, and one that began before is undone and recorded', async (t) => {
  const folder = await smallDisk(t)
  if (folder === undefined) {
    t.pass('skipped: this user cannot mount a file system')
    return
  }
  const nodes = createNodes()
  const journal = openFaultJournal(join(folder, 'faults'))
  const log = { info: () => {}, warn: () => {} }
  const agent = createHeldFaults({ runtime: nodes.runtime, journal, lock: createNodeLock(), now: Date.now, log })
  const fault = await agent.inject(isolateFirst)
  await t.rejects(appendFile(join(folder, 'filler'), Buffer.alloc(65_536)), { code: 'ENOSPC' })

  await t.rejects(agent.inject({ ...isolateFirst, node: 'kafka-2' }), { code: 'storage_unavailable' })
  t.same([...nodes.isolated], ['kafka-1'], 'a fault that cannot be recorded is not injected')
  t.match(await agent.heal(fault.id, 'request'), { state: 'healed' })
  t.same([...nodes.isolated], [])
  t.same(await agent.warnings(), [])
  await agent.close()
  t.match((await openFaultJournal(join(folder, 'faults')).load()).faults, [{ id: fault.id, state: 'healed' }])
})

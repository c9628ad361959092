// Runs alone: it breaks nodes.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { startKops } from '../../integration/cli/kops.ts'
import { until } from '../../integration/cluster/own-cluster.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

t.setTimeout(180_000)

const agent = await agentUnderTest()
t.teardown(() => agent.close())

const node = 'kafka-3'
const nodeNow = async () => (await agent.status()).nodes.find(({ name }) => name === node)

/** `kops cluster fault` on the node, with its output so far. */
function startFault(t: Test, kind: string) {
  const child: ChildProcess = startKops(['cluster', 'fault', kind, node, '--for', '300'])
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk
    })
  }
  const exited = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await until('no fault is left', 60_000, async () => (await agent.status()).faults.length === 0)
    await until(`${node} answers`, 60_000, async () => (await nodeNow())?.ready === true)
  })
  return {
    child,
    exited,
    printed: () => text,
    says: (pattern: RegExp) => until(`it says ${pattern}`, 60_000, async () => pattern.test(text))
  }
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129]
] as const) {
  t.test(`a fault command that gets ${signal} heals before it exits, and reports that`, async (t) => {
    const { child, exited, printed, says } = startFault(t, 'pause')
    await says(/pause on kafka-3 for 300 s; press Ctrl-C/)
    t.match(await nodeNow(), { state: 'paused' })
    child.kill(signal)
    t.same(await exited, [code, null])
    t.match(await agent.status(), { faults: [] })
    t.match(await nodeNow(), { state: 'running' })
    t.match(printed(), /Interrupted: healing kafka-3 \.\.\.\n.*kafka-3 healed at \d{4}-/)
  })
}

t.test('a second signal ends it at once; the lease heals', async (t) => {
  const { child, exited, printed, says } = startFault(t, 'kill')
  await says(/kill on kafka-3/)
  child.kill('SIGINT')
  // A broker takes seconds to start.
  await says(/healing/)
  child.kill('SIGINT')
  t.same(await exited, [130, null])
  t.match(printed(), /kafka-3 heals within 6 s/)
  t.notMatch(printed(), /healed at/)
  await until('the fault is healed', 60_000, async () => (await agent.status()).faults.length === 0)
  t.match(await nodeNow(), { state: 'running' })
})

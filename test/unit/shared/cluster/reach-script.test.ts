import { createServer } from 'node:net'
import t from 'tap'
import { run } from '#shared/cluster/command.ts'
import { type ReachTarget, reachedTargets, reachFromAll, reachScript } from '#shared/cluster/reach-script.ts'

const target = (node: string, port: number): ReachTarget => ({ node, service: 'broker', host: '127.0.0.1', port })

t.test('the script finds out which ports take connections', async (t) => {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  // Nothing listens on port 1 of a machine.
  const targets = [target('kafka-1', 1), target('kafka-2', port)]
  const output = await run('bash', ['-s'], { input: reachScript(targets), timeoutMs: 5000 })
  t.same(reachedTargets(targets, output), [
    { node: 'kafka-1', service: 'broker', reachable: false },
    { node: 'kafka-2', service: 'broker', reachable: true }
  ])
})

t.test('output that breaks off says nothing', async (t) => {
  t.equal(reachedTargets([target('kafka-1', 1)], '0\n'), undefined)
  t.equal(reachedTargets([target('kafka-1', 1)], ''), undefined)
})

t.test('a node tries all others and not itself; one that cannot is named with the reason', async (t) => {
  const targets = [target('kafka-1', 1), target('kafka-2', 2)]
  const from = await reachFromAll(['kafka-1', 'kafka-2', 'kafka-3'], targets, async (node, script) => {
    if (node === 'kafka-2') throw new Error('no shell')
    if (node === 'kafka-3') return '1\n'
    t.match(script, /127.0.0.1\/2/)
    t.notMatch(script, /127.0.0.1\/1/)
    return '0\ndone\n'
  })
  t.same(from, [
    { node: 'kafka-1', to: [{ node: 'kafka-2', service: 'broker', reachable: true }] },
    { node: 'kafka-2', to: [], detail: 'no shell' },
    { node: 'kafka-3', to: [], detail: 'The attempts did not end in time' }
  ])
})

import { join } from 'node:path'
import t from 'tap'
import { prepareJavaControl } from '#cli/load/java-control.ts'
import { defaultHeap, defaultPorts, saveDefinition } from '#shared/cluster/definition.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'

const workload: Workload = {
  name: 'x',
  topic: { kind: 'temporary', partitions: 3, replicationFactor: 3 },
  rate: { kind: 'constant', perSecond: 1000 },
  durationSeconds: 10
}

const refused: { what: string; change: Partial<Workload>; why: RegExp }[] = [
  { what: 'a closed loop', change: { rate: { kind: 'closed' } }, why: /constant rate/ },
  { what: 'more than it can print', change: { rate: { kind: 'constant', perSecond: 10_001 } }, why: /up to 10000/ },
  { what: 'a broken number', change: { rate: { kind: 'constant', perSecond: 0.5 } }, why: /whole number/ },
  {
    what: 'a topic that is not its own',
    change: { topic: { kind: 'existing', name: 'orders' } },
    why: /temporary topic/
  },
  {
    what: 'records that nobody acknowledges',
    change: { producer: { acks: 'none', idempotent: false } },
    why: /acks=none/
  },
  { what: 'consumers, which would read numbers', change: { consumers: [{ members: 1 }] }, why: /no consumers/ }
]
for (const { what, change, why } of refused) {
  t.test(`no control beside ${what}`, async (t) => {
    const context = { projectRoot: t.testdir({}), stateDir: () => t.testdirName }
    await t.rejects(prepareJavaControl(context, { ...workload, ...change }), { name: 'UsageError', message: why })
  })
}

t.test('without a cluster in this checkout, and without Kafka’s jars, it is refused by what is missing', async (t) => {
  const folder = t.testdir({})
  const context = { projectRoot: folder, stateDir: () => join(folder, 'state') }
  await t.rejects(prepareJavaControl(context, workload), {
    code: 'runtime_failed',
    message: /cluster of this checkout/
  })
  const definition = { id: 'abcdef', name: 'p', runtime: 'local', heap: defaultHeap, ports: defaultPorts } as const
  await saveDefinition(context.stateDir(), definition)
  const control = await prepareJavaControl(context, workload)
  const run = { topic: 'x', createdAt: new Date().toISOString() } as LoadTestRun
  await t.rejects(control.start(run), { code: 'runtime_failed', message: /jars are not in/ })
  await control.stop()
})

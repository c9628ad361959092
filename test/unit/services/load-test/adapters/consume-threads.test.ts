import t from 'tap'
import { createConsumeThreads } from '#services/load-test/adapters/consume-threads.ts'
import { machineOffsetMs } from '#services/load-test/adapters/machine-clock.ts'
import { loadConfig } from '#services/load-test/config.ts'

const nowhere = loadConfig({ KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1' })
const consumers = { members: 2, processingMs: 0, drainSeconds: 1 }
const order = {
  topic: 'x',
  group: 'g',
  index: 0,
  consumers,
  run: 1,
  headers: [],
  isolation: 'read_uncommitted' as const
}

t.test('a group that cannot be joined is refused with its error, and its thread ends', async (t) => {
  const engine = createConsumeThreads({ config: nowhere, clientId: 'test' })
  t.teardown(() => engine.close())
  await t.rejects(engine.prepare(order), { name: 'KopsError', code: 'cluster_unreachable' })
})

t.test('settings that are not valid fail the run, not the service', async (t) => {
  const config = { ...nowhere, KOPS_BOOTSTRAP_SERVERS: 'no port' }
  const engine = createConsumeThreads({ config, clientId: 'test' })
  t.teardown(() => engine.close())
  await t.rejects(engine.prepare(order), { message: /thread/ })
})

t.test('the clock of the machine goes on like that of the thread', async (t) => {
  const before = performance.now() + machineOffsetMs()
  const now = Number(process.hrtime.bigint()) / 1e6
  t.ok(before <= now && now - before < 1000, `${before} and ${now}`)
  t.ok(Math.abs(machineOffsetMs() - machineOffsetMs()) < 50)
})

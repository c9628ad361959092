import t from 'tap'
import { createLoadThreads } from '#services/load-test/adapters/load-threads.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { workload } from '../fakes.ts'

const nowhere = loadConfig({ KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1' })

t.test('an order that cannot be prepared is refused with its error, as often as it is given', async (t) => {
  const engine = createLoadThreads({ config: nowhere, clientId: 'test' })
  t.teardown(() => engine.close())
  for (const producers of [1, 3, 1]) {
    const order = { topic: 'x', workload: workload({ producers }), seed: 1, timestampMs: 0 }
    await t.rejects(engine.prepare(order), { name: 'KopsError', code: 'cluster_unreachable' })
  }
})

t.test('settings that are not valid fail the run, not the service', async (t) => {
  const config = { ...nowhere, KOPS_BOOTSTRAP_SERVERS: 'no port' }
  const engine = createLoadThreads({ config, clientId: 'test' })
  t.teardown(() => engine.close())
  await t.rejects(engine.prepare({ topic: 'x', workload: workload(), seed: 1, timestampMs: 0 }), { message: /thread/ })
})

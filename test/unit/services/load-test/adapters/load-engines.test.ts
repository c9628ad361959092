import t from 'tap'
import { createLoadEngines } from '#services/load-test/adapters/load-engines.ts'
import type { LoadEngine } from '#services/load-test/domain/load/engine-port.ts'
import { workload } from '../fakes.ts'

/** An engine that only says that it was asked. */
function engineOf(name: string): LoadEngine {
  return {
    async prepare() {
      throw new Error(name)
    },
    close: async () => {}
  }
}
const orderOf = (workers?: number) => ({
  ...{ topic: 'x', seed: 1, timestampMs: 0 },
  workload: workload(workers === undefined ? {} : { workers })
})

t.test('a workload with workers is for their engine, and others for the threads of the service', async (t) => {
  const engines = createLoadEngines({ threads: engineOf('threads'), workers: engineOf('workers') })
  await t.rejects(engines.prepare(orderOf()), { message: 'threads' })
  await t.rejects(engines.prepare(orderOf(2)), { message: 'workers' })
})

t.test('without a secret to share with workers, a workload that needs them is refused', async (t) => {
  const engines = createLoadEngines({ threads: engineOf('threads'), workers: undefined })
  await t.rejects(engines.prepare(orderOf(2)), {
    code: 'validation_failed',
    errors: [{ field: 'workers', message: /needs KOPS_LOAD_WORKER_SECRET/ }]
  })
})

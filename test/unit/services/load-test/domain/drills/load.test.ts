import t from 'tap'
import { loadOf } from '#services/load-test/domain/drills/load.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { KopsError } from '#shared/errors/catalog.ts'

const load: Workload = {
  name: 'steady',
  topic: { kind: 'temporary', partitions: 6, replicationFactor: 3 },
  payload: { kind: 'lines', lines: ['x'] }
}

function build(plan: { load?: Workload }, start: () => Promise<{ id: string }> = async () => ({ id: 'r1' })) {
  const calls: string[] = []
  const changes: object[] = []
  const loads = {
    start,
    cancel: async (id: string) => void calls.push(`cancel ${id}`),
    ended: async (id: string) => void calls.push(`ended ${id}`)
  }
  const onEvent = (event: string, detail?: string) => void calls.push(`${event} ${detail}`)
  const context = { plan: { ...plan, onChange: (change: object) => void changes.push(change) }, onEvent }
  return { participant: loadOf(loads)(context), calls, changes }
}

t.test('a drill without a load has none', async (t) => {
  t.equal(build({}).participant, undefined)
})

t.test('the load test runs beside the drill, is in its record, and ends once', async (t) => {
  const { participant, calls, changes } = build({ load })
  await participant?.start(new AbortController().signal)
  t.same(changes, [{ load: { run: 'r1' } }])
  await participant?.stop(1000, new AbortController().signal)
  await participant?.abandon()
  t.same(calls, ['load-started r1', 'cancel r1', 'ended r1', 'load-ended r1'])
})

t.test('a load that is refused ends the drill before its fault', async (t) => {
  const { participant } = build({ load }, async () => {
    throw new KopsError('broker_disk_low', 'the disk is nearly full')
  })
  const starting = async () => participant?.start(new AbortController().signal)
  await t.rejects(starting, { message: /could not be started: the disk/ })
})

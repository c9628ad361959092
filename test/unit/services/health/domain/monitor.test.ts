import t, { type Test } from 'tap'
import { createMonitor } from '../../../../../services/health/domain/monitor.ts'
import type { ClusterReadings } from '../../../../../services/health/domain/readings.ts'
import { createFakeClock } from '../fake-clock.ts'
import { readings } from '../plain-cluster.ts'

/** A monitor whose sweeps the test ends one by one, in order. */
function monitorOf(t: Test) {
  const clock = createFakeClock()
  const sweeps: PromiseWithResolvers<ClusterReadings>[] = []
  const failures: unknown[] = []
  const monitor = createMonitor({
    clock,
    pollIntervalMs: 30_000,
    maxAgeMs: 5000,
    onError: (error) => failures.push(error),
    sweep: (_known, signal) => {
      const sweep = Promise.withResolvers<ClusterReadings>()
      signal.addEventListener('abort', () => sweep.reject(signal.reason))
      sweeps.push(sweep)
      return sweep.promise
    }
  })
  t.teardown(() => monitor.close())
  return { clock, failures, monitor, sweeps }
}

/** Lets everything that is ready to go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('a fresh snapshot is given as it is; an older one is read anew at the asking', async (t) => {
  const { clock, monitor, sweeps } = monitorOf(t)
  const first = monitor.current()
  sweeps[0]?.resolve(readings())
  const snapshot = await first
  t.equal(monitor.last(), snapshot)

  clock.advance(5000)
  t.equal(await monitor.current(), snapshot)
  t.equal(monitor.ageMs(snapshot), 5000)
  clock.advance(1)
  const second = monitor.current()
  t.equal(sweeps.length, 2)
  t.equal(monitor.last(), snapshot, 'the metrics keep the old one meanwhile')
  sweeps[1]?.resolve(readings())
  t.not(await second, snapshot)
})

t.test('those who ask at the same time share one sweep', async (t) => {
  const { monitor, sweeps } = monitorOf(t)
  const asked = [monitor.current(), monitor.current(), monitor.current()]
  t.equal(sweeps.length, 1)
  sweeps[0]?.resolve(readings())
  const [first, ...others] = await Promise.all(asked)
  for (const other of others) t.equal(other, first)
})

t.test('it polls in the background, also after a failure', async (t) => {
  const { clock, failures, monitor, sweeps } = monitorOf(t)
  monitor.start()
  sweeps[0]?.resolve(readings())
  await settle()
  clock.advance(30_000)
  await settle()
  t.equal(sweeps.length, 2)
  sweeps[1]?.reject(new Error('a defect'))
  await settle()
  t.match(failures, [{ message: 'a defect' }])
  clock.advance(30_000)
  await settle()
  t.equal(sweeps.length, 3)
})

t.test('when a sweep fails as a whole the last snapshot is told, as stale', async (t) => {
  const { clock, failures, monitor, sweeps } = monitorOf(t)
  const none = monitor.current()
  sweeps[0]?.reject(new Error('no snapshot yet'))
  await t.rejects(none, { message: 'no snapshot yet' })

  const first = monitor.current()
  sweeps[1]?.resolve(readings())
  t.equal((await first).health.status, 'HEALTHY')
  clock.advance(12_000)
  const stale = monitor.current()
  sweeps[2]?.reject(new Error('a defect'))
  t.match((await stale).health, { status: 'DEGRADED', reasons: [{ code: 'reading_stale', message: /12 s old/ }] })
  t.equal(failures.length, 1)
  t.equal(monitor.last()?.health.status, 'HEALTHY', 'the snapshot itself is not changed')
})

t.test('errors are counted by part over all sweeps', async (t) => {
  const { clock, monitor, sweeps } = monitorOf(t)
  for (const index of [0, 1]) {
    const asked = monitor.current()
    sweeps[index]?.resolve(readings({ errors: new Map([['groups', 2]]) }))
    await asked
    clock.advance(6000)
  }
  t.equal(monitor.errorTotals().get('groups'), 4)
  t.equal(monitor.errorTotals().get('offsets'), 0)
})

t.test('close ends the sweep in flight and the polling', async (t) => {
  const { clock, failures, monitor, sweeps } = monitorOf(t)
  monitor.start()
  await monitor.close()
  clock.advance(60_000)
  await settle()
  t.equal(sweeps.length, 1)
  t.same(failures, [])
})

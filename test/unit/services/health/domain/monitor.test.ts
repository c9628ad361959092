import t, { type Test } from 'tap'
import type { RestReadings } from '#services/health/domain/compose.ts'
import { createGroupHistory, type GroupsAgain } from '#services/health/domain/groups/index.ts'
import { createMonitor } from '#services/health/domain/monitor.ts'
import type { QuickReadings } from '#services/health/domain/quick-reading.ts'
import type { Part } from '#services/health/domain/readings.ts'
import type { SignsOfLife } from '#services/health/domain/signs.ts'
import type { Snapshot } from '#services/health/domain/snapshot.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createFakeClock } from '../fake-clock.ts'
import { answering, metadata, partition, quickReadings, restReadings, silent, topic } from '../plain-cluster.ts'

/** A monitor whose readings the test finishes one by one, in order. */
function monitorOf(t: Test, pulseIntervalMs = 0) {
  const clock = createFakeClock()
  const quicks: PromiseWithResolvers<QuickReadings>[] = []
  const rests: PromiseWithResolvers<RestReadings>[] = []
  const pulses: PromiseWithResolvers<SignsOfLife>[] = []
  const again: PromiseWithResolvers<GroupsAgain | null>[] = []
  const asked: (readonly string[])[] = []
  const failures: unknown[] = []
  const next = <T>(list: PromiseWithResolvers<T>[], signal: AbortSignal) => {
    const reading = Promise.withResolvers<T>()
    signal.addEventListener('abort', () => reading.reject(signal.reason))
    list.push(reading)
    // A sweep whose quick reading failed does not wait for the rest.
    reading.promise.catch(() => undefined)
    return reading.promise
  }
  const monitor = createMonitor({
    clock,
    history: createGroupHistory(),
    pollIntervalMs: 30_000,
    pulseIntervalMs,
    readSigns: (_last, signal) => next(pulses, signal),
    maxAgeMs: 5000,
    onError: (error) => failures.push(error),
    sweeper: {
      quick: (_last, signal) => next(quicks, signal),
      groupsAgain: (names, _metadata, signal) => {
        asked.push(names)
        return next(again, signal)
      },
      rest: async (quick, _last, signal) => {
        const read = next(rests, signal)
        await quick
        return read
      }
    }
  })
  t.teardown(() => monitor.close())
  const first = async () => {
    const asked = monitor.current()
    quicks[0]?.resolve(quickReadings())
    rests[0]?.resolve(restReadings())
    return asked
  }
  return { clock, failures, monitor, quicks, rests, pulses, again, asked, first }
}

const error = new KopsError('kafka_timeout', 'kafka:9093: no answer within 900 ms')
const told = metadata([topic('a', partition()), topic('b', partition())])
const allAnswer = [1, 2, 3].map((id) => answering(id, told))
const without3 = [answering(1, told), answering(2, told), silent(3, error)]

function signs(overrides: Partial<SignsOfLife> = {}): SignsOfLife {
  const { asOf, durationMs, zookeepers, quorum } = quickReadings()
  const views = overrides.views ?? allAnswer
  const marks = new Map(views.map((view, index) => [`broker ${index}`, String(view.reachable)]))
  const outcomes = { parts: new Map(), problems: new Map() }
  return {
    asOf,
    durationMs,
    zookeepers,
    quorum,
    jmx: new Map(),
    views,
    marks,
    complete: true,
    ...outcomes,
    ...overrides
  }
}

/** A monitor that has swept once and felt one pulse, 2 s before the next. */
async function beating(t: Test) {
  const parts = monitorOf(t, 2000)
  const { monitor, quicks, rests, pulses, clock } = parts
  monitor.start()
  pulses[0]?.resolve(signs())
  await settle()
  quicks[0]?.resolve(quickReadings())
  await settle()
  const kinds: Snapshot['kind'][] = []
  monitor.subscribe(({ kind }) => kinds.push(kind))
  return {
    ...parts,
    kinds,
    endSweep: async (read: Partial<RestReadings> = {}) => {
      rests.at(-1)?.resolve(restReadings(read))
      await settle()
    },
    endQuick: async (read: Partial<QuickReadings> = {}) => {
      quicks.at(-1)?.resolve(quickReadings(read))
      await settle()
    },
    beat: async (read: Partial<SignsOfLife> = {}) => {
      clock.advance(2000)
      await settle()
      pulses.at(-1)?.resolve(signs(read))
      await settle()
    }
  }
}

/** Runs everything that is ready to continue. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('a fresh snapshot is given as it is; of an older one the quick reading is repeated', async (t) => {
  const { clock, monitor, quicks, rests, first } = monitorOf(t)
  const snapshot = await first()
  t.equal(snapshot.kind, 'full')
  t.equal(monitor.last(), snapshot)

  clock.advance(5000)
  t.equal(await monitor.current(), snapshot)
  t.equal(monitor.ageMs(snapshot), 5000)
  clock.advance(1)
  const second = monitor.current()
  t.equal(quicks.length, 2)
  t.equal(monitor.last(), snapshot, 'the metrics keep the old one meanwhile')
  quicks[1]?.resolve(quickReadings({ asOf: new Date('2026-01-31T12:00:05Z') }))
  const refreshed = await second
  t.match(refreshed, { kind: 'quick', health: { asOf: '2026-01-31T12:00:05.000Z', status: 'HEALTHY' } })
  t.equal(refreshed.groups, snapshot.groups, 'the rest is that of the last full sweep')
  t.equal(refreshed.readings.offsets, snapshot.readings.offsets)
  t.equal(rests.length, 1)
})

t.test('settings that one quick reading found for a new topic stay known while the next ones do not ask', async (t) => {
  const { clock, first, monitor, quicks } = monitorOf(t)
  await first()
  const grown = metadata([...told.topics, topic('new', partition())])
  const found: [metadata: typeof told, settings: [string, number][], known: unknown][] = [
    [grown, [['new', 2]], 2],
    [grown, [], 2],
    [told, [], undefined],
    [grown, [], undefined]
  ]
  for (const [index, [metadata, settings, known]] of found.entries()) {
    clock.advance(6000)
    const asked = monitor.current()
    quicks[index + 1]?.resolve(quickReadings({ metadata, minInsyncReplicas: new Map(settings) }))
    const { readings } = await asked
    t.equal(readings.minInsyncReplicas.get('new'), known, `reading ${index + 1}`)
    t.equal(readings.minInsyncReplicas.get('a'), 2, 'as the sweep read it')
  }
})

t.test('concurrent callers share one reading, and that of a sweep that has just started', async (t) => {
  const { clock, monitor, quicks, rests, first } = monitorOf(t)
  await first()
  clock.advance(6000)
  const asked = [monitor.current(), monitor.current(), monitor.current()]
  monitor.start()
  t.equal(quicks.length, 2)
  quicks[1]?.resolve(quickReadings())
  const [given, ...others] = await Promise.all(asked)
  for (const other of others) t.equal(other, given)
  t.equal(given?.kind, 'quick')
  rests[1]?.resolve(restReadings())
  await settle()
  t.equal(monitor.last()?.kind, 'full')
})

t.test('before the end of the first sweep a caller gets only the quick reading if the rest takes long', async (t) => {
  const { clock, monitor, quicks, rests } = monitorOf(t)
  monitor.start()
  const asked = monitor.current()
  quicks[0]?.resolve(quickReadings())
  await settle()
  t.equal(monitor.last(), undefined)
  clock.advance(1700)
  const { kind, health, readings } = await asked
  t.equal(kind, 'quick')
  t.match(health, { status: 'DEGRADED', reasons: [{ code: 'reading_incomplete' }], partitions: { underReplicated: 0 } })
  t.equal(readings.groups, null)
  t.match(health.warnings, [{ target: 'configs', message: /Not read yet/ }])
  rests[0]?.resolve(restReadings())
  await settle()
  t.match(monitor.last(), { kind: 'full', health: { status: 'HEALTHY', warnings: [] } })
  t.equal(monitor.errorTotals().get('groups'), 0, 'what was not read yet is no error')
})

t.test('it polls in the background, also after a failure', async (t) => {
  const { clock, failures, monitor, quicks, rests } = monitorOf(t)
  monitor.start()
  quicks[0]?.reject(new Error('a defect'))
  await settle()
  t.equal(failures.length, 1)
  clock.advance(30_000)
  await settle()
  quicks[1]?.resolve(quickReadings())
  rests[1]?.resolve(restReadings())
  await settle()
  t.equal(monitor.last()?.health.status, 'HEALTHY')
  clock.advance(29_999)
  await settle()
  t.equal(quicks.length, 2)
  clock.advance(1)
  await settle()
  t.equal(quicks.length, 3)
})

t.test('when a reading fails entirely, the last snapshot is returned as stale', async (t) => {
  const { clock, failures, monitor, quicks, rests } = monitorOf(t)
  const none = monitor.current()
  quicks[0]?.reject(new Error('no snapshot yet'))
  await t.rejects(none, { message: 'no snapshot yet' })

  const first = monitor.current()
  quicks[1]?.resolve(quickReadings())
  rests[1]?.resolve(restReadings())
  t.equal((await first).health.status, 'HEALTHY')
  clock.advance(12_000)
  const stale = monitor.current()
  quicks[2]?.reject(new Error('a defect'))
  t.match((await stale).health, { status: 'DEGRADED', reasons: [{ code: 'reading_stale', message: /12 s old/ }] })
  t.equal(failures.length, 1)
  t.equal(monitor.last()?.health.status, 'HEALTHY', 'the snapshot itself is not changed')
})

t.test('errors are counted by part over all readings, and successes are dated', async (t) => {
  const { clock, monitor, quicks, rests, first } = monitorOf(t)
  await first()
  const late = { code: 'kafka_timeout', message: 'late' }
  const asOf = new Date('2026-01-31T12:01:00Z')
  const state = (ok: boolean) => ({ asOf, durationMs: 1, ok })
  monitor.start()
  quicks[1]?.resolve(
    quickReadings({ parts: new Map([['brokers', state(true)]]), problems: new Map([['brokers', [late]]]) })
  )
  rests[1]?.resolve(
    restReadings({
      parts: new Map<Part, ReturnType<typeof state>>([
        ['groups', state(false)],
        ['offsets', state(true)]
      ]),
      problems: new Map([['groups', [late, late]]])
    })
  )
  await settle()
  t.match(
    monitor.last()?.readings.errors,
    new Map<string, number>([
      ['groups', 2],
      ['brokers', 1]
    ])
  )
  clock.advance(6000)
  const asked = monitor.current()
  quicks[2]?.resolve(quickReadings())
  t.equal((await asked).readings.errors.get('groups'), 2, 'what the last sweep could not read is still unread')
  t.equal(monitor.errorTotals().get('groups'), 2, 'and counted once')
  t.equal(monitor.errorTotals().get('brokers'), 1)
  t.equal(monitor.errorTotals().get('offsets'), 0)
  t.equal(monitor.lastSuccesses().get('offsets'), asOf)
  t.not(monitor.lastSuccesses().get('groups'), asOf)
})

t.test('subscribers get every snapshot; a defect in one does not affect the others', async (t) => {
  const { clock, failures, monitor, quicks, first } = monitorOf(t)
  const heard: Snapshot['kind'][] = []
  monitor.subscribe(() => {
    throw new Error('a defect')
  })
  const end = monitor.subscribe(({ kind }) => heard.push(kind))
  await first()
  clock.advance(6000)
  const asked = monitor.current()
  quicks[1]?.resolve(quickReadings())
  await asked
  t.same(heard, ['full', 'quick'])
  t.equal(failures.length, 2)
  end()
  clock.advance(6000)
  const again = monitor.current()
  quicks[2]?.resolve(quickReadings())
  await again
  t.equal(heard.length, 2)
})

t.test('close ends the readings in flight and the polling', async (t) => {
  const { clock, failures, monitor, quicks } = monitorOf(t)
  monitor.start()
  await monitor.close()
  clock.advance(60_000)
  await settle()
  t.equal(quicks.length, 1)
  t.same(failures, [])
})

t.test('pulses publish what they find, and the metadata that they confirm is as fresh as they are', async (t) => {
  const { monitor, quicks, kinds, clock, endSweep, beat } = await beating(t)
  t.equal(monitor.last(), undefined, 'the first snapshot is that of the sweep')
  await endSweep()
  for (let pulse = 0; pulse < 4; pulse++) await beat({ asOf: new Date(`2026-01-31T12:00:0${2 * pulse}Z`) })
  t.same(kinds, ['full', 'quick', 'quick', 'quick', 'quick'])
  t.match(monitor.last()?.health, { asOf: '2026-01-31T12:00:06.000Z', status: 'HEALTHY', topics: [{}, {}] })
  clock.advance(1900)
  await monitor.current()
  t.equal(quicks.length, 1, 'nothing is read for one who asks')
})

t.test('a sweep does not repeat what a pulse has just confirmed', async (t) => {
  const { quicks, rests, clock, endSweep, endQuick, beat } = await beating(t)
  await endSweep()
  for (let seconds = 0; seconds < 28; seconds += 2) {
    await beat()
    await endQuick()
  }
  const before = quicks.length
  clock.advance(2000)
  await settle()
  t.equal(rests.length, 2, 'the next sweep is under way')
  t.equal(quicks.length, before)
})

t.test('unconfirmed metadata is refreshed for a caller when it is too old', async (t) => {
  const { monitor, quicks, endSweep, endQuick, beat } = await beating(t)
  await endSweep()
  for (let pulse = 0; pulse < 3; pulse++) await beat({ complete: false })
  const asked = monitor.current()
  t.equal(quicks.length, 2)
  await endQuick()
  await asked
})

t.test('a broker that dies is reported with the pulse, with the metadata at that time', async (t) => {
  const { monitor, quicks, kinds, endSweep, endQuick, beat } = await beating(t)
  await endSweep()
  await beat({ views: without3 })
  t.equal(quicks.length, 2, 'the metadata is read at once')
  t.same(kinds, ['full'])
  const shrunk = metadata([topic('a', partition({ isr: [1, 2] })), topic('b', partition())], [1, 2])
  await endQuick({ views: without3, metadata: shrunk })
  t.match(monitor.last()?.health.partitions, { total: 2, underReplicated: 1 })
  t.match(monitor.last()?.health.brokers, [{ reachable: true }, { reachable: true }, { reachable: false }])
})

t.test('a broker that is back is read again at once, and not blamed meanwhile', async (t) => {
  const { monitor, rests, endSweep, endQuick, beat } = await beating(t)
  await beat({ views: without3 })
  await endQuick({ views: without3 })
  const late = { code: 'kafka_timeout', message: 'kafka:9093: no answer lately', target: 'kafka-3' }
  await endSweep({ problems: new Map([['logDirs', [late]]]) })
  t.match(monitor.last()?.health.warnings, [{ target: 'kafka-3' }])
  await beat()
  await endQuick()
  t.match(monitor.last(), { kind: 'quick', health: { status: 'HEALTHY', warnings: [], reasons: [] } })
  t.equal(rests.length, 2, 'a sweep has begun before its time')
  await endQuick()
  await endSweep()
  t.match(monitor.last(), { kind: 'full', health: { warnings: [] } })
})

t.test('a sweep that ends late does not restore its initial state', async (t) => {
  const { monitor, clock, endSweep, endQuick, beat } = await beating(t)
  const asked = monitor.current()
  clock.advance(1700)
  await endQuick()
  t.equal((await asked).kind, 'quick')
  await beat({ views: without3 })
  await endQuick({ views: without3 })
  await endSweep()
  t.match(monitor.last(), { kind: 'full', health: { reasons: [{ code: 'broker_unreachable' }] } })
})

t.test('the age of the pulse grows while it hangs', async (t) => {
  const { monitor, clock, endSweep } = await beating(t)
  await endSweep()
  t.equal(monitor.pulseAgeMs(), 0)
  clock.advance(60_000)
  await settle()
  clock.advance(10_000)
  t.equal(monitor.pulseAgeMs(), 70_000)
})

const unread = { topic: 'a', partition: 0, logStartOffset: 0, logEndOffset: 9000 }
const idle = { group: 'g', state: 'Empty', protocolType: 'consumer', members: 0, memberList: [] }
const left: Partial<RestReadings> = {
  groups: [idle, { ...idle, group: 'well' }],
  committed: ['g', 'well'].map((group) => ({ group, topic: 'a', partition: 0, offset: group === 'g' ? 5 : 9000 })),
  offsets: [unread]
}
const caughtUp: GroupsAgain = {
  atMs: Date.UTC(2026, 0, 31, 12, 1),
  groups: [idle],
  committed: [{ group: 'g', topic: 'a', partition: 0, offset: 9000 }],
  offsets: [unread],
  recordTimes: []
}

t.test('groups that do badly are read again between two sweeps, 8 s after they were read last', async (t) => {
  const { monitor, again, asked, beat, endQuick, endSweep } = await beating(t)
  const pulse = async () => {
    await beat()
    // Every 10 s the metadata is read, too.
    await endQuick()
  }
  await endSweep(left)
  const lags = () => monitor.last()?.groups.map(({ group, lag }) => [group, lag])
  for (const _ of [1, 2, 3]) await pulse()
  t.same(asked, [])
  await pulse()
  t.same(asked, [['g']])
  await pulse()
  t.equal(asked.length, 1, 'one reading at a time')
  again[0]?.resolve(caughtUp)
  await settle()
  await pulse()
  t.same(lags(), [
    ['g', 0],
    ['well', 0]
  ])
  t.same(monitor.last()?.watched, new Set(['g']), 'the pulse goes on to report it')
  for (const _ of [1, 2, 3, 4, 5]) await pulse()
  t.equal(asked.length, 1, 'a group that does well again is not read between sweeps')
})

t.test('a reading of groups changes nothing when it fails, or when a sweep was quicker', async (t) => {
  const { monitor, failures, again, asked, rests, beat, endSweep, endQuick } = await beating(t)
  const pulse = async () => {
    await beat()
    await endQuick()
  }
  await endSweep(left)
  for (const _ of [1, 2, 3, 4]) await pulse()
  again[0]?.resolve(null)
  await settle()
  await pulse()
  t.equal(monitor.last()?.groups[0]?.lag, 8995)
  for (const _ of [1, 2, 3, 4]) await pulse()
  t.equal(asked.length, 2, 'it is tried again')

  const sweeps = rests.length
  while (rests.length === sweeps) await pulse()
  await endSweep(left)
  again[1]?.resolve(caughtUp)
  await settle()
  await pulse()
  t.equal(monitor.last()?.groups[0]?.lag, 8995)
  t.same(failures, [])
})

import t from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import { orderOf, simulatedCrew } from './simulated-crew.ts'

const constant = (perSecond: number) => ({ kind: 'constant', perSecond }) as const
const thirty = { rate: constant(60), durationSeconds: 30, workers: 3 }

/** Numbers of records of the run by when they were due: record i of 60 a second at i/60 s. */
const numbersOf = (sent: { dueMs: number }[]) =>
  sent.map(({ dueMs }) => Math.round((dueMs * 60) / 1000)).sort((a, b) => a - b)

t.test(
  'workers share the producers of a run, begin together whatever their clocks say, and send each record once',
  async (t) => {
    const skewMs = { a: 0, b: 86_400_000, c: -500_000 }
    const crew = simulatedCrew(['a', 'b', 'c'], { skewMs })
    const { seconds, sum, workers, durationMs } = await crew.drive(
      (async () => {
        await crew.open()
        const load = await crew.engine.prepare(orderOf({ ...thirty, producers: 6 }))
        const result = await crew.run(load)
        await load.close()
        return result
      })()
    )
    t.same(
      numbersOf(crew.sent),
      Array.from({ length: 1800 }, (_, number) => number)
    )
    t.equal(sum('acknowledged'), 1800)
    t.equal(sum('due'), 1800)
    t.ok(durationMs > 29_900 && durationMs < 30_100)
    t.same(
      workers?.joined.map(({ id, shares }) => [id, shares.length]),
      [
        ['a', 2],
        ['b', 2],
        ['c', 2]
      ]
    )
    for (const { id, clockOffsetMs, clockErrorMs } of workers?.joined ?? []) {
      const offset = -(skewMs[id as keyof typeof skewMs] ?? 0)
      t.ok(Math.abs((clockOffsetMs ?? 0) - offset) <= (clockErrorMs ?? 0), `${id}: ${clockOffsetMs} ± ${clockErrorMs}`)
      t.ok((clockErrorMs ?? 99) <= 5, 'half of the way there and back')
    }
    t.same(workers?.lost, [])
    const first = Math.min(...crew.sent.map(({ atMs, dueMs }) => atMs - dueMs))
    t.ok(
      crew.sent.every(({ atMs, dueMs }) => atMs - dueMs - first < 30),
      'all have one start'
    )
    t.equal(seconds.filter(({ second }) => second === 12).length, 6)
  }
)

t.test('no share is ready before its worker has a lease and knows its clock, near or far', async (t) => {
  for (const [latencyMs, pauseMs] of [
    [5, 1100],
    [5, 1300],
    [5, 1500],
    [5, 1700],
    [5, 1900],
    [400, 1500]
  ] as const) {
    const crew = simulatedCrew(['a', 'b'], { latencyMs, skewMs: { b: 5000 } })
    const { sum, workers } = await crew.drive(
      (async () => {
        await crew.open()
        const order = orderOf({ rate: constant(60), durationSeconds: 5, workers: 2 })
        const first = await crew.engine.prepare(order)
        await first.close()
        // Its workers beat less often now.
        await crew.clock.sleep(pauseMs)
        const load = await crew.engine.prepare(order)
        const result = await crew.run(load)
        await load.close()
        return result
      })()
    )
    t.same(workers?.lost, [])
    t.equal(sum('acknowledged'), 300)
    for (const { clockOffsetMs, clockErrorMs } of workers?.joined ?? []) {
      t.ok(clockOffsetMs === 0 || clockOffsetMs === -5000, `${clockOffsetMs} ± ${clockErrorMs} ms`)
    }
    const lateMs = crew.sent.map(({ atMs, dueMs }) => atMs - dueMs)
    t.ok(Math.max(...lateMs) - Math.min(...lateMs) < 30, 'both begin at the same time')
  }
})

t.test('the share of a worker that dies is taken over, and nothing is uncounted', async (t) => {
  const crew = simulatedCrew(['a', 'b', 'c'])
  const { sum, workers, seconds } = await crew.drive(
    (async () => {
      await crew.open()
      const load = await crew.engine.prepare(orderOf(thirty))
      void crew.clock.sleep(8300).then(() => crew.workers.get('b')?.freeze())
      const result = await crew.run(load)
      await load.close()
      return result
    })()
  )
  const [lost] = workers?.lost ?? []
  t.equal(workers?.lost.length, 1)
  t.match(lost, { id: 'b', host: 'host-b', shares: { length: 1 } })
  t.ok(lost && lost.secondsWithout >= 10 && lost.secondsWithout <= 13, `${lost?.secondsWithout} s`)
  const [share] = lost?.shares ?? []
  const resumesMs = ((lost?.second ?? 0) + (lost?.secondsWithout ?? 0)) * 1000
  t.equal(sum('due'), 1800)
  t.equal(sum('acknowledged') + sum('failed'), 1800)
  t.equal(sum('failed'), (lost?.secondsWithout ?? 0) * 20, 'what was due without it')
  t.equal(sum('indeterminate'), lost?.unknownRecords)
  t.equal(new Set(numbersOf(crew.sent)).size, crew.sent.length, 'no record went twice')
  const known = crew.sent.length - sum('acknowledged')
  t.ok(known >= 0 && known <= sum('indeterminate'), 'what it had sent without a report is among the unknown')
  const successor = crew.sent.filter((each) => each.share === share && each.worker !== 'b')
  t.equal(Math.min(...successor.map(({ dueMs }) => Math.round(dueMs / 50) * 50)), Math.round(resumesMs / 50) * 50)
  t.equal(successor.length, (30 - resumesMs / 1000) * 20, 'from then on it is whole')
  const during = seconds.filter(({ second, producer }) => producer === share && second === (lost?.second ?? 0))
  t.match(during, [{ acknowledged: 0, failed: 20, errors: { WORKER_LOST: { count: 20 } } }])
  t.ok(
    during.every(({ response }) => response.max > 9000),
    'records wait until somebody else could send them'
  )
})

t.test('a worker that comes back after its share was taken over sends no more of it', async (t) => {
  const crew = simulatedCrew(['a', 'b', 'c'])
  let thawedMs = 0
  const { workers } = await crew.drive(
    (async () => {
      await crew.open()
      const load = await crew.engine.prepare(orderOf({ ...thirty, durationSeconds: 40 }))
      void crew.clock.sleep(8300).then(() => crew.workers.get('b')?.freeze())
      void crew.clock.sleep(28_300).then(() => {
        thawedMs = crew.clock.monotonicMs()
        crew.workers.get('b')?.thaw()
      })
      const result = await crew.run(load)
      await load.close()
      return result
    })()
  )
  t.match(workers?.lost, [{ id: 'b' }])
  t.ok(thawedMs > 0)
  t.ok(crew.sent.some(({ worker, atMs }) => worker === 'a' && atMs > thawedMs))
  t.same(
    crew.sent.filter(({ worker, atMs }) => worker === 'b' && atMs >= thawedMs),
    []
  )
  t.equal(new Set(numbersOf(crew.sent)).size, crew.sent.length, 'no record went twice')
  t.ok(
    crew.said.some((line) => /^b: Stopped producer 2 for x .*silent$/.test(line)),
    crew.said.join('\n')
  )
})

t.test('a worker that is silent for less than its lease keeps its share', async (t) => {
  const crew = simulatedCrew(['a', 'b', 'c'])
  const { workers, sum } = await crew.drive(
    (async () => {
      await crew.open()
      const load = await crew.engine.prepare(orderOf(thirty))
      void crew.clock.sleep(8300).then(() => crew.workers.get('b')?.freeze())
      void crew.clock.sleep(14_300).then(() => crew.workers.get('b')?.thaw())
      const result = await crew.run(load)
      await load.close()
      return result
    })()
  )
  t.same(workers?.lost, [])
  t.equal(sum('acknowledged'), 1800)
  t.same(
    numbersOf(crew.sent),
    Array.from({ length: 1800 }, (_, number) => number)
  )
  t.ok(
    crew.said.some((line) => /^[ac]: Prepared producer 2 /.test(line)),
    'another one stood by'
  )
})

t.test('workers whose service dies stop by themselves', async (t) => {
  const crew = simulatedCrew(['a', 'b'])
  let diedMs = 0
  await crew.drive(
    (async () => {
      await crew.open()
      const load = await crew.engine.prepare(orderOf({ ...thirty, workers: 2, durationSeconds: 600 }))
      void load.run(new AbortController().signal, () => {}).catch(() => undefined)
      await crew.clock.sleep(8300)
      diedMs = crew.clock.monotonicMs()
      crew.service.isDead = true
      await crew.clock.sleep(60_000)
    })()
  )
  const last = Math.max(...crew.sent.map(({ atMs }) => atMs))
  t.ok(last > diedMs + 7000, 'a short silence is none')
  t.ok(last < diedMs + 10_100, `${last - diedMs} ms after its death`)
  t.equal(crew.said.filter((line) => /Stopped producer/.test(line)).length, 2)
})

t.test('a cancelled run stops everywhere within a second, and has its result', async (t) => {
  const crew = simulatedCrew(['a', 'b'])
  const cancel = new AbortController()
  let tookMs = 0
  const { sum } = await crew.drive(
    (async () => {
      await crew.open()
      const load = await crew.engine.prepare(orderOf({ ...thirty, workers: 2, durationSeconds: 600 }))
      void crew.clock.sleep(5250).then(() => {
        tookMs = -crew.clock.monotonicMs()
        cancel.abort(new Error('enough'))
      })
      const result = await crew.run(load, cancel.signal)
      tookMs += crew.clock.monotonicMs()
      await load.close()
      await crew.clock.sleep(20_000)
      return result
    })()
  )
  t.ok(tookMs < 1000, `${tookMs} ms`)
  t.equal(sum('acknowledged'), crew.sent.length)
})

t.test('an order that two workers have taken is carried out by one', async (t) => {
  const crew = simulatedCrew(['a', 'b', 'c'])
  const { workers } = await crew.drive(
    (async () => {
      await crew.open()
      const order = orderOf(thirty)
      const preparing = crew.engine.prepare(order)
      // The partition passed on before the offset was committed.
      void crew.clock.sleep(400).then(() => {
        for (const share of [0, 1, 2]) {
          for (const worker of crew.workers.values()) worker.order({ run: 'run-1', share, epoch: 1, order })
        }
      })
      const load = await preparing
      const result = await crew.run(load)
      await load.close()
      return result
    })()
  )
  t.equal(workers?.joined.flatMap(({ shares }) => shares).length, 3)
  t.same(
    numbersOf(crew.sent),
    Array.from({ length: 1800 }, (_, number) => number)
  )
})

t.test('what was said in an earlier run starts nothing when it is said again', async (t) => {
  const crew = simulatedCrew(['a', 'b'])
  await crew.drive(
    (async () => {
      await crew.open()
      const load = await crew.engine.prepare(orderOf({ rate: constant(60), durationSeconds: 5, workers: 2 }))
      await crew.run(load)
      await load.close()
      await crew.clock.sleep(30_000)
      const before = crew.sent.length
      for (const announcement of crew.announced.slice()) {
        for (const worker of crew.workers.values()) worker.announce(announcement)
      }
      for (const worker of crew.workers.values()) {
        worker.order({ run: 'run-1', share: 0, epoch: 1, order: orderOf({ rate: constant(60), durationSeconds: 5 }) })
        for (const announcement of crew.announced.slice()) worker.announce(announcement)
      }
      await crew.clock.sleep(30_000)
      t.equal(crew.sent.length, before)
    })()
  )
})

t.test('a worker that is stopped in order leaves its share at once', async (t) => {
  const crew = simulatedCrew(['a', 'b', 'c'])
  const { sum, workers } = await crew.drive(
    (async () => {
      await crew.open()
      const load = await crew.engine.prepare(orderOf({ ...thirty, producers: 6 }))
      void crew.clock.sleep(8300).then(() => crew.workers.get('b')?.close())
      const result = await crew.run(load)
      await load.close()
      return result
    })()
  )
  t.equal(workers?.lost.length, 1)
  t.match(workers?.lost, [{ id: 'b', shares: { length: 2 }, unknownRecords: 0 }])
  t.ok((workers?.lost[0]?.secondsWithout ?? 9) <= 3, JSON.stringify(workers?.lost))
  t.equal(sum('due'), 1800)
  t.equal(sum('acknowledged'), crew.sent.length)
  t.equal(sum('acknowledged') + sum('failed'), 1800)
  t.ok(sum('failed') > 0 && sum('failed') < 60, `${sum('failed')}`)
})

t.test('with the closed rate a lost worker leaves the number of its records open', async (t) => {
  const crew = simulatedCrew(['a', 'b'])
  const { workers } = await crew.drive(
    (async () => {
      await crew.open()
      const order = orderOf({ durationSeconds: 25, workers: 2, rate: constant(60) })
      const load = await crew.engine.prepare({
        ...order,
        workload: { ...order.workload, rate: { kind: 'closed' }, records: 100 }
      })
      crew.workers.get('b')?.freeze()
      const result = await crew.run(load)
      await load.close()
      return result
    })()
  )
  t.match(workers?.lost, [{ id: 'b', unknownRecords: null }])
})

t.test('a run that needs more workers than there are is refused, with how many there are', async (t) => {
  const crew = simulatedCrew(['a', 'b'])
  const preparing = crew.drive(
    (async () => {
      await crew.open()
      return crew.engine.prepare(orderOf(thirty))
    })()
  )
  await t.rejects(preparing, { code: 'load_workers_missing', message: /^2 of 3 load workers have joined/ })
})

t.test('what one worker refuses, the run is refused for', async (t) => {
  const check = () => {
    throw new KopsError('validation_failed', 'too much', { errors: [{ field: 'rate.perSecond', message: 'too much' }] })
  }
  const crew = simulatedCrew(['a', 'b', 'c'], { check })
  const preparing = crew.drive(
    (async () => {
      await crew.open()
      return crew.engine.prepare(orderOf(thirty))
    })()
  )
  await t.rejects(preparing, {
    code: 'validation_failed',
    message: /^Load worker on host-[abc]: too much/,
    errors: [{ field: 'rate.perSecond' }]
  })
})

import t from 'tap'
import type {
  ConsumedSecond,
  ConsumeOrder,
  GroupEnd,
  PreparedGroup
} from '#services/load-test/domain/load/consume-port.ts'
import { prepareConsumed } from '#services/load-test/domain/load/consumed-run.ts'
import type { PreparedLoad } from '#services/load-test/domain/load/engine-port.ts'
import { createLatencies } from '#services/load-test/domain/load/latencies.ts'
import { simulatedSecond, workload } from '../../fakes.ts'

const never = new AbortController().signal
const end: GroupEnd = { lag: 0, firstMs: 100, lastMs: 3100, producedMs: 2000, drained: true }

function second(group: number, nth: number, latencies: number[], lag: number | null = 0): ConsumedSecond {
  const [endToEnd, delivery] = [createLatencies(), createLatencies()]
  for (const each of latencies) {
    endToEnd.record(each)
    delivery.record(each / 2)
  }
  const times = { endToEnd: endToEnd.take(), delivery: delivery.take() }
  return { group, second: nth, consumed: latencies.length, foreign: 1, ...times, lag, busy: 0.25 }
}

/** Two seconds of 100 records each, once they may be sent. */
function twoSeconds(calls: string[]): PreparedLoad {
  return {
    payload: { meanBytes: 100, pool: 1 },
    async run(signal, onSecond) {
      calls.push('producers')
      if (calls.includes('failing')) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      for (const nth of [0, 1]) onSecond(simulatedSecond(100, nth, 5))
      return { durationMs: 2000 }
    },
    close: async () => void calls.push('close producers')
  }
}

async function prepared(groups: PreparedGroup['run'][], calls: string[] = []) {
  const consumers = groups.map(() => ({ members: 2 }))
  const order = {
    ...{ topic: 'x', seed: 9, timestampMs: 0 },
    workload: workload({ consumers, thresholds: ['lag = 0', 'unconsumed < 5'] })
  }
  const orders: ConsumeOrder[] = []
  const names = groups.map((_, nth) => `group-${nth}`)
  const run = await prepareConsumed(order, names, {
    prepare: async () => twoSeconds(calls),
    consume: {
      async prepare(consumeOrder) {
        orders.push(consumeOrder)
        const group = groups[consumeOrder.index]
        if (!group) throw new Error('no such group')
        return { run: group, close: async () => void calls.push(`close ${consumeOrder.group}`) }
      }
    }
  })
  return { ...run, orders, names }
}

t.test('groups consume before the first record is sent, and go on after the last', async (t) => {
  const calls: string[] = []
  const latencies = Array.from({ length: 65 }, (_, nth) => nth + 1)
  const seen: unknown[] = []
  const first: PreparedGroup['run'] = async (_signal, onSecond, produced) => {
    calls.push('group-0')
    onSecond(second(0, 0, latencies, 30))
    t.same(await produced, { records: 200 })
    seen.push(measurement.progress())
    onSecond(second(0, 1, latencies, 20))
    onSecond(second(0, 2, latencies, 10))
    onSecond(second(0, 3, [], 0))
    return end
  }
  const other: PreparedGroup['run'] = async (_signal, onSecond) => {
    onSecond(second(1, 0, latencies))
    return { ...end, lag: 7, drained: false }
  }
  const { load, measurement, orders } = await prepared([first, other], calls)
  t.match(orders, [
    { topic: 'x', group: 'group-0', run: 9, consumers: { members: 2, drainSeconds: 30 } },
    { group: 'group-1', index: 1 }
  ])
  let progress = 0
  const { durationMs } = await load.run(never, measurement.add, () => {
    progress += 1
  })
  await load.close()
  t.same(calls.slice(0, 2), ['group-0', 'producers'])
  t.same(calls.slice(2).toSorted(), ['close group-0', 'close group-1', 'close producers'])
  t.equal(progress, 5)
  t.match(seen, [{ acknowledged: 200, phase: 'draining' }])
  t.notOk(measurement.progress().phase)

  const result = measurement.result(durationMs)
  t.match(result, { durationMs: 2000, acknowledged: 200 }, 'the time of the producers is theirs')
  t.match(result.consumers, [
    {
      ...{ group: 'group-0', members: 2, consumed: 195, unconsumed: 5, foreign: 4, lag: 0, busy: 0.25 },
      ...{ drainSeconds: 1.1, consumedPerSecond: 65, endToEndMs: { min: 1, max: 65 }, deliveryMs: { max: 32.5 } }
    },
    { group: 'group-1', consumed: 65, unconsumed: 135, lag: 7, drainSeconds: null }
  ])
  t.match(
    result.consumers?.[0]?.percentiles.filter(({ percentile }) => percentile === 50),
    [{ of: 'endToEnd', effectiveSamples: Number }, { of: 'delivery' }]
  )
  t.match(result.thresholds, [
    { threshold: 'lag = 0', actual: 7, passed: false },
    { actual: 135, passed: false }
  ])
  const seconds = measurement.seconds()
  t.same(
    seconds.map((each) => each.second),
    [0, 1, 2, 3]
  )
  t.match(seconds[1], { acknowledged: 100, consumers: [{ group: 'group-0', consumed: 65, lag: 20 }] })
  t.match(seconds[2], { acknowledged: 0, responseP50Ms: null, targetPerSecond: null })
  t.match(seconds[2], { consumers: [{ group: 'group-0', consumed: 65, endToEndP50Ms: Number, lag: 10 }] })
})

t.test('without one of its groups a run stops, for the reason of the group', async (t) => {
  const calls = ['failing']
  const failing: PreparedGroup['run'] = async () => {
    throw new Error('the coordinator is gone')
  }
  const patient: PreparedGroup['run'] = (signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(end), { once: true }))
  const { load, measurement } = await prepared([failing, patient], calls)
  await t.rejects(
    load.run(never, measurement.add, () => {}),
    { message: 'the coordinator is gone' }
  )
  t.match(measurement.result(2000), { acknowledged: 200, consumers: [{ consumed: 0, unconsumed: 200, lag: null }, {}] })
})

t.test('what was prepared is given back if a group is refused', async (t) => {
  const calls: string[] = []
  const order = {
    topic: 'x',
    seed: 9,
    timestampMs: 0,
    workload: workload({ consumers: [{ members: 1 }, { members: 1 }] })
  }
  const refusing = prepareConsumed(order, ['a', 'b'], {
    prepare: async () => twoSeconds(calls),
    consume: {
      async prepare({ group }) {
        if (group === 'b') throw new Error('refused')
        return { run: async () => end, close: async () => void calls.push(`close ${group}`) }
      }
    }
  })
  await t.rejects(refusing, { message: 'refused' })
  t.same(calls.toSorted(), ['close a', 'close producers'])
})

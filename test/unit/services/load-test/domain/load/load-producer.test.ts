import t from 'tap'
import type { SecondReport } from '#services/load-test/domain/load/engine-port.ts'
import { prepareLoadProducer, type Shift } from '#services/load-test/domain/load/load-producer.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'
import { fakeProducer, noTransactions, workload } from '../../fakes.ts'

/** Runs producer 1 of 2 at 10 records/s, from a time on and until it is relieved. */
async function work({ fromMs, records, relievedMs }: Pick<Shift, 'fromMs' | 'records'> & { relievedMs: number }) {
  const { clock, drive } = simulatedClock()
  const tags: number[] = []
  const order = {
    ...{ topic: 'x', seed: 1, timestampMs: 0 },
    workload: workload({ rate: { kind: 'constant', perSecond: 20 }, durationSeconds: 6, producers: 2 })
  }
  const producer = await prepareLoadProducer(order, 1, {
    createProducer: (_order, onOutcome) =>
      fakeProducer({
        onOutcome: (outcome) => {
          tags.push(...outcome.tags.map(Math.round))
          onOutcome({ ...outcome, sentAt: clock.monotonicMs(), endedAt: clock.monotonicMs() })
        }
      }),
    createTransactional: noTransactions,
    partitionFor: () => 0,
    clock,
    busyMs: () => 0,
    machineOffsetMs: 0
  })
  const seconds: SecondReport[] = []
  const assertHeld = () => {
    if (clock.monotonicMs() >= relievedMs) throw new Error('relieved')
  }
  const run = producer.run(0, new AbortController().signal, (each) => void seconds.push(each), {
    ...{ fromMs, records },
    assertHeld
  })
  const error = await drive(run).then(
    () => undefined,
    (cause: Error) => cause.message
  )
  return { tags, seconds, error }
}

t.test('a producer that takes over begins at its second, with what is due then', async (t) => {
  const { tags, seconds, error } = await work({ fromMs: 3000, records: Number.POSITIVE_INFINITY, relievedMs: 9e9 })
  t.equal(error, undefined)
  t.same([tags[0], tags.at(-1), tags.length], [3050, 5950, 30])
  t.same(
    seconds.map(({ second, producer, acknowledged }) => [second, producer, acknowledged]).filter(([, , n]) => n),
    [
      [3, 1, 10],
      [4, 1, 10],
      [5, 1, 10]
    ]
  )
})

t.test('it sends the records that are left, and no more', async (t) => {
  const { tags } = await work({ fromMs: 3000, records: 7, relievedMs: 9e9 })
  t.equal(tags.length, 7)
})

t.test('a producer whose part is another’s sends nothing more', async (t) => {
  const { tags, error } = await work({ fromMs: 0, records: Number.POSITIVE_INFINITY, relievedMs: 2500 })
  t.equal(error, 'relieved')
  t.equal(tags.at(-1), 2450)
})

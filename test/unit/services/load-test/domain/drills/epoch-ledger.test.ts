import t from 'tap'
import type { Lane } from '#services/load-test/domain/drills/lanes.ts'
import { createEpochLedger } from '#services/load-test/domain/drills/records/epoch-ledger.ts'
import type { TimedOutcome } from '#services/load-test/domain/drills/records/outcomes.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { EpochEnd } from '#shared/kafka/verifying/port.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'

const lane = (fromMs: number, leader: number, epoch: number): Lane => ({
  ...{ fromMs, leader, epoch },
  ...{ isr: [1, 2], by: 'kafka-2' }
})
const acked: TimedOutcome = {
  ...{ partition: 0, sequence: 0, status: 'acknowledged', offset: 7 },
  ...{ endedAtMs: 10, errorAtMs: null, broker: 1 }
}

function build(answer: (asked: number) => EpochEnd[], outcomes = [acked]) {
  const { clock, drive } = simulatedClock()
  const partitions = new Map([[0, [lane(0, 1, 5)]]])
  const events: string[] = []
  const asked: number[] = []
  const ledger = createEpochLedger(
    {
      clock,
      epochs: {
        async epochEnds() {
          asked.push(clock.monotonicMs())
          return { value: answer(asked.length), warnings: [] }
        },
        close: async () => {}
      }
    },
    { topic: 'd', onEvent: (event) => events.push(event) },
    {
      workload: { outcomes },
      watcher: { lanes: { partitions, replicas: new Map(), live: [], answers: new Map(), dropped: 0 } }
    }
  )
  const elect = () => partitions.set(0, [lane(0, 1, 5), lane(100, 2, 6)])
  return { clock, drive, ledger, events, asked, elect }
}

const cut: EpochEnd = { partition: 0, epoch: 5, endOffset: 3, leader: 2, leaderEpoch: 6 }
const whole = { ...cut, endOffset: 8 }
const { signal } = new AbortController()

t.test('leaders are asked soon after an election, and again until they answer; not without one', async (t) => {
  const { clock, drive, ledger, events, asked, elect } = build((time) => {
    if (time === 1) throw new KopsError('cluster_unreachable', 'moving')
    return [cut]
  })
  ledger.begin()
  await drive(clock.sleep(3000))
  t.same(asked, [])
  elect()
  await drive(clock.sleep(5000))
  t.equal(asked.length, 2)
  t.ok((asked[0] ?? 9e9) <= 3501)
  t.same(events, ['epoch-truncation'])
  t.same(ledger.truncations(), [], 'in the middle of a fault nothing is settled')
  await drive(ledger.end())
})

t.test('what the ledger says after the drill counts, and a loss is named once', async (t) => {
  const { drive, ledger, events, elect } = build(() => [cut, { ...cut, epoch: 6, endOffset: 20 }])
  elect()
  await drive(ledger.settle(signal))
  t.match(ledger.truncations(), [{ partition: 0, epoch: 5, lost: [{ offset: 7 }] }])
  t.same(Array.from(ledger.logEnds()), [[0, 20]])
  t.same(events, ['epoch-truncation'])
})

t.test('of an aborted transaction nothing was promised', async (t) => {
  const { drive, ledger, elect } = build(() => [cut], [{ ...acked, transaction: { number: 1, end: 'aborted' } }])
  elect()
  await drive(ledger.settle(signal))
  t.same(ledger.truncations(), [])
})

t.test('records that a later leader has after all are not lost', async (t) => {
  const { clock, drive, ledger, events, elect } = build((time) => [time === 1 ? cut : whole])
  ledger.begin()
  await drive(clock.sleep(10))
  elect()
  await drive(clock.sleep(1000))
  await drive(ledger.settle(signal))
  t.same(events, ['epoch-truncation'])
  t.same(ledger.truncations(), [])
})

t.test('a ledger that cannot be read proves nothing, and that is said', async (t) => {
  const { drive, ledger, events } = build(() => {
    throw new KopsError('cluster_unreachable', 'nobody answers')
  })
  await drive(ledger.settle(signal))
  t.same(events, ['epochs-not-read'])
  t.same([ledger.truncations(), Array.from(ledger.logEnds())], [[], []])
})

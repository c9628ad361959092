import t from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import type { ReceivedRecord } from '#shared/kafka/consuming/port.ts'
import { createSlots } from '#shared/streams/keyed-work.ts'
import { createPartitionWork } from '#shared/streams/partition-work.ts'
import { simulatedClock } from '../../simulated-clock.ts'

const transient = () => new KopsError('kafka_timeout', 'no answer')
const broken = () => new KopsError('event_invalid', 'the value is not JSON')

function recordAt(offset: number, key: string | null = null): ReceivedRecord {
  const keyBytes = key === null ? null : Buffer.from(key)
  return { topic: 'a', partition: 0, offset, timestampMs: 1, key: keyBytes, value: null, headers: [], sizeBytes: 0 }
}

/** A partition whose records fail as a test says, and a dead-letter topic that is there when it says so. */
function working(fails: (offset: number, attempt: number) => Error | undefined, mostOpen = 100) {
  const { clock, drive } = simulatedClock()
  const attempts = new Map<number, number>()
  const handled: number[] = []
  const letters: string[] = []
  const seen: string[] = []
  const hooks = { lettersAreAway: false }
  const handleAtOnce = (offset: number) => {
    const nth = (attempts.get(offset) ?? 0) + 1
    attempts.set(offset, nth)
    const error = fails(offset, nth)
    if (error) throw error
    handled.push(offset)
  }
  const work = createPartitionWork({
    ...{ from: 0, slots: createSlots(4), mostAttempts: 3, backoff: { firstMs: 100, longestMs: 400 }, mostOpen },
    ...{ clock, random: () => 1 },
    // Every other record is handled at once, and its errors are thrown and not rejected with.
    handle: ({ offset }) => (offset % 2 === 0 ? handleAtOnce(offset) : Promise.resolve(offset).then(handleAtOnce)),
    deadLetters: {
      async put({ offset }, error, deliveries) {
        if (hooks.lettersAreAway) throw new KopsError('cluster_unreachable', 'away')
        letters.push(`${offset} ${(error as KopsError).code} ${deliveries}`)
      }
    },
    observer: {
      retried: ({ offset }, _error, nth) => void seen.push(`retried ${offset} ${nth}`),
      buried: ({ offset }) => void seen.push(`buried ${offset}`),
      refused: ({ offset }) => void seen.push(`refused ${offset}`),
      stuck: (isStuck) => void seen.push(isStuck ? 'stuck' : 'free')
    }
  })
  return { clock, drive, work, attempts, handled, letters, seen, hooks }
}

t.test('a transient error is tried again after longer and longer pauses, and nothing else is', async (t) => {
  const { clock, drive, work, attempts, handled, letters } = working((offset, nth) => {
    if (offset === 0) return nth < 3 ? transient() : undefined
    if (offset === 1) return transient()
    return offset === 2 ? broken() : undefined
  })
  const scenario = async () => {
    work.take([recordAt(0), recordAt(1), recordAt(2), recordAt(3)], 4)
    await clock.sleep(1)
    t.same([handled, letters], [[3], ['2 event_invalid 1']], 'what is broken goes at once')
    await clock.sleep(100)
    t.equal(attempts.get(0), 2)
    await clock.sleep(150)
    t.equal(attempts.get(0), 2)
    await clock.sleep(60)
    t.same(handled, [3, 0])
    t.same(letters, ['2 event_invalid 1', '1 kafka_timeout 3'], 'and so does what has failed too often')
    t.equal(work.mark, 4)
  }
  await drive(scenario())
})

t.test(
  'while the dead-letter topic is away the partition pauses, nothing is committed and nothing is lost',
  async (t) => {
    const { clock, drive, work, attempts, handled, letters, seen, hooks } = working((offset) =>
      offset === 1 ? broken() : undefined
    )
    const scenario = async () => {
      hooks.lettersAreAway = true
      work.take([recordAt(0, 'k'), recordAt(1, 'k'), recordAt(2, 'k'), recordAt(3, 'other')], 4)
      await clock.sleep(10_000)
      t.same([work.paused, work.mark], [true, 1])
      t.same(handled, [0, 3], 'what follows under the same key waits')
      t.equal(attempts.get(1), 1, 'the record itself is not tried again')
      hooks.lettersAreAway = false
      await clock.sleep(500)
      t.same([work.paused, work.mark], [false, 4])
      t.same([handled, letters], [[0, 3, 2], ['1 event_invalid 1']])
      t.same([seen.filter((each) => each === 'stuck'), seen.at(-2), seen.at(-1)], [['stuck'], 'free', 'buried 1'])
    }
    await drive(scenario())
  }
)

t.test('a partition that is lost while it is stuck no longer counts as stuck', async (t) => {
  const { clock, drive, work, seen, hooks } = working(() => broken())
  const scenario = async () => {
    hooks.lettersAreAway = true
    work.take([recordAt(0), recordAt(1)], 2)
    await clock.sleep(10)
    await work.stop()
    t.same(
      seen.filter((each) => each === 'stuck' || each === 'free'),
      ['stuck', 'free']
    )
    t.equal(work.mark, 0)
  }
  await drive(scenario())
})

t.test('it takes no more while too many records are open, and says when there is room', async (t) => {
  const { clock, drive, work } = working((offset, nth) => (offset === 0 && nth === 1 ? transient() : undefined), 3)
  const scenario = async () => {
    work.take([recordAt(0), recordAt(1), recordAt(2)], 3)
    await clock.sleep(1)
    t.equal(work.paused, true, 'two are done behind one that is not')
    const before = clock.monotonicMs()
    await work.room()
    t.equal(clock.monotonicMs() - before, 99)
    t.equal(work.paused, false)
  }
  await drive(scenario())
})

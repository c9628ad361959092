import t from 'tap'
import { followTopic } from '#apps/load-balancer/adapters/follow-topic.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { ForwardStart, LogRecord, ReadOutcome } from '#shared/kafka/records/port.ts'
import { manualClock } from '../../../manual-clock.ts'

/** A topic of two partitions: what each reading finds, or why it fails. */
function topic(
  readings: (Partial<ReadOutcome> & { offsets?: [partition: number, offset: number][]; error?: Error })[]
) {
  const starts: ForwardStart[] = []
  const stop = new AbortController()
  const at = new Map<number, number>([
    [0, 0],
    [1, 0]
  ])
  return {
    starts,
    stop,
    reader: {
      async readForward(_: string, { start }: { start: ForwardStart }, onRecord: (record: LogRecord) => boolean) {
        starts.push(start)
        const next = readings.shift()
        if (next === undefined) {
          stop.abort()
          throw new Error('closed')
        }
        if (next.error) throw next.error
        for (const [partition, offset] of next.offsets ?? []) {
          at.set(partition, offset + 1)
          onRecord({ partition, offset, timestampMs: 0, key: null, value: null, headers: [], sizeBytes: 0 })
        }
        const partitions = Array.from(at, ([partition, position]) => ({
          ...{ partition, position, logStartOffset: 0, logEndOffset: position, finished: true }
        }))
        return { records: 0, bytes: 0, cutBy: null, warnings: [], partitions, ...next }
      }
    }
  }
}

async function follow(readings: Parameters<typeof topic>[0], start: ForwardStart = { at: 'earliest' }) {
  const { reader, starts, stop } = topic(readings)
  const seen: string[] = []
  const problems: string[] = []
  const { ended } = await followTopic({
    ...{ reader, topic: 'config-updates', start, signal: stop.signal, clock: manualClock() },
    onRecord: ({ partition, offset }, isOld) => seen.push(`${isOld ? 'old' : 'new'} ${partition}:${offset}`),
    onProblem: (message) => problems.push(message)
  })
  const atStart = [...seen]
  await ended
  return { seen, atStart, problems, starts }
}

t.test('it reads what is there, and then what comes, each record once', async (t) => {
  const { seen, atStart, starts } = await follow([
    { offsets: [[0, 0]], cutBy: 'bytes' },
    {
      offsets: [
        [0, 1],
        [1, 0]
      ]
    },
    {},
    { offsets: [[0, 2]] }
  ])
  t.same(atStart, ['old 0:0', 'old 0:1', 'old 1:0'])
  t.same(seen.slice(3), ['new 0:2'])
  t.match(starts, [
    { at: 'earliest' },
    {
      at: 'positions',
      positions: new Map([
        [0, 1],
        [1, 0]
      ])
    }
  ])
  t.match(starts.at(-1), {
    positions: new Map([
      [0, 3],
      [1, 1]
    ])
  })
})

t.test('a failure later is reported once, and followed by the next attempt; one at the start ends it', async (t) => {
  const away = { error: new KopsError('cluster_unreachable', 'No broker answers') }
  const { seen, problems } = await follow([{}, away, away, { offsets: [[1, 0]] }, away])
  t.same(seen, ['new 1:0'])
  t.same(problems, ['No broker answers', 'No broker answers'])
  await t.rejects(follow([{ error: new KopsError('topic_not_found', 'gone') }]), { code: 'topic_not_found' })
})

t.test('what a reading lacks is reported', async (t) => {
  const warnings = [{ code: 'broker_unreachable', message: 'kafka-1 does not answer' }]
  t.same((await follow([{ warnings }, { warnings }, {}, { warnings }])).problems, [
    'kafka-1 does not answer',
    'kafka-1 does not answer'
  ])
})

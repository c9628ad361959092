// Runs alone: it kills and stops processes in the middle of transactions, and waits for their sessions to end.
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createRandom } from '#shared/seeded-random.ts'
import {
  eventsOf,
  ownAnalytics,
  type RunningApplication,
  windowsOfEveryKind
} from '../../integration/analytics/application.ts'
import { eventually } from '../../integration/support/eventually.ts'

const partitions = 3
/** A member that is gone is waited for, by a machine that may be busy. */
const patienceMs = 120_000
type Application = Awaited<ReturnType<typeof ownAnalytics>>

async function equal(t: Test, app: Application): Promise<void> {
  const [found, expected] = [await app.outcome(), app.expected()]
  for (const topic of ['results', 'alerts', 'late', 'dead'] as const) {
    t.ok(expected[topic].length > 0, `${expected[topic].length} ${topic}`)
    t.same(found[topic], expected[topic], topic)
  }
}

const until = (what: string, isSo: () => boolean) => eventually(what, isSo, (so) => so, patienceMs)
const count = ({ log }: RunningApplication, message: string) => log.filter(({ msg }) => msg.startsWith(message)).length
const assigned = ({ log }: RunningApplication) =>
  log.findLast(({ msg }) => msg === 'partitions assigned')?.partitions?.length ?? 0

t.test('a process that is killed again and again, wherever it is, leaves exact results', async (t) => {
  const app = await ownAnalytics(t, partitions, windowsOfEveryKind)
  await app.createTopics()
  const random = createRandom(21)
  const events = eventsOf(random, partitions, Date.now() - 20_000_000)
  const restored: number[] = []
  for (let nth = 0; nth < 8; nth += 1) {
    const running = app.start(`process ${nth}`)
    await running.says('partitions assigned')
    // Every fourth dies while it begins, the others in the middle of their transactions.
    if (nth % 4 !== 3) await until('all tasks run', () => count(running, 'task runs') === partitions)
    const writing = (async () => {
      for (let part = 0; part < 8; part += 1) {
        await app.write(events.next(250))
        await sleep(60)
      }
    })()
    await Promise.all([writing, sleep(random() * 1500).then(() => running.end('SIGKILL'))])
    for (const { msg, records } of running.log) if (msg === 'task runs') restored.push(records ?? 0)
    await app.putOut()
  }
  t.ok(restored.filter((records) => records > 10).length > 10, `tasks restored ${restored.join(', ')} records`)
  const last = app.start('last')
  await app.write(events.last())
  await app.processed()
  t.equal(await last.end('SIGTERM'), 0)
  await equal(t, app)
})

t.test('partitions move between processes, and one that was stopped is fenced when it goes on', async (t) => {
  const app = await ownAnalytics(t, partitions, windowsOfEveryKind)
  await app.createTopics()
  const events = eventsOf(createRandom(22), partitions, Date.now() - 20_000_000)
  const over = new AbortController()
  const writing = (async () => {
    while (!over.signal.aborted) {
      await app.write(events.next(40))
      await sleep(100)
    }
  })()
  const stopWriting = async () => {
    over.abort()
    await writing
  }
  try {
    const a = app.start('a')
    await until('a has all partitions', () => count(a, 'task runs') === partitions)
    const b = app.start('b')
    await until('each has a part', () => assigned(a) > 0 && assigned(b) > 0 && assigned(a) + assigned(b) === partitions)
    await until('b runs its part', () => count(b, 'task runs') === assigned(b))
    a.process.kill('SIGSTOP')
    await until('b has all of it', () => assigned(b) === partitions && count(b, 'task runs') >= partitions)
    // What it does now, the other one would do again if nothing fenced it.
    await app.movedOn()
    const before = count(a, 'partitions assigned')
    a.process.kill('SIGCONT')
    await until('a has joined again', () => count(a, 'partitions assigned') > before && assigned(a) > 0)
    // A third one comes, and the second goes without a word.
    const c = app.start('c')
    await until('c has a part', () => count(c, 'task runs') > 0)
    await app.movedOn()
    await b.end('SIGKILL')
    await stopWriting()
    await app.write(events.last())
    await app.processed()
    t.same(await Promise.all([a.end('SIGTERM'), c.end('SIGTERM')]), [0, 0])
    await equal(t, app)
  } finally {
    await stopWriting()
  }
})

t.test('at least once: killed again and again, no result is missing, and none counts less', async (t) => {
  const app = await ownAnalytics(t, partitions, `guarantee: at-least-once\n${windowsOfEveryKind}`)
  await app.createTopics()
  const random = createRandom(23)
  const events = eventsOf(random, partitions, Date.now() - 20_000_000)
  for (let nth = 0; nth < 5; nth += 1) {
    const running = app.start(`process ${nth}`)
    await until('all tasks run', () => count(running, 'task runs') === partitions)
    const before = await app.committed()
    for (let part = 0; part < 4; part += 1) await app.write(events.next(250))
    // In the middle of it: some of these events are committed, and others are not.
    await eventually(
      'it has committed more',
      app.committed,
      (offsets) => offsets.some((offset, partition) => offset > (before[partition] ?? 0)),
      patienceMs
    )
    await running.end('SIGKILL')
    await app.putOut()
  }
  const last = app.start('last')
  await app.write(events.last())
  await app.processed()
  t.equal(await last.end('SIGTERM'), 0)

  const [found, expected] = [await app.outcome(), app.expected()]
  const keyOf = ({ windows, start, end, group, partition }: (typeof found.results)[number]) =>
    JSON.stringify([windows, start, end, group, partition])
  const counts = Map.groupBy(found.results, keyOf)
  const less = expected.results.filter((result) => {
    const all = counts.get(keyOf(result)) ?? []
    return !all.some(({ values }) => Number(values['events'] ?? 0) >= Number(result.values['events'] ?? 0))
  })
  t.same(less, [], `each of ${expected.results.length} results is there`)
  for (const topic of ['late', 'dead'] as const) {
    const all = new Set(found[topic].map((each) => JSON.stringify(each)))
    t.same(
      expected[topic].filter((each) => !all.has(JSON.stringify(each))),
      [],
      `each of ${expected[topic].length} ${topic}`
    )
  }
  t.comment(`${found.results.length - expected.results.length} results are there more than once`)
})

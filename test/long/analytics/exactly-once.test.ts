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

const partitions = 3
type Application = Awaited<ReturnType<typeof ownAnalytics>>

async function equal(t: Test, app: Application): Promise<void> {
  const [found, expected] = [await app.outcome(), app.expected()]
  for (const topic of ['results', 'alerts', 'late', 'dead'] as const) {
    t.ok(expected[topic].length > 0, `${expected[topic].length} ${topic}`)
    t.same(found[topic], expected[topic], topic)
  }
}

t.test('a process that is killed again and again, wherever it is, leaves exact results', async (t) => {
  const app = await ownAnalytics(t, partitions, windowsOfEveryKind)
  await app.createTopics()
  const random = createRandom(21)
  const events = eventsOf(random, partitions, Date.now() - 20_000_000)
  let restored = 0
  const kills = 8
  for (let nth = 0; nth < kills; nth += 1) {
    const running = app.start(`process ${nth}`)
    await running.says('partitions assigned')
    // From the middle of restoring to the middle of the n-th transaction.
    const killAfterMs = random() * 1500
    const writing = (async () => {
      for (let part = 0; part < 8; part += 1) {
        await app.write(events.next(250))
        await sleep(60)
      }
    })()
    await Promise.all([writing, sleep(killAfterMs).then(() => running.end('SIGKILL'))])
    restored += running.log.filter(({ msg, records = 0 }) => msg === 'task runs' && records > 10).length
  }
  t.ok(restored > kills, `${restored} tasks restored open windows`)
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
  const writing = { over: false }
  const write = (async () => {
    while (!writing.over) {
      await app.write(events.next(40))
      await sleep(100)
    }
  })()
  const running = ({ log }: RunningApplication) =>
    log.findLast(({ msg }) => msg === 'partitions assigned')?.partitions?.length ?? 0
  const a = app.start('a')
  await a.says('task runs', partitions)
  const b = app.start('b')
  await b.says('partitions assigned')
  await b.says('task runs')
  t.equal(running(a) + running(b), partitions)
  t.ok(running(a) > 0 && running(b) > 0, 'each has a part')
  const before = b.log.filter(({ msg }) => msg === 'task runs').length
  a.process.kill('SIGSTOP')
  await b.says('task runs', before + running(a))
  t.equal(running(b), partitions, 'its part has moved')
  await sleep(1500)
  a.process.kill('SIGCONT')
  await a.says('partitions assigned', 3)
  await sleep(3000)
  // Its session had ended: it may not have committed anything before it joined again.
  const c = app.start('c')
  await c.says('partitions assigned')
  await sleep(2000)
  await b.end('SIGKILL')
  writing.over = true
  await write
  await app.write(events.last())
  await app.processed()
  await Promise.all([a.end('SIGTERM'), c.end('SIGTERM')])
  await equal(t, app)
})

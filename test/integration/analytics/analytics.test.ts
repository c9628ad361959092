import t from 'tap'
import { createRandom } from '#shared/seeded-random.ts'
import { eventsOf, ownAnalytics, windowsOfEveryKind } from './application.ts'

const partitions = 2

t.test(
  'committed results are those of a batch computation, although the process is killed in the middle of windows',
  async (t) => {
    const app = await ownAnalytics(t, partitions, windowsOfEveryKind)
    const events = eventsOf(createRandom(5), partitions, Date.now() - 7_200_000)
    const first = app.start('first')
    await first.says(`${app.analytics.topics.events} does not exist`)
    await app.createTopics()
    await first.says('task runs', partitions)
    await app.write(events.next(300))
    await app.processed()
    await app.write(events.next(200))
    await first.end('SIGKILL')
    await app.putOut()

    const second = app.start('second')
    await app.write(events.next(100))
    await second.says('task runs', partitions)
    const restored = second.log.filter(({ msg }) => msg === 'task runs')
    t.ok(
      restored.every(({ records = 0 }) => records > 10),
      `windows were open: ${JSON.stringify(restored.map(({ records }) => records))}`
    )
    await app.write(events.last())
    await app.processed()
    t.equal(await second.end('SIGTERM'), 0)

    const [found, expected] = [await app.outcome(), app.expected()]
    for (const topic of ['results', 'alerts', 'late', 'dead'] as const) {
      t.ok(expected[topic].length > 0, `${expected[topic].length} ${topic}`)
      t.same(found[topic], expected[topic], topic)
    }
  }
)

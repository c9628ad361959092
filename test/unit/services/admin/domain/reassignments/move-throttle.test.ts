import t from 'tap'
import { createMoveThrottle } from '#services/admin/domain/reassignments/move-throttle.ts'
import type { ThrottleRecord } from '#services/admin/domain/reassignments/throttle-plan.ts'
import type { Move } from '#shared/contracts/reassignments.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { ConfigChanges } from '#shared/kafka/model.ts'
import type { OngoingReassignment } from '#shared/kafka/moves/port.ts'
import { manualClock } from '../../../../manual-clock.ts'

const moves: Move[] = [{ topic: 'a', partition: 0, from: [1], to: [2], adding: [2], removing: [1], sizeBytes: 10 }]
const ongoing: OngoingReassignment = {
  topic: 'a',
  partition: 0,
  replicas: [2, 1],
  addingReplicas: [2],
  removingReplicas: [1]
}

/** Settings in maps behind the ports. */
function build(files = new Map<string, ThrottleRecord>()) {
  const dead = new Set<number>()
  const settings = new Map<string, Map<string, string>>()
  const under: OngoingReassignment[] = []
  const apply = (entity: string, changes: ConfigChanges) => {
    const known = settings.get(entity) ?? new Map<string, string>()
    for (const [name, value] of Object.entries(changes)) value === null ? known.delete(name) : known.set(name, value)
    settings.set(entity, known)
  }
  const entries = (entity: string, source: string) =>
    Array.from(settings.get(entity) ?? [], ([name, value]) => ({
      name,
      value,
      source,
      readOnly: false,
      sensitive: false,
      synonyms: []
    }))
  const throttle = createMoveThrottle(
    {
      reader: {
        topicConfigs: async (names) => ({
          value: new Map(names.map((name) => [name, entries(name, 'dynamic_topic')])),
          warnings: []
        })
      },
      brokers: {
        async configs(id) {
          if (id !== null && dead.has(id)) throw new KopsError('broker_unreachable', 'dead')
          return entries(`broker ${id}`, 'dynamic_broker')
        },
        async alterConfigs(id, changes) {
          if (id !== null && dead.has(id)) throw new KopsError('broker_unreachable', 'dead')
          apply(`broker ${id}`, changes)
        }
      },
      batches: {
        async setConfigs(changes) {
          for (const { name, configs } of changes) apply(name, configs)
          return new Map()
        }
      },
      reassignments: { list: async () => [...under] },
      store: {
        load: async () => [...files.values()],
        save: async (record) => void files.set(record.id, structuredClone(record)),
        remove: async (id) => void files.delete(id)
      }
    },
    { deadlineMs: 50, changeTimeoutMs: 50, ...manualClock() }
  )
  const left = () => [...settings.values()].reduce((count, each) => count + each.size, 0)
  return { throttle, dead, settings, under, files, left }
}

t.test('a throttle stays while its moves are under way, and leaves nothing behind', async (t) => {
  const { throttle, under, files, left } = build()
  await throttle.during(async () => {
    await throttle.place(moves, 5, [1, 2])
    under.push(ongoing)
  })
  await throttle.check()
  t.match(throttle.active(), { bytesPerSec: 5, brokers: [1, 2], topics: ['a'] })
  t.equal(left(), 6)
  under.length = 0
  await throttle.check()
  t.equal(throttle.active(), null)
  t.equal(left(), 0)
  t.equal(files.size, 0)
})

t.test('another process removes what the first has set', async (t) => {
  const first = build()
  await first.throttle.place(moves, 5, [1, 2])
  const second = build(first.files)
  for (const [entity, settings] of first.settings) second.settings.set(entity, settings)
  await second.throttle.resume()
  t.match(second.throttle.active(), { bytesPerSec: 5 })
  await second.throttle.check()
  t.equal(second.left(), 0)
})

t.test('the settings of a dead broker are removed when it is back', async (t) => {
  const { throttle, dead, left } = build()
  await throttle.place(moves, 5, [1, 2])
  dead.add(2)
  await throttle.check()
  t.match(throttle.active(), { brokers: [2], topics: [] })
  t.equal(left(), 2)
  dead.clear()
  await throttle.check()
  t.equal(throttle.active(), null)
  t.equal(left(), 0)
})

t.test('a broker that was down during a change of the rate has its old rate removed when it is back', async (t) => {
  const { throttle, dead, settings, files, left } = build()
  await throttle.place(moves, 5, [1, 2])
  dead.add(1)
  await throttle.place(moves, 50, [2])
  t.equal(settings.get('broker 1')?.get('leader.replication.throttled.rate'), '5')
  await throttle.check()
  t.match(throttle.active(), { brokers: [1], topics: [] })
  t.match(files.get('throttle'), { bytesPerSec: 50, earlierRates: [5] })
  dead.clear()
  await throttle.check()
  t.equal(throttle.active(), null)
  t.equal(left(), 0)
})

t.test('a rate that somebody else has set since is left alone', async (t) => {
  const { throttle, settings } = build()
  await throttle.place(moves, 5, [1, 2])
  const theirs = new Map([['leader.replication.throttled.rate', '77']])
  settings.set('broker 1', theirs)
  await throttle.check()
  t.same([...(settings.get('broker 1') ?? [])], [['leader.replication.throttled.rate', '77']])
  t.equal(throttle.active(), null)
})

t.test('moves that only change the order are not throttled', async (t) => {
  const { throttle, left } = build()
  await throttle.place([{ ...moves[0], from: [1, 2], to: [2, 1], adding: [], removing: [] } as Move], 5, [1, 2])
  t.equal(throttle.active(), null)
  t.equal(left(), 0)
})

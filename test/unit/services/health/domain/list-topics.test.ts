import t from 'tap'
import Value from 'typebox/value'
import { evaluate } from '#services/health/domain/evaluate.ts'
import { listTopicHealth } from '#services/health/domain/list-topics.ts'
import { type TopicHealthListQuery, TopicHealthListSchema } from '#shared/contracts/topic-health.ts'
import { metadata, partition, readings, topic } from '../plain-cluster.ts'

const told = metadata([
  topic('whole', partition()),
  topic('thin', partition({ isr: [1, 2] })),
  topic('refusing', partition({ isr: [1] })),
  topic('offline', partition({ leader: null, replicas: [3], isr: [3] }))
])
const health = evaluate(readings({ metadata: told }))

t.test('topics are found by their trouble', async (t) => {
  const found = (query: TopicHealthListQuery) => listTopicHealth(health, query).topics.map(({ name }) => name)
  t.same(found({}), ['offline', 'refusing', 'thin', 'whole'])
  t.same(found({ trouble: 'any' }), ['offline', 'refusing', 'thin'])
  t.same(found({ trouble: 'offline' }), ['offline'])
  t.same(found({ trouble: 'under_min_isr' }), ['refusing'])
  t.same(found({ trouble: 'under_replicated' }), ['refusing', 'thin'])
  t.same(found({ name: 'hole' }), ['whole'])
})

t.test('pages follow one another, and no list is not an empty one', async (t) => {
  const first = listTopicHealth(health, { limit: 3 })
  t.ok(Value.Check(TopicHealthListSchema, first))
  const second = listTopicHealth(health, { limit: 3, cursor: first.nextCursor ?? '' })
  t.same(
    second.topics.map(({ name }) => name),
    ['whole']
  )
  t.notOk('nextCursor' in second)
  t.throws(() => listTopicHealth(evaluate(readings({ metadata: null })), {}), { code: 'cluster_unreachable' })
})

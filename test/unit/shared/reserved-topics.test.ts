import t from 'tap'
import { createReservedTopics, isKafkasOwn, type TopicUse } from '#shared/reserved-topics.ts'

const uses: TopicUse[] = ['create', 'change', 'erase', 'write']

const cases: [topic: string, forbidden: TopicUse[], readingRole?: string][] = [
  ['orders', []],
  ['audit-logs-2', []],
  ['my-kops-probe', []],
  ['_schemas', []],
  ['audit-logs', uses, 'operator'],
  ['trail', uses, 'operator'],
  ['kops-probe', uses],
  ['kops-probe.eu-1', uses],
  ['kops-workers', uses],
  ['kops-workers-talk', uses],
  ['my-kops-workers', []],
  ['kops-runs', uses],
  ['kops-runs.eu-1', uses],
  ['kops-drill-20260131T120000-9f3a01', ['create', 'change', 'write']],
  ['kops-capacity-20260131T120000-9f3a01-all', ['create', 'change', 'write']],
  ['__consumer_offsets', uses],
  ['__mine', uses],
  ['keep-orders', ['erase']]
]

const reserved = createReservedTopics({ auditTopic: 'trail', protectedGlobs: ['keep-*', '*-forever?'] })
for (const [topic, forbidden, readingRole] of cases) {
  t.test(`callers may not ${forbidden.join(', ') || 'be kept from anything with'} ${topic}`, async (t) => {
    t.same(
      uses.filter((use) => reserved.refusal(topic, use)?.code === 'topic_protected'),
      forbidden
    )
    t.equal(reserved.readingRole(topic), readingRole)
  })
}

t.test('a refusal says whose topic it is, under the field of the request', async (t) => {
  t.match(reserved.refusal('trail', 'write', 'topic'), {
    errors: [{ field: 'topic', message: /trail is the audit trail/ }]
  })
  t.match(reserved.refusal('__x', 'erase'), { errors: [{ field: 'topicName', message: /Kafka's own/ }] })
  t.match(reserved.refusal('keep-a', 'erase'), { message: /keep-\*.*KOPS_PROTECTED_TOPICS/ })
  t.ok(isKafkasOwn('__x'))
  t.notOk(isKafkasOwn('audit-logs'))
})

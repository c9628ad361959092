import t from 'tap'
import { produceRecords } from '#services/admin/domain/messages/produce.ts'
import {
  assertPolicies,
  type NamedPolicy,
  policiesOf,
  policyWarnings,
  recordBreaches,
  topicBreaches
} from '#services/admin/domain/policies/topic-policies.ts'
import { alterConfigs } from '#services/admin/domain/topics/alter-configs.ts'
import { createMany } from '#services/admin/domain/topics/create-many.ts'
import { createTopic } from '#services/admin/domain/topics/create-topic.ts'
import type { TopicPolicy } from '#shared/contracts/topic-policies.ts'
import type { RecordWriter } from '#shared/kafka/records/port.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { plainCluster } from '../../plain-cluster.ts'

const policy = (own: TopicPolicy): NamedPolicy[] =>
  policiesOf([{ name: 'ours', topics: [{ name: 'orders', partitions: 1, replicationFactor: 1 }], policy: own }])
const topics = ['*']

t.test('rules for topics', async (t) => {
  const limit = { topics, maxMessageBytes: 1_048_576 }
  const size = (value: string) => ({ 'max.message.bytes': value })
  const cases: {
    what: string
    policy: TopicPolicy
    name: string
    configs?: Record<string, string>
    rules: string[]
  }[] = [
    { what: 'kebab-case', policy: { topics, names: 'kebab-case' }, name: 'orders-v2', rules: [] },
    { what: 'one word', policy: { topics, names: 'kebab-case' }, name: 'orders', rules: [] },
    { what: 'snake_case', policy: { topics, names: 'kebab-case' }, name: 'orders_v2', rules: ['names'] },
    { what: 'camelCase', policy: { topics, names: 'kebab-case' }, name: 'ordersV2', rules: ['names'] },
    { what: 'a dot', policy: { topics, names: 'kebab-case' }, name: 'orders.v2', rules: ['names'] },
    { what: 'two hyphens', policy: { topics, names: 'kebab-case' }, name: 'orders--v2', rules: ['names'] },
    { what: 'its environment', policy: { topics, environments: ['dev', 'prod'] }, name: 'prod-orders', rules: [] },
    { what: 'no environment', policy: { topics, environments: ['dev'] }, name: 'orders', rules: ['environments'] },
    { what: 'a longer word', policy: { topics, environments: ['dev'] }, name: 'devel-a', rules: ['environments'] },
    { what: 'the limit', policy: limit, name: 'a', configs: size('1048576'), rules: [] },
    { what: 'above the limit', policy: limit, name: 'a', configs: size('1048577'), rules: ['maxMessageBytes'] },
    { what: 'Kafka’s default', policy: limit, name: 'a', rules: [] },
    { what: 'less than the default', policy: { topics, maxMessageBytes: 1000 }, name: 'a', rules: ['maxMessageBytes'] },
    { what: 'of the catalog', policy: { environments: ['dev'] }, name: 'orders', rules: ['environments'] },
    { what: 'not of the catalog', policy: { environments: ['dev'] }, name: 'orders-2', rules: [] },
    { what: 'by glob', policy: { topics: ['or*'], environments: ['dev'] }, name: 'orders-2', rules: ['environments'] },
    { what: 'excepted', policy: { topics, except: ['*.dlq'], names: 'kebab-case' }, name: 'a.dlq', rules: [] },
    {
      what: 'all of them',
      policy: { topics, names: 'kebab-case', environments: ['dev'] },
      name: 'A',
      rules: ['names', 'environments']
    }
  ]
  for (const { what, policy: own, name, configs = {}, rules } of cases) {
    const breaches = topicBreaches({ name, partitions: 1, replicationFactor: 3, configs }, policy(own))
    t.strictSame(
      breaches.map(({ rule }) => rule),
      rules,
      what
    )
  }
})

t.test('rules for records', async (t) => {
  const all = policy({ topics, maxMessageBytes: 10, correlationIdHeader: 'correlation-id' })
  const cases: [headers: string[], bytes: number, fields: string[]][] = [
    [['correlation-id'], 10, []],
    [['other'], 10, ['records.0.headers']],
    [['correlation-id'], 11, ['records.0']],
    [[], 11, ['records.0', 'records.0.headers']]
  ]
  for (const [headers, bytes, fields] of cases) {
    const breaches = recordBreaches('a', { headers, bytes }, 'records.0', all)
    t.strictSame(
      breaches.map(({ field }) => field),
      fields
    )
  }
})

t.test('a breach is a warning that names the catalog, and an error where its rule is enforced', async (t) => {
  const spec = { name: 'Orders', partitions: 1, replicationFactor: 3 }
  const warned = topicBreaches(spec, policy({ topics, names: 'kebab-case', environments: ['dev'], enforce: [] }))
  assertPolicies(warned)
  const [warning, ...others] = policyWarnings('Orders', warned)
  t.match(warning, {
    code: 'policy_broken',
    target: 'Orders',
    message: /^its name is not kebab-case.*\(policy of catalog ours\); its name does not begin with .*dev-/
  })
  t.strictSame(others, [])
  t.strictSame(policyWarnings('a', []), [])
  const enforced = topicBreaches(
    spec,
    policy({ topics, names: 'kebab-case', environments: ['dev'], enforce: ['names'] })
  )
  t.throws(() => assertPolicies(enforced), { code: 'policy_broken', errors: [{ field: 'topicName' }] })
})

const timing = { waitMs: 1000, deadlineMs: 1000, changeTimeoutMs: 1000, dryRun: false, ...manualClock() }
const enforcing = async () =>
  policy({
    topics,
    names: 'kebab-case',
    maxMessageBytes: 1000,
    correlationIdHeader: 'id',
    enforce: ['names', 'maxMessageBytes', 'correlationIdHeader']
  })

t.test('what enforced rules refuse changes nothing, and the field is named as in the request', async (t) => {
  const cluster = plainCluster([{ name: 'a', partitions: 1, replicationFactor: 3 }])
  const ports = { ...cluster, policies: enforcing }
  const small = { 'max.message.bytes': '1000' }
  const spec = { name: 'B_c', partitions: 1, replicationFactor: 3, configs: small }
  await t.rejects(createTopic(ports, { spec }, timing), { code: 'policy_broken', errors: [{ field: 'topicName' }] })
  await t.rejects(createTopic(ports, { spec }, { ...timing, dryRun: true }), { code: 'policy_broken' })
  await t.rejects(createMany(ports, [{ ...spec, name: 'd' }, spec], timing), {
    code: 'policy_broken',
    errors: [{ field: 'topics.1.name' }]
  })
  await t.rejects(alterConfigs(ports, 'a', { 'max.message.bytes': '1001' }, timing), {
    code: 'policy_broken',
    errors: [{ field: 'configs.max.message.bytes' }]
  })
  t.strictSame(cluster.changes, [])
  await createTopic(ports, { spec: { ...spec, name: 'd' } }, timing)
  t.ok(cluster.specs.has('d'))
})

t.test('a record that breaks a rule is written with a warning, or refused before it is written', async (t) => {
  const written: string[] = []
  const writer: RecordWriter = {
    place: async (_, records) => records.map(() => 0),
    async write(topic, records) {
      written.push(topic)
      return records.map(() => ({ status: 'acknowledged' as const, partition: 0, offset: 1 }))
    },
    close: async () => {}
  }
  const { reserved } = plainCluster()
  const options = { dryRun: false, deadlineMs: 1000, reserved }
  const warning = policy({ topics, correlationIdHeader: 'id' })
  const one = { records: [{ value: 'a' }] }
  const result = await produceRecords(writer, 'a', one, { ...options, policies: async () => warning })
  t.match(result, {
    applied: true,
    warnings: [{ code: 'policy_broken', message: /records.0.headers lacks the header id/ }]
  })
  await t.rejects(produceRecords(writer, 'a', one, { ...options, policies: enforcing }), {
    code: 'policy_broken',
    errors: [{ field: 'records.0.headers' }]
  })
  t.strictSame(written, ['a'])
  const many = { records: Array.from({ length: 1000 }, () => ({ value: 'a' })) }
  const { warnings } = await produceRecords(writer, 'a', many, { ...options, policies: async () => warning })
  t.ok(JSON.stringify(warnings).length < 1000, 'however many records')
})

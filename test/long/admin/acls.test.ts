// Brings its own cluster: brokers with an authorizer.
import kafkajs, { type Admin } from 'kafkajs'
import t from 'tap'
import type { Acl } from '#shared/contracts/acls.ts'
import type { DeleteTopicPlan } from '#shared/contracts/topic-deletions.ts'
import type { RecreatePlan } from '#shared/contracts/topic-recreation.ts'
import { ask } from '../../integration/admin/service.ts'
import { until } from '../../integration/cluster/own-cluster.ts'
import { kafkaTool } from '../../integration/support/kafka-tool.ts'
import { serviceWithAcls } from './service-with-acls.ts'

t.setTimeout(180_000)

t.test('without an authorizer, reading and changing ACLs both report that', async (t) => {
  const acls = [{ resourceType: 'TOPIC', resourceName: 'a', principal: 'User:alice', operation: 'READ' }]
  for (const [method, path, body] of [
    ['GET', '/api/acls'],
    ['POST', '/api/acls', { acls }],
    ['POST', '/api/acls?dryRun=true', { acls }],
    ['DELETE', '/api/acls?principal=User:alice']
  ] as const) {
    const answer = await ask(method, path, body)
    t.match(answer, { status: 409, body: { code: 'acls_unavailable', kafkaError: 'SECURITY_DISABLED' } }, path)
  }
})

const { app, agent, brokers } = await serviceWithAcls(t)

const post = (acls: object[], query = '') => app.inject({ method: 'POST', url: `/api/acls${query}`, payload: { acls } })
const list = async (query = ''): Promise<Acl[]> => (await app.inject(`/api/acls${query}`)).json().acls
const readLogs = { resourceType: 'TOPIC', resourceName: 'log-', patternType: 'PREFIXED', principal: 'User:alice' }
const wanted = [
  { ...readLogs, operation: 'READ' },
  { ...readLogs, operation: 'WRITE', permission: 'DENY', host: '10.0.0.7' },
  { resourceType: 'GROUP', resourceName: 'log-processor', principal: 'User:alice', operation: 'READ' }
]

t.test('ACLs are planned, created and listed by filter as Kafka lists them, and created only once', async (t) => {
  const planned = await post(wanted, '?dryRun=true')
  t.equal(planned.statusCode, 200)
  t.match(planned.json(), { dryRun: true, changes: [{ action: 'create', applied: false }, {}, {}] })
  t.match(planned.json().warnings, [{ target: 'TOPIC log- (prefix)' }, { target: 'GROUP log-processor' }])
  t.same(await list(), [])

  const made = await post(wanted)
  t.equal(made.statusCode, 201)
  t.same(
    made.json().changes.map((change: object) => ({ ...change, applied: false })),
    planned.json().changes
  )
  t.equal((await list()).length, 3)
  t.match(await list('?permission=DENY'), [{ host: '10.0.0.7', operation: 'WRITE', patternType: 'PREFIXED' }])
  t.equal((await list('?resourceType=TOPIC&resourceName=log-events&patternType=MATCH')).length, 2)
  t.same(await list('?resourceType=TOPIC&resourceName=log-events'), [])
  t.match(await list('?resourceType=GROUP'), [{ host: '*', permission: 'ALLOW', patternType: 'LITERAL' }])

  const again = await post(wanted)
  t.equal(again.statusCode, 200)
  t.match(again.json(), { changes: [{ action: 'none' }, { action: 'none' }, { action: 'none' }], warnings: [] })

  const printed = await kafkaTool(brokers, 'acls', ['--list'])
  t.match(
    printed,
    /patternType=PREFIXED[\s\S]*principal=User:alice, host=10\.0\.0\.7, operation=WRITE, permissionType=DENY/
  )
  t.match(printed, /resourceType=GROUP, name=log-processor, patternType=LITERAL/)
})

t.test('a list of ACLs is paged', async (t) => {
  const first = (await app.inject('/api/acls?limit=2')).json()
  t.equal(first.acls.length, 2)
  const second = (await app.inject(`/api/acls?limit=2&cursor=${first.nextCursor}`)).json()
  t.equal(second.acls.length, 1)
  t.equal(second.nextCursor, undefined)
  t.equal((await app.inject('/api/acls?cursor=abc')).json().errors[0].field, 'cursor')
})

t.test('an ACL that no authorizer could apply is refused with its field, and nothing changes', async (t) => {
  const acl = { resourceType: 'TOPIC', resourceName: 'a', principal: 'User:bob', operation: 'READ' }
  const cases = [
    { acl: { ...acl, operation: 'IDEMPOTENT_WRITE' }, field: 'acls.0.operation' },
    { acl: { ...acl, resourceType: 'CLUSTER', operation: 'ALTER' }, field: 'acls.0.resourceName' },
    { acl: { ...acl, host: '10.0.0.300' }, field: 'acls.0.host' },
    { acl: { ...acl, principal: 'bob' }, field: 'acls.0.principal' },
    { acl: { ...acl, resourceName: '*', patternType: 'PREFIXED' }, field: 'acls.0.resourceName' }
  ]
  for (const { acl, field } of cases) {
    const answer = await post([acl])
    t.equal(answer.statusCode, 400, field)
    t.equal(answer.json().errors[0].field, field)
  }
  t.equal((await app.inject({ method: 'DELETE', url: '/api/acls' })).statusCode, 400, 'never all of them')
  t.equal((await app.inject({ method: 'DELETE', url: '/api/acls?patternType=ANY' })).statusCode, 400)
  t.equal((await list()).length, 3)
})

t.test('a deletion shows what a filter matches, and deletes exactly that', async (t) => {
  const url = '/api/acls?principal=User:alice&resourceType=TOPIC'
  const preview = (await app.inject({ method: 'DELETE', url: `${url}&dryRun=true` })).json()
  t.equal(preview.changes.length, 2)
  t.equal((await list()).length, 3)
  const deleted = (await app.inject({ method: 'DELETE', url: `${url}&reason=left` })).json()
  t.match(deleted, { action: 'delete', changes: [{ applied: true }, { applied: true }], warnings: [] })
  t.match(await list(), [{ resourceType: 'GROUP' }])
  t.match((await app.inject({ method: 'DELETE', url })).json(), { changes: [] })
})

/** Every ACL as Kafka's tool lists it, each with its resource. */
async function aclsByTool(): Promise<string[]> {
  let resource = ''
  return (await kafkaTool(brokers, 'acls', ['--list']))
    .split('\n')
    .flatMap((line) => {
      resource = /ResourcePattern\((.*)\)/.exec(line)?.[1] ?? resource
      const acl = /^\s*\(principal=(.*)\)/.exec(line)?.[1]
      return acl === undefined ? [] : [`${resource}: ${acl}`]
    })
    .sort()
}

/** The offsets that a group has committed of a topic, by partition, as an independent client reads them. */
async function committedBy(admin: Admin, groupId: string, topic: string): Promise<string[]> {
  const topics = await admin.fetchOffsets({ groupId })
  return topics
    .flatMap((of) => (of.topic === topic ? of.partitions : []))
    .map(({ partition, offset }) => `${partition}: ${offset}`)
    .sort()
}

t.test('a recreated topic has its ACLs and groups again; others are left alone', async (t) => {
  const topic = 'acl-kept'
  const group = 'acl-kept-readers'
  const kafka = new kafkajs.Kafka({
    brokers,
    clientId: 'acls-test',
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 10 }
  })
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  const made = await app.inject({
    method: 'POST',
    url: '/api/topics',
    payload: { name: topic, partitions: 2, replicationFactor: 2, configs: { 'retention.ms': '3600000' } }
  })
  t.equal(made.statusCode, 201, made.body)
  const onTopic = { resourceType: 'TOPIC', resourceName: topic }
  const own = [
    { ...onTopic, principal: 'User:alice', operation: 'READ' },
    { ...onTopic, principal: 'User:mallory', operation: 'ALL', permission: 'DENY', host: '10.0.0.9' }
  ]
  const others = [
    { ...onTopic, resourceName: 'acl-', patternType: 'PREFIXED', principal: 'User:bob', operation: 'WRITE' },
    { ...onTopic, resourceName: '*', principal: 'User:carol', operation: 'DESCRIBE' },
    { ...onTopic, resourceName: `${topic}-too`, principal: 'User:alice', operation: 'READ' }
  ]
  t.equal((await post([...own, ...others])).statusCode, 201)
  await admin.setOffsets({
    groupId: group,
    topic,
    partitions: [
      { partition: 0, offset: '7' },
      { partition: 1, offset: '3' }
    ]
  })
  const before = await aclsByTool()
  t.equal(before.filter((acl) => acl.includes(`name=${topic},`)).length, 2)
  const committed = await committedBy(admin, group, topic)
  t.same(committed, ['0: 7', '1: 3'])

  const url = `/api/topics/${topic}`
  const planned = await app.inject({ method: 'DELETE', url: `${url}?dryRun=true` })
  t.equal(planned.statusCode, 200, planned.body)
  const plan: DeleteTopicPlan = planned.json()
  t.match(plan, { applied: false, obstacles: [], groups: [{ group, committedPartitions: 2 }] })
  t.same(plan.acls?.map(({ principal }) => principal).sort(), ['User:alice', 'User:mallory'])
  t.same([await aclsByTool(), await committedBy(admin, group, topic)], [before, committed], 'a preview changes nothing')

  const deleted = await app.inject({ method: 'DELETE', url })
  t.equal(deleted.statusCode, 200, deleted.body)
  // Kafka takes the offsets away with a topic and leaves its ACLs.
  t.same(await aclsByTool(), before)
  t.same(await committedBy(admin, group, topic), [])

  // Somebody cleans up one of them meanwhile: it is restored, remaining ones are not created twice, and no other is
  // touched.
  const tidied = await app.inject({
    method: 'DELETE',
    url: `/api/acls?resourceType=TOPIC&resourceName=${topic}&principal=User:mallory`
  })
  t.match(tidied.json(), { changes: [{ applied: true }] })
  t.equal((await aclsByTool()).length, before.length - 1)
  const preview: RecreatePlan = (await app.inject({ method: 'POST', url: `${url}/recreate?dryRun=true` })).json()
  const restoredBy = ({ acls }: RecreatePlan) =>
    acls?.map(({ principal, restored }) => `${principal} ${restored}`).sort()
  t.same(restoredBy(preview), ['User:alice false', 'User:mallory true'])
  t.equal((await aclsByTool()).length, before.length - 1, 'a preview changes nothing')

  const again = await app.inject({ method: 'POST', url: `${url}/recreate` })
  t.equal(again.statusCode, 201, again.body)
  const restored: RecreatePlan = again.json()
  t.same(restoredBy(restored), ['User:alice false', 'User:mallory true'], 'only what was missing is called restored')
  t.match(restored, {
    applied: true,
    committedOffsets: [
      { group, offset: 7, restoredAs: 0 },
      { offset: 3, restoredAs: 0 }
    ]
  })
  t.same(
    restored.warnings.map(({ code }) => code),
    ['records_not_restored']
  )
  await until('every broker knows the ACLs', 20_000, async () => (await list()).length === before.length)
  t.same(await aclsByTool(), before)
  t.same(await committedBy(admin, group, topic), ['0: 0', '1: 0'], 'the log starts again, and so does the group')
  const [entry] = (
    await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms'] }]
    })
  ).resources
  t.match(entry?.configEntries, [{ configValue: '3600000' }])

  t.equal((await app.inject({ method: 'DELETE', url })).statusCode, 200)
  for (const principal of ['User:alice', 'User:mallory', 'User:bob', 'User:carol']) {
    await app.inject({ method: 'DELETE', url: `/api/acls?resourceType=TOPIC&principal=${principal}` })
  }
})

t.test('a broker that stops leaves a list with a warning', async (t) => {
  await agent.node('kafka-2', 'kill')
  const answer = await app.inject('/api/acls')
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { acls: [{ resourceType: 'GROUP' }] })
})

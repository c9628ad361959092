import t from 'tap'
import type { BrokerConfigList } from '#shared/contracts/brokers.ts'
import type { ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { eventually } from '../support/eventually.ts'
import { createOn, kafkaTool, leadersOf, moveTo, replicasOf, settled } from './replicas.ts'
import { ask, independentAdmin } from './service.ts'

t.setTimeout(200_000)

t.test('preferred leaders are elected again', async (t) => {
  const topic = await createOn(t, 'elect', [
    [1, 2],
    [1, 2]
  ])
  // The order changes, the leaders stay until an election.
  t.equal((await ask('POST', '/api/reassignments', moveTo(topic, [2, 1]))).status, 202)
  const partitions = [0, 1].map((partition) => ({ topic, partition }))
  const planned = await eventually(
    'the brokers have heard of the new order',
    () => ask('POST', '/api/elections?dryRun=true', { kind: 'preferred', partitions }),
    ({ body }) => Array.isArray(body['partitions']) && body['partitions'].length === 2
  )
  t.match(planned.body, {
    applied: false,
    partitions: [
      { from: 1, to: 2, outcome: 'planned' },
      { from: 1, to: 2 }
    ]
  })
  const elected = await ask('POST', '/api/elections', { kind: 'preferred', partitions })
  t.match(elected, {
    status: 200,
    body: { partitions: [{ from: 1, to: 2, outcome: 'elected' }, { outcome: 'elected' }] }
  })
  t.match(
    await kafkaTool('topics', '--describe', '--topic', topic),
    /Partition: 0\tLeader: 2[\s\S]*Partition: 1\tLeader: 2/
  )
  t.match(await ask('POST', '/api/elections', { kind: 'preferred', partitions }), {
    body: { partitions: [], alreadyPreferred: 2 }
  })
})

t.test(
  'a broker is drained and refilled; impossible drains are reported, and leaderships can move alone',
  async (t) => {
    const kafka = await independentAdmin(t)
    const topic = await createOn(t, 'drain', [[1], [2], [3], [1]])
    const pair = await createOn(t, 'drain-two', [
      [1, 2],
      [2, 3],
      [3, 1]
    ])
    const three = await createOn(t, 'drain-three', [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2]
    ])
    const topics = [topic, pair]
    const all = await ask('POST', '/api/brokers/1/drain', {})
    t.match(all, { status: 409, body: { code: 'drain_impossible', detail: /2 other brokers.*"leaderships"/ } })
    const drained = await ask('POST', '/api/brokers/1/drain', { topics })
    t.match(drained, { status: 202, body: { action: 'drain', refused: [] } })
    await settled()
    // The controller is done; the brokers hear of it a moment later.
    const held = async () => [await replicasOf(kafka, topic), await replicasOf(kafka, pair)]
    const share = (sets: number[][]) => sets.filter((replicas) => replicas.includes(1)).length
    await eventually('nothing is left on it', held, (topics) => topics.every((sets) => share(sets) === 0))
    t.equal((drained.body as ReassignmentResult).movement.copies, 4)

    t.equal((await ask('POST', '/api/brokers/1/refill', { topics })).status, 202)
    await settled()
    await eventually('it has its share', held, (topics) => topics.map(share).join() === '1,2')

    const yielded = await ask('POST', '/api/brokers/1/drain', { mode: 'leaderships', topics: [three] })
    t.match(yielded, { status: 202, body: { movement: { copies: 0 } } })
    await eventually(
      'others lead',
      () => leadersOf(kafka, three),
      (leaders) => !leaders.includes(1)
    )
    t.same(
      (await replicasOf(kafka, three)).map((replicas) => replicas.toSorted()),
      [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3]
      ]
    )
    t.equal((await ask('POST', '/api/brokers/1/refill', { topics: [three] })).status, 202)
    await eventually(
      'it leads again',
      () => leadersOf(kafka, three),
      (leaders) => leaders.includes(1)
    )
  }
)

t.test(
  'draining a broker as far as possible moves replicas where they can go, and leaderships elsewhere',
  async (t) => {
    const kafka = await independentAdmin(t)
    const movable = await createOn(t, 'possible', [
      [1, 2],
      [3, 1]
    ])
    const stuck = await createOn(t, 'possible-stuck', [
      [1, 2, 3],
      [2, 1, 3]
    ])
    const body = { mode: 'possible', topics: [movable, stuck] }
    const dry = await ask('POST', '/api/brokers/1/drain?dryRun=true', body)
    t.match(dry, { status: 200, body: { action: 'drain', applied: false, movement: { copies: 2 } } })
    const drained = await ask('POST', '/api/brokers/1/drain', body)
    t.match(drained, { status: 202, body: { applied: true, refused: [], elections: [{ topic: stuck, partition: 0 }] } })
    t.same(drained.body['partitions'], dry.body['partitions'])
    await settled()
    await eventually(
      'what can go is gone',
      () => replicasOf(kafka, movable),
      (sets) => sets.every((replicas) => replicas.length === 2 && !replicas.includes(1))
    )
    t.same(
      (await replicasOf(kafka, stuck)).map((replicas) => replicas.toSorted()),
      [
        [1, 2, 3],
        [1, 2, 3]
      ]
    )
    await eventually(
      'it leads nothing of them',
      async () => [...(await leadersOf(kafka, movable)), ...(await leadersOf(kafka, stuck))],
      (leaders) => leaders.length === 4 && !leaders.includes(1)
    )
  }
)

t.test(
  'the cluster-wide broker default is empty at first, then has what was set, as each broker shows it',
  async (t) => {
    const name = 'log.cleaner.threads'
    const path = '/api/brokers/default/configs'
    t.teardown(() => ask('PATCH', path, { configs: { [name]: null } }))
    const read = async (from: string) => {
      const { status, body } = await ask('GET', from)
      t.equal(status, 200)
      return (body as BrokerConfigList).configs.find((entry) => entry.name === name)
    }
    t.match((await ask('GET', path)).body, { broker: null, asOf: String, warnings: [] })
    t.equal(await read(path), undefined)
    t.equal((await ask('PATCH', path, { configs: { [name]: '2' } })).status, 200)
    const entry = await eventually(
      'the default has it',
      () => read(path),
      (found) => found !== undefined
    )
    t.match(entry, { value: '2', source: 'dynamic_default_broker', readOnly: false, sensitive: false })
    const own = await eventually(
      'a broker counts with it',
      () => read('/api/brokers/3/configs'),
      (found) => found?.value === '2'
    )
    t.match(own, { source: 'dynamic_default_broker', synonyms: [{ source: 'dynamic_default_broker' }] })
    t.equal((await ask('PATCH', path, { configs: { [name]: null } })).status, 200)
    await eventually(
      'it is gone',
      () => read(path),
      (found) => found === undefined
    )
  }
)

t.test('dynamic configuration of one broker and of all is set, seen by Kafka, and removed', async (t) => {
  const name = 'log.cleaner.backoff.ms'
  t.teardown(() => ask('PATCH', '/api/brokers/default/configs', { configs: { [name]: null } }))
  for (const [path, entity] of [
    ['/api/brokers/2/configs', ['--entity-name', '2']],
    ['/api/brokers/default/configs', ['--entity-default']]
  ] as const) {
    const describe = () => kafkaTool('configs', '--describe', '--entity-type', 'brokers', ...entity)
    const dry = await ask('PATCH', `${path}?dryRun=true`, { configs: { [name]: '14000' } })
    t.match(dry, {
      status: 200,
      body: { applied: false, changes: [{ name, before: null, after: '14000', operation: 'set' }] }
    })
    const own = async () => {
      const { configs } = (await ask('GET', path)).body as BrokerConfigList
      return configs.find((entry) => entry.name === name)?.value ?? 'none'
    }
    t.not(await own(), '14000')
    t.match(await ask('PATCH', path, { configs: { [name]: '14000' } }), { status: 200, body: { applied: true } })
    // Kafka's own tool, as seldom as can be: each call starts a JVM.
    await eventually('Kafka has it', describe, (text) => text.includes(`${name}=14000`), 60_000)
    t.equal(await own(), '14000')
    t.match(await ask('PATCH', path, { configs: { [name]: 'often' } }), {
      status: 400,
      body: { code: 'broker_config_invalid', errors: [{ field: `configs.${name}` }] }
    })
    t.equal((await ask('PATCH', path, { configs: { [name]: null } })).status, 200)
    await eventually('it is gone', own, (value) => value !== '14000')
    await eventually('Kafka has let go of it', describe, (text) => !text.includes(`${name}=14000`), 60_000)
  }
  t.match(await ask('PATCH', '/api/brokers/2/configs', { configs: { 'broker.id': '9', nonsense: '1' } }), {
    status: 400,
    body: { errors: [{ field: 'configs.broker.id', message: /read-only/ }, { field: 'configs.nonsense' }] }
  })
})

import t from 'tap'
import Value from 'typebox/value'
import {
  BrokerConfigListSchema,
  BrokerConfigPlanSchema,
  BrokerDetailSchema,
  BrokerListSchema
} from '#shared/contracts/brokers.ts'
import { ElectionResultSchema } from '#shared/contracts/elections.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { buildPlain } from '../plain-moving.ts'

const specs = [{ name: 'a', partitions: 2, replicationFactor: 3 }]
const patch = (id: number | string, configs: object, query = '') => ({
  method: 'PATCH' as const,
  url: `/api/brokers/${id}/configs${query}`,
  payload: { configs }
})

t.test('brokers have the shapes of the contract, a dead one too', async (t) => {
  const { app, cluster } = await buildPlain(t, specs)
  cluster.dead.add(2)
  const list = await app.inject('/api/brokers')
  t.equal(list.statusCode, 200)
  t.ok(Value.Check(BrokerListSchema, list.json()))
  t.match(list.json().brokers, [
    { id: 1, leaders: 2, reachable: true },
    { id: 2, reachable: false, sizeBytes: null },
    { id: 3 }
  ])
  const detail = await app.inject('/api/brokers/1')
  t.ok(Value.Check(BrokerDetailSchema, detail.json()))
  t.match((await app.inject('/api/brokers/9')).json(), { status: 404, code: 'broker_not_found' })
  t.match((await app.inject('/api/brokers/2/configs')).json(), { status: 503, code: 'broker_unreachable' })
})

t.test('with KRaft the controller is the leader of the quorum, whomever the brokers name', async (t) => {
  const quorum = { kind: 'kraft' as const, leaderId: 3, leaderEpoch: 1, highWatermark: 5, voters: [], observers: [] }
  const { app } = await buildPlain(t, specs, async () => quorum)
  t.match((await app.inject('/api/brokers')).json(), {
    controllerId: 3,
    brokers: [{ controller: false }, { controller: false }, { id: 3, controller: true }]
  })
  t.match((await app.inject('/api/brokers/3')).json(), { broker: { controller: true } })
})

t.test('without a leader of the quorum there is no controller, and a warning explains why', async (t) => {
  const lost = new KopsError('controller_unavailable', 'no controller leads the quorum')
  const { app } = await buildPlain(t, specs, () => Promise.reject(lost))
  const list = await app.inject('/api/brokers')
  t.ok(Value.Check(BrokerListSchema, list.json()))
  t.match(list.json(), {
    controllerId: null,
    brokers: [{ controller: false }, { controller: false }, { controller: false }],
    warnings: [{ code: 'controller_unavailable', target: 'controller' }]
  })
})

t.test('the default of all brokers is not taken for a broker, and a dry run changes nothing', async (t) => {
  const { app, moving, audited } = await buildPlain(t, specs)
  const name = 'log.cleaner.threads'
  const empty = await app.inject('/api/brokers/default/configs')
  t.equal(empty.statusCode, 200)
  t.ok(Value.Check(BrokerConfigListSchema, empty.json()))
  t.match(empty.json(), { broker: null, configs: [] })
  const dry = await app.inject(patch('default', { [name]: '2' }, '?dryRun=true'))
  t.ok(Value.Check(BrokerConfigPlanSchema, dry.json()))
  t.match(dry.json(), { applied: false, changes: [{ name, before: null, after: '2', operation: 'set' }] })
  t.equal(moving.settings.get('broker default')?.size ?? 0, 0)
  t.match((await app.inject(patch('default', { [name]: '2' }))).json(), { applied: true })
  t.match((await app.inject('/api/brokers/default/configs')).json().configs, [{ name, value: '2' }])
  t.match(audited.at(-1), { action: 'broker.alter-config', target: 'default' })
  t.match((await app.inject(patch(1, { [name]: null }))).json(), { changes: [{ operation: 'none' }] })
})

t.test('settings that no broker has, or that are read-only, are refused by name', async (t) => {
  const { app } = await buildPlain(t, specs)
  const refused = await app.inject(patch(1, { 'broker.id': '7', nonsense: '1' }))
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), {
    code: 'broker_config_invalid',
    errors: [{ field: 'configs.broker.id' }, { field: 'configs.nonsense' }]
  })
  t.equal((await app.inject(patch(1, {}))).statusCode, 400)
})

t.test('an election names partitions that exist, and none that is led as it should be', async (t) => {
  const { app, moving } = await buildPlain(t, specs)
  const elect = (partitions: object[]) =>
    app.inject({ method: 'POST', url: '/api/elections', payload: { kind: 'preferred', partitions } })
  const done = await elect([{ topic: 'a', partition: 0 }])
  t.equal(done.statusCode, 200)
  t.ok(Value.Check(ElectionResultSchema, done.json()))
  t.match(done.json(), { partitions: [], alreadyPreferred: 1 })
  t.same(moving.elected, [])
  t.match((await elect([{ topic: 'a', partition: 7 }])).json(), { status: 404, errors: [{ field: 'partitions.0' }] })
})

t.test('an unclean election must name its partitions, accepts the loss of each, and has a reason', async (t) => {
  const { app, cluster, moving, audited } = await buildPlain(t, [{ name: 'a', partitions: 2, replicationFactor: 1 }])
  const elect = (payload: object, query = '') =>
    app.inject({ method: 'POST', url: `/api/elections${query}`, payload: { kind: 'unclean', ...payload } })
  const partitions = [{ topic: 'a', partition: 1 }]
  t.match((await elect({})).json(), { status: 400, errors: [{ field: 'partitions' }] })
  t.match((await elect({ partitions })).json(), { applied: true, partitions: [], alreadyPreferred: 1 })
  t.match(audited.at(-1), { action: 'leader.elect', target: 'unclean leaders', outcome: 'applied' })
  cluster.dead.add(1)
  const dry = await elect({ partitions }, '?dryRun=true')
  t.ok(Value.Check(ElectionResultSchema, dry.json()))
  t.match(dry.json(), { applied: false, partitions: [{ outcome: 'not_possible', from: null, to: null }] })
  t.same(moving.elected, [])
})

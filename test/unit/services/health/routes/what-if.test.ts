import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp, type Overrides } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import type { ScorecardCell } from '#shared/contracts/drill-scorecard.ts'
import { WhatIfSchema } from '#shared/contracts/what-if.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { poll } from '#shared/poll.ts'
import { createFakeClock } from '../fake-clock.ts'
import {
  answering,
  type FullReader,
  metadata,
  partition,
  plainCluster,
  plainParts,
  silent,
  topic
} from '../plain-cluster.ts'

const whole = topic('a', partition(), partition({ partition: 1, replicas: [2, 3, 1], isr: [2, 3, 1], leader: 2 }))
const thin = topic('b', partition({ isr: [1, 2] }))
const offsets = topic('__consumer_offsets', partition())

async function build(t: Test, topics = [whole, offsets], overrides: Partial<FullReader> = {}, ofApp: Overrides = {}) {
  const told = metadata(topics)
  const cluster = { ...plainCluster(), views: [1, 2, 3].map((id) => answering(id, told)) }
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent' }), {
    ...plainParts(cluster, overrides),
    clock: createFakeClock(),
    ...ofApp
  })
  t.teardown(() => app.close())
  await app.ready()
  for (let tries = 0; tries < 1000 && app.monitor.last()?.kind !== 'full'; tries++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  const ask = async (query = '') => {
    const answer = await app.inject(`/api/health/what-if${query}`)
    if (answer.statusCode === 200) t.ok(Value.Check(WhatIfSchema, answer.json()), `${query} matches the contract`)
    return { status: answer.statusCode, ...answer.json() }
  }
  return { app, ask }
}

t.test(
  'every broker, rack and node is listed without details; one of them with its partitions and groups',
  async (t) => {
    const settings = new Map([['zookeeper.session.timeout.ms', '6000']])
    const { ask } = await build(t, [whole, offsets], {
      brokerSettings: async () => ({ value: new Map([[1, settings]]), warnings: [] })
    })
    const all = await ask()
    t.match(all, { status: 200, how: 'kill', mode: 'zookeeper', detail: null, assumed: ['replica.lag.time.max.ms'] })
    t.same(
      all.scenarios.map(({ name }: { name: string }) => name),
      ['kafka-1', 'kafka-2', 'kafka-3', 'rack-1', 'rack-2', 'rack-3', 'zookeeper-1', 'zookeeper-2', 'zookeeper-3']
    )
    t.match(all.scenarios[0], {
      ...{ leaders: 2, groups: 1, quorum: 'kept', serves: true, leaderBytesPerSecond: null, restart: { safe: true } },
      offline: { degraded: 0, configuration: 0, singleReplica: 0 },
      seconds: { detection: { min: 4, max: 8 } }
    })
    const one = await ask('?broker=1')
    t.match(one, {
      scenarios: [{ name: 'kafka-1' }],
      detail: {
        moves: [
          { topic: '__consumer_offsets', partition: 0, from: 1, to: 2, unclean: false },
          { topic: 'a', partition: 0, from: 1, to: 2 }
        ],
        offline: [],
        writesStop: [],
        groups: [{ group: 'g', from: 1, to: 2 }]
      }
    })
    t.equal((await ask('?broker=1&limit=1')).detail.moves.length, 1)
    for (const query of ['?node=kafka-1', '?rack=rack-1']) t.same((await ask(query)).detail, one.detail, query)
    t.match(await ask('?node=zookeeper-2&how=stop'), { how: 'stop', scenarios: [{ kind: 'node', brokers: [] }] })
  }
)

t.test('what is unknown or ambiguous is refused', async (t) => {
  const { ask } = await build(t)
  for (const query of ['?broker=9', '?rack=nowhere', '?node=zookeeper-9', '?node=rack-1']) {
    t.match(await ask(query), { status: 404, code: 'node_not_found' }, query)
  }
  for (const query of ['?broker=1&rack=rack-1', '?how=explode', '?broker=kafka-1', '?limit=0']) {
    t.match(await ask(query), { status: 400, code: 'validation_failed' }, query)
  }
})

t.test('without a broker that answers nothing is predicted', async (t) => {
  const views = [1, 2, 3].map((id) => silent(id, new KopsError('broker_unreachable', 'gone')))
  const { ask } = await build(t, [], { views: async () => views })
  t.match(await ask(), { status: 503, code: 'cluster_unreachable' })
})

t.test('metrics: few series, by broker, cause and node; none while unknown', async (t) => {
  const { app } = await build(t, [whole, thin])
  const series = async () => {
    const { body } = await app.inject('/metrics/sweep')
    return body.split('\n').filter((line) => line.startsWith('kops_whatif_'))
  }
  const lines = await series()
  t.equal(lines.length, 3 * 3 * 2 + 3 * 2 + 3 + 6, 'in all')
  for (const line of [
    'kops_whatif_writes_stop_partitions{broker="kafka-1",cause="degraded"} 1',
    'kops_whatif_writes_stop_partitions{broker="kafka-3",cause="degraded"} 0',
    'kops_whatif_offline_partitions{broker="kafka-1",cause="single_replica"} 0',
    'kops_whatif_leaders_moving{broker="kafka-1"} 2',
    'kops_whatif_leaders_seconds{broker="kafka-1"} 21',
    'kops_whatif_quorum_lost{node="zookeeper-1"} 0',
    'kops_whatif_restart_safe{node="kafka-1"} 0',
    'kops_whatif_restart_safe{node="kafka-3"} 1',
    'kops_whatif_restart_safe{node="zookeeper-1"} 1'
  ]) {
    t.ok(lines.includes(line), line)
  }
  const { app: unset } = await build(t, [whole], { topicConfigs: async () => ({ value: new Map(), warnings: [] }) })
  const { body } = await unset.inject('/metrics')
  t.notMatch(body, /^kops_whatif_writes_stop_partitions\{/m, 'min.insync.replicas is unknown')
  t.match(body, /^kops_whatif_offline_partitions\{broker="kafka-1",cause="degraded"\} 0$/m)
})

t.test(
  'brokers have what drills measured beside their predictions, as long as load-test-service says so',
  async (t) => {
    const measurements = {
      ...{ timeToNewLeadersMs: 640, timeToFullIsrMs: null, longestAckGapMs: null },
      ...{ faultDurationMs: null, leadersOnNodeBefore: 2 }
    }
    const finishedAt = '2026-01-31T12:00:00.000Z'
    const last: ScorecardCell['last'] = {
      id: 'd1',
      node: 'kafka-2',
      result: 'pass',
      finishedAt,
      ageSeconds: 60,
      measurements,
      comparison: []
    } as const
    const cell: ScorecardCell = { kind: 'broker-stop', configuration: null, stale: false, drills: 1, passed: 1, last }
    const scorecard = { cells: [cell], configurations: [], repeated: [], asOf: finishedAt, warnings: [] }
    const drillSource = { running: async () => null, scorecard: async () => scorecard }
    const { app, ask } = await build(t, [whole, offsets], {}, { drillSource })
    t.ok((await poll(() => app.drillWatch?.scorecard() ?? null, Boolean, { timeoutMs: 5000, pauseMs: 5 })).done)
    const { scenarios } = await ask('?how=stop')
    t.match(scenarios[0], { name: 'kafka-1', measured: { drill: 'd1', leadersSeconds: 0.64, sameConfiguration: true } })
    t.equal((await ask('?how=kill')).scenarios[0].measured, null, 'no drill has killed one')
    const { ask: alone } = await build(t)
    t.notOk('measured' in (await alone('?how=stop')).scenarios[0])
  }
)

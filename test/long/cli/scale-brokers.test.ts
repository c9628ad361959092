// Runs alone: it adds a broker to the cluster, and removes it again.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { BrokerScalePlan } from '#cli/scale/broker-plan.ts'
import { withAgent } from '#shared/cluster/agent/client.ts'
import { networkNames } from '#shared/cluster/local/network-plan.ts'
import type { AlertList } from '#shared/contracts/alerts.ts'
import type { BrokerList } from '#shared/contracts/brokers.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { createOn, fill } from '../../integration/admin/replicas.ts'
import { ask as askAdmin, independentAdmin, ownTopic } from '../../integration/admin/service.ts'
import { killedAt } from '../../integration/cli/killed.ts'
import { kops } from '../../integration/cli/kops.ts'
import { traces } from '../../integration/cluster/own-cluster.ts'
import { ask as askLoad } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { definitionUnderTest, healthUrl, stateDir } from '../../integration/support/under-test.ts'

t.setTimeout(900_000)

const throttle = ['--throttle', '3MB']
const add = ['scale', 'brokers', '4', ...throttle]
const remove = ['scale', 'brokers', '3', ...throttle, '--yes']
const admin = await independentAdmin(t)

t.teardown(async () => {
  const definition = await definitionUnderTest()
  if (definition.ports.kafka.length > 3) await kops(remove)
})

/** Every replica list of every topic, as another client reads them. */
async function placements(): Promise<{ topic: string; leader: number; replicas: number[]; isr: number[] }[]> {
  const { topics } = await admin.fetchTopicMetadata()
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ leader, replicas, isr }) => ({ topic: name, leader, replicas, isr }))
  )
}

const statusNow = async () => withAgent(await definitionUnderTest(), (agent) => agent.status())
const nodesNow = async () => (await statusNow()).nodes.filter(({ role }) => role === 'broker').map(({ name }) => name)

async function complete(t: Test, args: string[]): Promise<BrokerScalePlan> {
  const began = performance.now()
  const { code, stdout, stderr } = await kops([...args, '--json'])
  t.equal(code, 0, stderr)
  t.comment(`kops ${args.join(' ')}: ${Math.round((performance.now() - began) / 1000)} s`)
  return JSON.parse(stdout) as BrokerScalePlan
}

/** Rules here wait 3 s instead of 8 s (prometheus/rules/brokers.yml). A broker that starts, or stops, needs a few. */
const realForMs = 8000
const testForMs = 3000

/** Alerts about brokers, the controller and partitions that began since, and would have fired with the real rules. */
async function alertsSince(began: number): Promise<string[]> {
  const { alerts } = (await (await fetch(`${healthUrl}/api/alerts`)).json()) as AlertList
  return alerts
    .filter(
      ({ name, startsAt }) => /Broker|Controller|Quorum|Offline|UnderMinIsr/.test(name) && Date.parse(startsAt) >= began
    )
    .map(({ name, startsAt, endsAt }) => ({
      name,
      ms: (endsAt === null ? Date.now() : Date.parse(endsAt)) - Date.parse(startsAt)
    }))
    .filter(({ ms }) => ms >= realForMs - testForMs)
    .map(({ name, ms }) => `${name} for ${ms} ms`)
}

t.test(
  'a fourth broker is added under load, filled, and removed again, although kops is killed in between',
  async (t) => {
    const { mode } = await statusNow()
    const dry = await complete(t, [...add, '--dry-run'])
    t.match(dry, { action: 'add-broker', broker: 'kafka-4', applied: false })
    t.ok(dry.steps.every(({ state }) => state === 'planned'))
    t.ok(dry.movement && dry.movement.copies > 0, 'what it would get is known before it is there')
    t.same(await nodesNow(), ['kafka-1', 'kafka-2', 'kafka-3'], 'a dry run changes nothing')

    // So much that its moves take some seconds.
    const big = await createOn(t, 'scale', [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
      [1, 3, 2]
    ])
    await fill(t, big, { partitions: 4, megabytes: 12 })
    const topic = ownTopic(t, 'scale-load')
    const configs = { 'min.insync.replicas': '2' }
    await askAdmin('POST', '/api/topics', { name: topic, partitions: 12, replicationFactor: 3, configs })
    const { body: started } = await askLoad<LoadTestRun>('POST', '/api/loadtest/runs', {
      name: 'scaling',
      topic: { kind: 'existing', name: topic, confirm: topic },
      rate: { kind: 'constant', perSecond: 500 },
      durationSeconds: 120,
      producers: 2,
      verify: true
    })
    const run = async () => (await askLoad<LoadTestRun>('GET', started.links.self)).body
    await eventually('records are written', run, ({ progress }) => (progress?.acknowledged ?? 0) >= 2000, 60_000)
    const began = Date.now()

    await killedAt(t, add, /\.\.\. kafka-4/)
    await killedAt(t, add, /partitions? {2}/)
    const added = await complete(t, add)
    t.same(
      added.steps.map(({ step, state }) => `${step} ${state}`),
      ['start done', 'watch done', 'fill done', 'leaders done']
    )
    t.equal((await complete(t, add)).movement?.copies, 0, 'again: nothing is left to do')

    const filled = await placements()
    t.ok(filled.every(({ replicas }) => new Set(replicas).size === replicas.length))
    const own = filled.filter((each) => each.topic === topic)
    const held = (id: number) => own.filter(({ replicas }) => replicas.includes(id)).length
    t.same([1, 2, 3, 4].map(held), [9, 9, 9, 9], 'of 36 replicas each has nine')
    t.same(
      [1, 2, 3, 4].map((id) => own.filter(({ leader }) => leader === id).length),
      [3, 3, 3, 3]
    )
    t.ok(own.every(({ replicas }) => replicas.length === 3))
    const { nodes } = await statusNow()
    t.match(
      nodes.find(({ name }) => name === 'kafka-4'),
      { state: 'running', ready: true, ...(mode === 'kraft' ? { votes: false } : {}) }
    )
    const { body } = await askAdmin('GET', '/api/brokers')
    t.match(body, { brokers: [1, 2, 3, 4].map((id) => ({ id, reachable: true, outOfSync: 0, rack: `rack-${id}` })) })
    const health = await eventually(
      'health-service reads its exporter',
      async () =>
        (await (await fetch(`${healthUrl}/api/health`)).json()) as {
          brokers: { name: string; uptimeSeconds: number | null }[]
        },
      ({ brokers }) => brokers.some(({ name, uptimeSeconds }) => name === 'kafka-4' && uptimeSeconds !== null)
    )
    t.equal(health.brokers.length, 4)

    await killedAt(t, remove, /partitions? {2}/)
    await killedAt(t, remove, /\.\.\. stopping kafka-4/)
    t.match(await complete(t, remove), { action: 'remove-broker', applied: true })
    t.same(await nodesNow(), ['kafka-1', 'kafka-2', 'kafka-3'])
    const after = await placements()
    t.ok(
      after.every(({ replicas }) => !replicas.includes(4)),
      'nothing is left on it'
    )
    t.same(
      after.filter((each) => each.topic === topic).map(({ replicas }) => replicas.length),
      Array.from({ length: 12 }, () => 3),
      'the replication factor is as before'
    )
    const { body: brokers } = await askAdmin<BrokerList>('GET', '/api/brokers')
    t.same(
      brokers.brokers.map(({ id }) => id),
      [1, 2, 3]
    )
    const { id } = await definitionUnderTest()
    t.notOk(
      (await traces(id)).some((line) => line.includes(networkNames(id).nodeNamespace('kafka-4'))),
      'nor is its network'
    )
    t.notOk((await readdir(join(stateDir, 'nodes'))).includes('kafka-4'), 'nor its data')
    if (mode === 'kraft') {
      const again = await askAdmin('DELETE', '/api/brokers/4/registration')
      t.match(again, { status: 200, body: { kept: true, applied: false } }, 'it is not registered any more')
      t.match(await askAdmin('DELETE', '/api/brokers/3/registration'), { status: 409, body: { code: 'broker_in_use' } })
    }
    t.match(await kops(['scale', 'brokers', '2', '--yes']), { code: 1, stderr: /validation_failed/ })
    t.same(await alertsSince(began), [], 'no alert has fired that would with the real rules')

    const ended = await eventually('the run ends', run, ({ finishedAt }) => finishedAt !== null, 180_000)
    t.comment(JSON.stringify({ status: ended.status, ...ended.result?.verification }))
    t.match(ended.result?.verification, { verdict: 'clean', unread: [] }, 'no record is lost')
  }
)

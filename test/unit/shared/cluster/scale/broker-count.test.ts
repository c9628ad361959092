import t from 'tap'
import {
  type ClusterDefinition,
  defaultHeap,
  defaultPorts,
  saveDefinition,
  withMode
} from '#shared/cluster/definition.ts'
import { assertRemovable, nextPort, withBroker, withoutBroker } from '#shared/cluster/scale/broker-count.ts'

const three: ClusterDefinition = {
  id: 'abc123',
  name: 'test',
  runtime: 'local',
  ports: defaultPorts,
  heap: defaultHeap
}
const inKraft = withMode(three, 'kraft')
const fourth = { kafka: 9096, jmx: 7074 }

t.test('a broker comes last, and goes again', async (t) => {
  const four = withBroker(three, fourth)
  t.same(four.ports, { ...defaultPorts, kafka: [9092, 9093, 9094, 9096], jmx: [7071, 7072, 7073, 7074] })
  t.equal('controllers' in four, false, 'ZooKeeper has the quorum')
  t.same(withoutBroker(four, 'kafka-4'), three)
  await saveDefinition(t.testdir(), four)
})

t.test('with KRaft an added broker is no controller, and the quorum stays as it is when it goes', async (t) => {
  const four = withBroker(inKraft, fourth)
  t.equal(four.controllers, 3)
  t.equal(withBroker(four, { kafka: 9097, jmx: 7075 }).controllers, 3)
  const again = withoutBroker(four, 'kafka-4')
  t.same(again, { ...inKraft, controllers: 3 })
  await saveDefinition(t.testdir(), again)
})

const refusals: { what: string; of: ClusterDefinition; broker: string; code: string; why: RegExp }[] = [
  { what: 'one of the first three', of: three, broker: 'kafka-3', code: 'node_state_conflict', why: /set up with it/ },
  {
    what: 'a voter',
    of: withMode({ ...withBroker(three, fourth) }, 'kraft'),
    broker: 'kafka-4',
    code: 'node_state_conflict',
    why: /votes/
  },
  {
    what: 'one that is not the last',
    of: withBroker(withBroker(three, fourth), { kafka: 9097, jmx: 7075 }),
    broker: 'kafka-4',
    code: 'node_state_conflict',
    why: /kafka-5.* goes first/
  },
  { what: 'one that there is not', of: three, broker: 'kafka-4', code: 'node_not_found', why: /not one of/ }
]
for (const { what, of, broker, code, why } of refusals) {
  t.test(`${what} is not removed`, async (t) => {
    t.throws(() => assertRemovable(of, broker), { code, message: why })
    t.throws(() => withoutBroker(of, broker), { code })
  })
}

t.test('there are at most nine', async (t) => {
  let definition = three
  for (let count = 4; count <= 9; count++)
    definition = withBroker(definition, { kafka: 9100 + count, jmx: 7100 + count })
  t.throws(() => withBroker(definition, { kafka: 9200, jmx: 7200 }), { code: 'runtime_failed' })
})

t.test('its ports are the next ones that neither the cluster nor the machine uses', async (t) => {
  const all = async () => true
  t.equal(await nextPort(three, 'kafka', all), 9096, '9095 is that of Alertmanager')
  t.equal(await nextPort(three, 'kafka', async (port) => port !== 9096), 9097)
  t.equal(await nextPort(three, 'jmx', all), 7074)
  await t.rejects(
    nextPort(three, 'jmx', async () => false),
    { code: 'runtime_failed' }
  )
})

t.test('a number of controllers without KRaft, or above that of nodes, is refused', async (t) => {
  for (const definition of [
    { ...three, controllers: 3 },
    { ...inKraft, controllers: 4 }
  ]) {
    await t.rejects(saveDefinition(t.testdir(), definition), {
      code: 'validation_failed',
      errors: [{ field: 'controllers' }]
    })
  }
})

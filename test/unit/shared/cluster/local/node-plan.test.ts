import t from 'tap'
import { type ClusterDefinition, defaultHeap, defaultPorts, withMode } from '#shared/cluster/definition.ts'
import {
  brokerValues,
  fillTemplate,
  javaArguments,
  listensOn,
  planNodes,
  servicesOf,
  zooKeeperValues
} from '#shared/cluster/local/node-plan.ts'

const definition: ClusterDefinition = {
  id: 'abc123',
  name: 'test',
  runtime: 'local',
  ports: defaultPorts,
  heap: defaultHeap
}
const inNamespaces = planNodes(definition, { mode: 'network-namespace', prefix: '10.213.7' })
const onLoopback = planNodes(definition, { mode: 'loopback', prefix: '127.70.3' })

function nodeNamed(nodes: typeof inNamespaces, name: string) {
  const node = nodes.find((one) => one.name === name)
  if (!node) throw new Error(`no ${name}`)
  return node
}

t.test('ZooKeeper nodes come first, each with its own address', async (t) => {
  t.same(
    inNamespaces.map(({ name, address }) => [name, address]),
    [
      ['zookeeper-1', '10.213.7.21'],
      ['zookeeper-2', '10.213.7.22'],
      ['zookeeper-3', '10.213.7.23'],
      ['kafka-1', '10.213.7.11'],
      ['kafka-2', '10.213.7.12'],
      ['kafka-3', '10.213.7.13']
    ]
  )
})

t.test(
  'brokers talk to each other on their own addresses and give clients this machine’s address and port',
  async (t) => {
    const cases = [
      {
        nodes: inNamespaces,
        listeners: 'INTERNAL://10.213.7.12:9092,EXTERNAL://10.213.7.12:19092',
        advertised: 'INTERNAL://10.213.7.12:9092,EXTERNAL://127.0.0.1:9093',
        zookeepers: '10.213.7.21:2181,10.213.7.22:2181,10.213.7.23:2181'
      },
      {
        nodes: onLoopback,
        listeners: 'INTERNAL://127.70.3.12:9092,EXTERNAL://127.0.0.1:9093',
        advertised: 'INTERNAL://127.70.3.12:9092,EXTERNAL://127.0.0.1:9093',
        zookeepers: '127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183'
      }
    ]
    for (const { nodes, listeners, advertised, zookeepers } of cases) {
      t.same(brokerValues(nodeNamed(nodes, 'kafka-2'), nodes, '/data', ['a=1', 'b=2']), {
        metadata: { BROKER_ID: '2', ZOOKEEPER_CONNECT: zookeepers },
        server: {
          RACK: 'rack-2',
          LISTENERS: listeners,
          ADVERTISED_LISTENERS: advertised,
          LOG_DIRS: '/data',
          SECURITY: 'a=1\nb=2'
        }
      })
    }
  }
)

t.test('each ZooKeeper knows the ensemble with its client addresses', async (t) => {
  t.same(zooKeeperValues(inNamespaces, '/data'), {
    DATA_DIR: '/data',
    SERVERS: [
      'server.1=10.213.7.21:2888:3888;10.213.7.21:2181',
      'server.2=10.213.7.22:2888:3888;10.213.7.22:2181',
      'server.3=10.213.7.23:2888:3888;10.213.7.23:2181'
    ].join('\n')
  })
})

t.test('in KRaft every node is a broker and a voter, with a quorum listener on its own address', async (t) => {
  const kraft = withMode(definition, 'kraft')
  const cases = [
    {
      nodes: planNodes(kraft, { mode: 'network-namespace', prefix: '10.213.7' }),
      listeners: 'INTERNAL://10.213.7.13:9092,EXTERNAL://10.213.7.13:19092,CONTROLLER://10.213.7.13:9093',
      advertised: 'INTERNAL://10.213.7.13:9092,EXTERNAL://127.0.0.1:9094',
      voters: '1@10.213.7.11:9093,2@10.213.7.12:9093,3@10.213.7.13:9093'
    },
    {
      nodes: planNodes(kraft, { mode: 'loopback', prefix: '127.70.3' }),
      listeners: 'INTERNAL://127.70.3.13:9092,EXTERNAL://127.0.0.1:9094,CONTROLLER://127.70.3.13:9093',
      advertised: 'INTERNAL://127.70.3.13:9092,EXTERNAL://127.0.0.1:9094',
      voters: '1@127.70.3.11:9093,2@127.70.3.12:9093,3@127.70.3.13:9093'
    }
  ]
  for (const { nodes, listeners, advertised, voters } of cases) {
    t.same(
      nodes.map(({ name }) => name),
      ['kafka-1', 'kafka-2', 'kafka-3']
    )
    const { metadata, server } = brokerValues(nodeNamed(nodes, 'kafka-3'), nodes, '/data', [])
    t.same(metadata, { BROKER_ID: '3', PROCESS_ROLES: 'broker,controller', QUORUM_VOTERS: voters })
    t.match(server, { LISTENERS: listeners, ADVERTISED_LISTENERS: advertised })
    t.match(
      listensOn(nodeNamed(nodes, 'kafka-3')).map(({ port }) => port),
      [Number, Number, 9092, 9093]
    )
  }
})

t.test('the checked ports are those that a node listens on', async (t) => {
  t.same(listensOn(nodeNamed(onLoopback, 'kafka-1')), [
    { host: '127.0.0.1', port: 9092 },
    { host: '127.0.0.1', port: 7071 },
    { host: '127.70.3.11', port: 9092 }
  ])
})

t.test('a template is filled outside its comments, and a name without a value is refused', async (t) => {
  t.equal(fillTemplate('# ${NAMES} stay\na=${A},${B}\n', { A: '1', B: '2' }), '# ${NAMES} stay\na=1,2\n')
  t.equal(fillTemplate('dir=${DIR}', { DIR: '/a $& b' }), 'dir=/a $& b', 'a value is no pattern')
  t.throws(() => fillTemplate('a=${A}', {}), /A, which has no value/)
})

t.test('heaps are the definition of the cluster, and only brokers carry the exporter', async (t) => {
  const options = {
    heap: '384m',
    libs: '/libs',
    logging: '-Dlog4j.configuration=file:/log4j.properties',
    security: ['-Dallowed=url'],
    jmxAgent: '/libs/agent.jar',
    jmxRules: '/rules.yml',
    configFile: '/node.cfg'
  }
  const broker = javaArguments(nodeNamed(inNamespaces, 'kafka-1'), options)
  t.ok(broker.includes('-Xmx384m'))
  t.ok(broker.includes('-Dallowed=url'))
  t.ok(broker.includes('-javaagent:/libs/agent.jar=10.213.7.11:7071:/rules.yml'))
  t.same(broker.slice(-2), ['kafka.Kafka', '/node.cfg'])
  const zookeeper = javaArguments(nodeNamed(inNamespaces, 'zookeeper-1'), options)
  t.notOk(zookeeper.some((argument) => argument.startsWith('-javaagent')))
  t.same(zookeeper.slice(-2), ['org.apache.zookeeper.server.quorum.QuorumPeerMain', '/node.cfg'])
})

t.test('a broker that was added to a KRaft cluster is no controller, and knows those that are', async (t) => {
  const ports = { ...defaultPorts, kafka: [9092, 9093, 9094, 9096], jmx: [7071, 7072, 7073, 7074] }
  const four = withMode({ ...definition, ports, controllers: 3 }, 'kraft')
  const nodes = planNodes(four, { mode: 'network-namespace', prefix: '10.213.7' })
  const voters = '1@10.213.7.11:9093,2@10.213.7.12:9093,3@10.213.7.13:9093'
  for (const [name, roles] of [
    ['kafka-3', 'broker,controller'],
    ['kafka-4', 'broker']
  ] as const) {
    const node = nodeNamed(nodes, name)
    const { metadata, server } = brokerValues(node, nodes, '/data', [])
    t.match(metadata, { PROCESS_ROLES: roles, QUORUM_VOTERS: voters })
    t.equal(server.LISTENERS.includes('CONTROLLER://'), roles !== 'broker')
    t.equal(
      listensOn(node).some(({ port }) => port === 9093),
      roles !== 'broker'
    )
  }
  t.same(
    servicesOf(nodeNamed(nodes, 'kafka-4')).map(({ service }) => service),
    ['broker']
  )
})

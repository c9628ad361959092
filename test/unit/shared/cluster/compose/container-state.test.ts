import t from 'tap'
import { type InspectedContainer, viewContainer } from '#shared/cluster/compose/container-state.ts'

const network = 'kafka-log-streaming-cluster_kafka-network'
const running: InspectedContainer = {
  Id: '77670e39bd73',
  Image: 'sha256:37789d699675',
  Config: { Env: ['PATH=/usr/bin', 'KAFKA_HEAP_OPTS=-Xms384m -Xmx384m'] },
  State: { Running: true, Paused: false, Pid: 7453, StartedAt: '2026-11-21T08:47:42.557123456Z' },
  HostConfig: { PortBindings: { '19092/tcp': [{ HostIp: '127.0.0.1', HostPort: '9092' }] } },
  NetworkSettings: { Networks: { [network]: { IPAddress: '172.18.0.5' } } },
  Mounts: [
    { Type: 'volume', Destination: '/var/lib/kafka/data' },
    { Type: 'tmpfs', Destination: '/tmp' }
  ]
}

t.test('a running node', async (t) => {
  t.same(viewContainer(running, network), {
    id: '77670e39bd73',
    image: 'sha256:37789d699675',
    state: 'running',
    isolated: false,
    address: '172.18.0.5',
    hostPort: 9092,
    pid: 7453,
    startedAt: '2026-11-21T08:47:42.557Z',
    dataDirs: ['/var/lib/kafka/data'],
    heap: '384m'
  })
})

t.test('a paused node is running, as the engine sees it', async (t) => {
  t.equal(viewContainer({ ...running, State: { ...running.State, Paused: true } }, network).state, 'paused')
})

t.test('a stopped node has no process and no address, and keeps its port', async (t) => {
  const view = viewContainer(
    {
      ...running,
      State: { ...running.State, Running: false, Pid: 0 },
      NetworkSettings: { Networks: { [network]: { IPAddress: '' } } }
    },
    network
  )
  t.match(view, { state: 'stopped', isolated: false, hostPort: 9092, pid: null, startedAt: null })
  t.equal(view.address, undefined)
})

t.test('a node is isolated when it is not on the cluster network, whatever else it is on', async (t) => {
  for (const Networks of [{}, { bridge: { IPAddress: '172.17.0.2' } }]) {
    const view = viewContainer({ ...running, NetworkSettings: { Networks } }, network)
    t.equal(view.isolated, true)
    t.equal(view.address, undefined)
  }
})

t.test('nothing published', async (t) => {
  t.equal(viewContainer({ ...running, HostConfig: { PortBindings: {} } }, network).hostPort, undefined)
})

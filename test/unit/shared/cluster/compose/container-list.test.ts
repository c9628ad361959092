import t from 'tap'
import {
  type ContainerHealth,
  parseContainers,
  parseRestarts,
  parseSizes
} from '#shared/cluster/compose/container-list.ts'

t.test('the status of docker ps, in all its forms', async (t) => {
  const cases: [status: string, health: ContainerHealth][] = [
    ['Up 4 minutes (healthy)', 'healthy'],
    ['Up Less than a second (health: starting)', 'starting'],
    ['Up 2 hours (unhealthy)', 'unhealthy'],
    ['Up 2 hours (Paused)', 'paused'],
    ['Up 3 seconds', 'healthy'],
    ['Restarting (1) 2 seconds ago', 'restarting'],
    ['Exited (143) 4 seconds ago', 'stopped'],
    ['Created', 'stopped'],
    ['Dead', 'stopped']
  ]
  for (const [status, health] of cases) {
    t.same(parseContainers(`kafka-1\t${status}\t\n`), [{ name: 'kafka-1', health, port: undefined }], status)
  }
})

t.test('the published port is the one on 127.0.0.1', async (t) => {
  const ports = '0.0.0.0:5000->5000/tcp, 127.0.0.1:29092->19092/tcp'
  t.equal(parseContainers(`kafka-1\tUp 1 second\t${ports}`)[0]?.port, 29092)
  t.same(parseContainers(''), [], 'no container')
})

t.test('restarts and sizes of volumes are read as the engine writes them', async (t) => {
  t.same(
    [...parseRestarts('/health-service\t3\n/prometheus\t0\n')],
    [
      ['health-service', 3],
      ['prometheus', 0]
    ]
  )
  t.same(
    [...parseSizes('a\t0B\nb\t12.5MB\nc\t1.2GB\nd\tN/A\ne\t900kB\n')],
    [
      ['a', 0],
      ['b', 12_500_000],
      ['c', 1_200_000_000],
      ['e', 900_000]
    ]
  )
})

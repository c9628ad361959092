import type { Readings } from '#cli/doctor/check.ts'
import type { Sources } from '#cli/doctor/sources.ts'
import { defaultPorts } from '#shared/cluster/definition.ts'
import type { NodeStatus } from '#shared/contracts/cluster.ts'
import type { HealthReason } from '#shared/contracts/health-status.ts'
import packageJson from '../../../../package.json' with { type: 'json' }

const GiB = 2 ** 30
const at = '2026-01-31T12:00:00.000Z'
const nodes = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3', 'kafka-1', 'kafka-2', 'kafka-3']

export const node = (name: string, overrides: Partial<NodeStatus> = {}): NodeStatus => ({
  ...{ name, role: name.startsWith('kafka') ? 'broker' : 'zookeeper', state: 'running', isolated: false, ready: true },
  ...{ address: '127.0.0.1:9092', pid: 1, startedAt: at },
  ...overrides
})

export const reason = (
  code: HealthReason['code'],
  message: string,
  severity: HealthReason['severity'] = 'degraded'
): HealthReason => ({
  code,
  message,
  severity,
  since: at,
  runbook: 'kafka-broker-down',
  command: 'kops cluster status'
})

const service = (name: string): Sources['admin'] => ({
  ...{ name, url: 'http://127.0.0.1:8081', state: 'answers', detail: '', version: packageJson.version, request: 'ok' }
})

const probed = (broker: string, id: number): Sources['probe']['brokers'][number] => ({
  ...{ broker, id, partition: id - 1, leader: broker, up: true, lastLatencyMs: 3.4, p50Ms: 3, p99Ms: 9, samples: 60 },
  ...{ sent: 60, open: 0, acknowledged: 60, returned: 60, lost: 0, late: 0, forgotten: 0, notAccepted: 0 },
  ...{ notAcceptedReasons: [], pending: 0, lastError: null, asOf: at }
})

const brokerSettings = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'num.network.threads': '8',
  'num.io.threads': '16',
  'socket.send.buffer.bytes': '102400',
  'socket.receive.buffer.bytes': '-1',
  'socket.request.max.bytes': '104857600',
  'log.segment.bytes': '1073741824',
  'log.retention.check.interval.ms': '300000',
  'log.retention.hours': '168',
  listeners: 'INTERNAL://10.0.0.1:9091,EXTERNAL://10.0.0.1:9092',
  'listener.security.protocol.map': 'INTERNAL:SSL,EXTERNAL:SASL_SSL,CONTROLLER:SSL',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
}

/** What every check finds nothing wrong with. */
export const fine: Sources = {
  machine: {
    processors: 8,
    memory: { totalBytes: 64 * GiB, availableBytes: 32 * GiB },
    swap: { totalBytes: 8 * GiB, usedBytes: 0 }
  },
  disk: { path: '/data', totalBytes: 100 * GiB, freeBytes: 60 * GiB, inodes: 6_000_000, freeInodes: 5_000_000 },
  fileLimits: [{ process: 'kafka-1', limit: 100_000 }],
  ports: [
    ...nodes.map((name, index) => ({ name, port: 9000 + index, accepts: true, listener: null })),
    { name: 'prometheus', port: 9090, accepts: true, listener: null },
    { name: 'alertmanager', port: 9095, accepts: true, listener: null }
  ],
  definition: {
    ...{ id: 'abc123', name: 'kafka-log-streaming-cluster', runtime: 'compose', ports: defaultPorts },
    heap: { broker: '4g', zookeeper: '512m' }
  },
  cluster: {
    ...{ name: 'kafka-log-streaming-cluster', runtime: 'compose', bootstrapServers: [], zookeeperServers: [] },
    isolation: { available: true, mechanism: 'docker-network', detail: '' },
    faultKinds: [{ kind: 'kill', available: true, detail: 'SIGKILL' }],
    nodes: nodes.map((name) => node(name)),
    faults: [],
    asOf: at
  },
  brokers: defaultPorts.kafka.map((port) => ({ address: `127.0.0.1:${port}`, answers: true })),
  health: {
    ...{ status: 'HEALTHY', reasons: [], score: { score: 100, reasons: [] }, clusterId: 'MkU3OEVBNTcwNTJENDM2Qg' },
    brokers: [1, 2, 3].map((id) => ({
      ...{ id, name: `kafka-${id}`, host: `10.0.0.${id}`, port: 9092, rack: `rack-${id}`, reachable: true },
      ...{ controller: id === 2, responseTimeMs: 1, startedAt: at, uptimeSeconds: 60, leaders: 10, partitions: 30 },
      ...{ requestQueueSize: 0, handlerIdleRatio: 1 },
      logDirs: [{ dir: '/data', online: true, sizeBytes: 1, totalBytes: 100 * GiB, usableBytes: 60 * GiB }]
    })),
    zookeepers: [1, 2, 3].map((id) => ({
      ...{ name: `zookeeper-${id}`, host: `10.0.1.${id}`, port: 2181, mode: id === 1 ? 'leader' : 'follower' },
      ...{ reachable: true, outstandingRequests: 0, latencyMs: null, connections: 1, zxid: '0x1', nodeCount: 9 },
      version: '3.9.6'
    })),
    ...{ quorum: null, controllers: 1, leaderSkew: 1 },
    partitions: {
      ...{ total: 30, underReplicated: 0, underMinIsr: 0, offline: 0, unconfirmed: 0, atMinIsr: 0 },
      notPreferredLeader: 0
    },
    ...{ affected: null, topics: [], groups: [], maintenance: [], asOf: at, durationMs: 1 },
    parts: ['groups', 'logDirs'].map((part) => ({ part, asOf: at, durationMs: 1, ok: true })),
    warnings: []
  },
  probe: {
    ...{ enabled: true, topic: 'kops-probe', intervalMs: 5000, lossAfterMs: 20_000, windowMs: 300_000 },
    brokers: [1, 2, 3].map((id) => probed(`kafka-${id}`, id)),
    ...{ warnings: [], asOf: at }
  },
  admin: service('admin-service'),
  healthService: service('health-service'),
  loadTest: service('load-test-service'),
  node: { running: '24.21.0', pinned: '24.21.0', least: '22.22.0' },
  java: 'openjdk version "17.0.12" 2024-07-16\nOpenJDK Runtime Environment',
  distribution: { kafka: '3.9.2', zookeeper: '3.9.6' },
  settings: [{ path: '.kops/cluster.json', problem: null }],
  secrets: [{ path: '.kops/monitoring/access/password', exposed: false }],
  strangeVariables: [],
  brokerSettings: [1, 2, 3].map((id) => ({ broker: `kafka-${id}`, settings: brokerSettings })),
  topics: [
    {
      ...{ name: 'log-events', internal: false, partitions: 12, replicas: 36, replicationFactor: 3 },
      ...{ underReplicated: 0, offline: 0, sizeBytes: 1 }
    }
  ],
  topicSettings: { overrides: { 'log-events': { 'retention.ms': '604800000' } }, left: 0 },
  receivers: ['slack'],
  alerts: { alerts: [], asOf: new Date().toISOString(), warnings: [] },
  history: 'answered',
  scorecard: {
    cells: [
      {
        ...{ kind: 'broker-kill', configuration: 'a', stale: false, drills: 1, passed: 1 },
        last: {
          ...{ id: 'd1', node: 'kafka-1', result: 'pass', finishedAt: at, ageSeconds: 60, comparison: [] },
          measurements: {} as Sources['scorecard']['cells'][number]['last']['measurements']
        }
      }
    ],
    ...{ configurations: [], repeated: [], asOf: at, warnings: [] }
  },
  openServices: []
}

/** These sources as they were read. */
export function readingsOf(sources: Partial<Sources>): Readings {
  return Object.fromEntries(Object.entries(sources).map(([name, value]) => [name, { value }])) as Readings
}

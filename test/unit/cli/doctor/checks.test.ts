import t from 'tap'
import { checks } from '#cli/doctor/checks/index.ts'
import { judgeService } from '#cli/doctor/checks/services.ts'
import { javaRelease } from '#cli/doctor/checks/versions.ts'
import {
  at,
  because,
  type Case,
  cluster,
  disk,
  GiB,
  health,
  kraft,
  MiB,
  machine,
  probed,
  service,
  silent,
  testTable,
  toldBy,
  withNode
} from './changes.ts'
import { fine, node } from './fine.ts'

const cases: Case[] = [
  ['machine.processors', machine({ processors: 1 }), 'warning', /^1 processor$/],
  [
    'machine.memory',
    machine({ memory: { totalBytes: GiB, availableBytes: 400 * MiB } }),
    'warning',
    /400\.0 MiB of 1\.0 GiB/
  ],
  ['machine.memory', machine({ memory: { totalBytes: GiB, availableBytes: 100 * MiB } }), 'error', /100\.0 MiB/],
  [
    'machine.heap',
    machine({ memory: { totalBytes: 14 * GiB, availableBytes: GiB } }),
    'error',
    /13\.5 GiB of 14\.0 GiB/
  ],
  ['machine.disk', disk({ freeBytes: 9 * GiB }), 'warning', /9\.0 GiB of 100\.0 GiB/],
  ['machine.disk', disk({ freeBytes: 2 * GiB }), 'error', /2\.0 GiB/],
  ['machine.disk', disk({ totalBytes: 2 * GiB, freeBytes: 1000 * MiB }), 'error', /1000\.0 MiB/],
  ['machine.inodes', disk({ freeInodes: 200_000 }), 'warning', /200,000 more files/],
  ['machine.inodes', disk({ freeInodes: 9999 }), 'error', /9,999/],
  ['machine.inodes', disk({ inodes: 0, freeInodes: 0 }), 'info', /does not limit/],
  ['machine.swap', machine({ swap: { totalBytes: 4 * GiB, usedBytes: 2 * GiB } }), 'warning', /2\.0 GiB of 4\.0 GiB/],
  [
    'machine.files',
    { fileLimits: [...fine.fileLimits, { process: 'kafka-2', limit: 8192 }] },
    'warning',
    /kafka-2 may open 8,192/
  ],
  ['machine.files', { fileLimits: [{ process: 'kafka-2', limit: 1024 }] }, 'error', /1,024/],
  ['machine.files', { fileLimits: [] }, 'unknown', /no process/],
  [
    'machine.faults',
    cluster({ faultKinds: [{ kind: 'isolate', available: false, detail: 'it needs nftables' }] }),
    'info',
    /isolate: it needs nftables/
  ],
  ['ports.nodes', silent('kafka-1'), 'error', /kafka-1 runs and port 9003 accepts no connection/],
  ['ports.nodes', { ...silent('kafka-1'), ...withNode('kafka-1', { isolated: true }) }, 'error', /kafka-1 is isolated/],
  ['ports.nodes', withNode('kafka-1', { state: 'stopped' }), 'error', /another program listens on 9003/],
  ['ports.monitoring', silent('alertmanager'), 'warning', /9095, the port of alertmanager/],
  ['versions.node', { node: { ...fine.node, running: '23.1.0' } }, 'info', /23\.1\.0; 24\.21\.0 is pinned/],
  ['versions.node', { node: { ...fine.node, running: '20.9.0' } }, 'error', /20\.9\.0/],
  ['versions.java', { java: 'openjdk version "11.0.2" 2019-01-15' }, 'error', /Java 11\.0\.2/],
  ['versions.java', { java: 'sh: 1: java: not found' }, 'error', /not found/],
  ['versions.java', { java: 'Picked up something' }, 'unknown', /Picked up/],
  ['versions.java', { java: null }, 'info', /containers/],
  ['versions.kafka', { distribution: { kafka: '4.1.2', zookeeper: null } }, 'error', /4\.1\.2 .*zookeeper needs 3\.9/],
  ['versions.kafka', { distribution: { kafka: null, zookeeper: null } }, 'error', /missing/],
  [
    'versions.zookeeper',
    { distribution: { kafka: '3.9.2', zookeeper: '3.9.9' } },
    'warning',
    /zookeeper-1 runs ZooKeeper 3\.9\.6; 3\.9\.9/
  ],
  ['versions.zookeeper', health({ zookeepers: [] }), 'unknown', /no ZooKeeper node/],
  ['cluster.nodes', withNode('kafka-2', { state: 'stopped', ready: false }), 'error', /kafka-2 is stopped/],
  ['cluster.nodes', withNode('kafka-2', { state: 'paused', ready: false }), 'error', /kafka-2 is paused/],
  ['cluster.nodes', withNode('kafka-2', { isolated: true }), 'error', /kafka-2 is isolated/],
  ['cluster.nodes', withNode('kafka-2', { ready: false }), 'error', /runs and does not answer/],
  [
    'cluster.nodes',
    withNode('kafka-2', { impairments: [{ kind: 'slow', whole: true, detail: '1 MB/s' }] }),
    'warning',
    /kafka-2: slow/
  ],
  [
    'cluster.faults',
    cluster({
      faults: [
        {
          ...{ id: 'f', kind: 'kill', node: 'kafka-1', state: 'active', injectedAt: at, expiresAt: at },
          ...{ healedAt: null, healedBy: null }
        }
      ]
    }),
    'warning',
    /kill of kafka-1/
  ],
  [
    'cluster.faults',
    cluster({ warnings: [{ code: 'x', message: 'a record is broken' }] }),
    'warning',
    /a record is broken/
  ],
  ['cluster.brokers', because('broker_unreachable', 'kafka-2 does not answer'), 'error', /kafka-2 does not answer/],
  ['cluster.controller', because('no_controller', 'The brokers know no controller', 'down'), 'error', /no controller/],
  ['cluster.controller', health({ controllers: 2 }), 'error', /2 brokers claim/],
  ['cluster.controller', health({ brokers: [] }), 'unknown', /no broker that answers/],
  ['cluster.ensemble', because('zookeeper_unreachable', 'zookeeper-1 is away'), 'error', /zookeeper-1 is away/],
  ['cluster.ensemble', health({ zookeepers: [] }), 'unknown', /neither/],
  ['cluster.replication', because('partitions_under_replicated', '12 of 120 partitions'), 'warning', /12 of 120/],
  [
    'cluster.replication',
    because('partitions_offline', '1 of 3 partitions has no leader', 'down'),
    'error',
    /no leader/
  ],
  ['cluster.replication', health({ partitions: null }), 'unknown', /no broker/],
  ['cluster.groups', because('groups_stopped', 'billing has stopped'), 'warning', /billing/],
  ['cluster.groups', health({ parts: [] }), 'unknown', /could not be read/],
  ['cluster.reading', because('reading_stale', 'read 5 min ago'), 'warning', /5 min/],
  ['cluster.reading', health({ parts: [{ part: 'jmx', asOf: at, durationMs: 1, ok: false }] }), 'info', /without jmx/],
  ['connection.brokers', { brokers: [{ address: '127.0.0.1:9092', answers: false }] }, 'error', /9092 does not answer/],
  ['connection.records', { probe: { ...fine.probe, enabled: false } }, 'unknown', /off/],
  ['connection.records', { probe: { ...fine.probe, brokers: [] } }, 'unknown', /no broker yet/],
  ['connection.records', probed({ up: null }), 'unknown', /kafka-2 was not probed/],
  ['connection.records', probed({ up: false, leader: 'kafka-1' }), 'warning', /kafka-1 leads/],
  [
    'connection.records',
    probed({ up: false, lastError: { code: 'broker_unreachable', message: 'refused', at } }),
    'error',
    /a record to kafka-2 .*refused \(broker_unreachable\)/
  ],
  ['connection.records', probed({ asOf: '2026-01-31T11:58:00.000Z' }), 'unknown', /120 s ago/],
  ['connection.records', probed({ lost: 3 }), 'warning', /3 acknowledged records/],
  ['services.admin', { admin: service({ state: 'silent', detail: 'does not answer' }) }, 'error', /does not answer/],
  ['services.health', { healthService: service({ state: 'stranger' }) }, 'error', /something else answers/],
  [
    'services.load-test',
    { loadTest: service({ request: { code: 'unauthenticated', message: 'No token' } }) },
    'error',
    /No token \(unauthenticated\)/
  ],
  ['services.admin', { admin: service({ version: '0.0.9' }) }, 'warning', /of version 0\.0\.9/],
  ['services.admin', { admin: service({ version: null }) }, 'unknown', /version could not be read/],
  [
    'configuration.files',
    { settings: [{ path: 'alerting.env', problem: 'no setting KOPS_X' }] },
    'error',
    /alerting\.env: no setting/
  ],
  ['configuration.secrets', { secrets: [{ path: 'tokens', exposed: true }] }, 'error', /every user .* tokens/],
  [
    'configuration.variables',
    { strangeVariables: [{ name: 'KOPS_TOKN', meant: 'KOPS_TOKEN' }] },
    'warning',
    /KOPS_TOKN/
  ]
]

testTable(t, checks, cases)

t.test('several problems are several findings', async (t) => {
  const down = cluster({ nodes: fine.cluster.nodes.map(({ name }) => node(name, { state: 'stopped', ready: false })) })
  t.equal(toldBy(checks, 'cluster.nodes', down).length, 6)
})

t.test('a cluster without ZooKeeper has no version of it, and its voters are counted', async (t) => {
  t.same(toldBy(checks, 'versions.zookeeper', kraft), [])
  t.match(toldBy(checks, 'cluster.ensemble', kraft), [{ severity: 'ok', found: /2 voters/ }])
  const inPlace = { ...kraft, distribution: { kafka: '3.9.2', zookeeper: null } }
  t.match(toldBy(checks, 'versions.kafka', inPlace), [{ severity: 'error', found: /kraft needs 4\.0/ }])
})

t.test('a refusal says what to do about it', async (t) => {
  const refused = (code: string) => judgeService(service({ request: { code, message: 'no' } })).advice
  t.match(refused('unauthenticated'), /KOPS_TOKEN/)
  t.match(refused('forbidden'), /viewer/)
  t.match(refused('broker_unreachable'), /kops health/)
})

t.test('releases of Java are read from what it prints', async (t) => {
  t.equal(javaRelease('openjdk version "21" 2023-09-19'), '21')
  t.equal(javaRelease('java version "1.8.0_392"'), '1.8.0_392')
})

import t from 'tap'
import { checklist } from '#cli/doctor/checks/index.ts'
import { listenersOf } from '#cli/doctor/checks/production/security.ts'
import {
  at,
  type Case,
  definition,
  GiB,
  health,
  kraft,
  onDisk,
  rehearsed,
  setting,
  testTable,
  toldBy,
  topic
} from './changes.ts'
import { fine } from './fine.ts'

const cases: Case[] = [
  ['production.ensemble', health({ zookeepers: fine.health.zookeepers.slice(0, 2) }), 'error', /^2 ZooKeeper nodes/],
  ['production.ensemble', health({ zookeepers: fine.health.zookeepers.slice(0, 1) }), 'error', /^1 ZooKeeper/],
  [
    'production.racks',
    health({ brokers: fine.health.brokers.map((each) => ({ ...each, rack: 'a' })) }),
    'error',
    /1 rack/
  ],
  [
    'production.racks',
    health({ brokers: fine.health.brokers.map((each) => ({ ...each, rack: null })) }),
    'error',
    /not every/
  ],
  [
    'production.hosts',
    health({ brokers: fine.health.brokers.map((each) => ({ ...each, host: 'a' })) }),
    'warning',
    /on 1 host/
  ],
  [
    'production.replication',
    { topics: fine.topics.map((each) => ({ ...each, replicationFactor: 1 })) },
    'error',
    /log-events/
  ],
  ['production.min-isr', topic({ 'min.insync.replicas': '1' }), 'error', /slim/],
  ['production.min-isr', topic({}, 7), 'unknown', /7 topics were not read/],
  [
    'production.broker.default.replication.factor',
    setting('default.replication.factor', '1'),
    'error',
    /1 \(kafka-2\)/
  ],
  ['production.broker.min.insync.replicas', setting('min.insync.replicas', '1'), 'error', /at least 2/],
  ['production.broker.min.insync.replicas', setting('min.insync.replicas', null), 'unknown', /kafka-2 did not report/],
  [
    'production.broker.unclean.leader.election.enable',
    setting('unclean.leader.election.enable', 'true'),
    'error',
    /true/
  ],
  ['production.broker.num.network.threads', setting('num.network.threads', '3'), 'info', /at least 8/],
  ['production.broker.num.io.threads', setting('num.io.threads', '4'), 'info', /4 \(kafka-2\)/],
  ['production.broker.socket.send.buffer.bytes', setting('socket.send.buffer.bytes', '1000'), 'info', /or -1/],
  ['production.broker.socket.receive.buffer.bytes', setting('socket.receive.buffer.bytes', '1000'), 'info', /1000/],
  [
    'production.broker.socket.request.max.bytes',
    setting('socket.request.max.bytes', '204857600'),
    'warning',
    /at most/
  ],
  ['production.broker.log.segment.bytes', setting('log.segment.bytes', '1048576'), 'info', /1048576/],
  [
    'production.broker.log.retention.check.interval.ms',
    setting('log.retention.check.interval.ms', '900000'),
    'warning',
    /900000/
  ],
  ['production.retention', setting('log.retention.hours', '-1'), 'error', /kafka-2 keeps records forever/],
  ['production.retention', topic({ 'retention.ms': '-1' }), 'warning', /forever: slim/],
  ['production.alerting', { receivers: [] }, 'error', /nobody/],
  ['production.alerting', { alerts: { ...fine.alerts, asOf: null } }, 'error', /never heard/],
  ['production.alerting', { alerts: { ...fine.alerts, asOf: at } }, 'error', /last read/],
  ['production.backup', {}, 'unknown', /cannot be seen/],
  ['production.rehearsal', rehearsed({}, { ageSeconds: 40 * 86_400 }), 'warning', /no drill has passed/],
  ['production.rehearsal', rehearsed({ stale: true }), 'warning', /no drill/],
  ['production.rehearsal', rehearsed({}, { result: 'fail' }), 'error', /the last drill failed: broker-kill/],
  [
    'production.encryption',
    setting('listener.security.protocol.map', 'INTERNAL:SSL,EXTERNAL:PLAINTEXT'),
    'error',
    /EXTERNAL is PLAINTEXT/
  ],
  ['production.encryption', setting('listeners', null), 'unknown', /kafka-2 did not report/],
  ['production.authorization', setting('authorizer.class.name', ''), 'error', /kafka-2 checks no ACLs/],
  ['production.authorization', { brokerSettings: [] }, 'unknown', /not every broker/],
  ['production.access', { openServices: ['admin-service'] }, 'warning', /admin-service/],
  ['production.memory', definition({ heap: { broker: '384m', zookeeper: '96m' } }), 'info', /384m/],
  ['production.limits', definition({ runtime: 'local' }), 'warning', /none of processors/],
  ['production.disk', onDisk(20 * GiB), 'warning', /kafka-1: 20\.0 GiB of 100\.0 GiB/],
  ['production.disk', onDisk(9 * GiB), 'error', /9\.0 GiB/],
  ['production.disk', onDisk(null), 'unknown', /kafka-1 did not report/],
  ['production.lag', health({ parts: [] }), 'error', /could not be read/],
  ['production.lag', { history: { code: 'prometheus_not_configured', message: 'none' } }, 'error', /not kept/],
  ['production.kafka', { distribution: { kafka: '3.9.1', zookeeper: null } }, 'warning', /CVE-2026-35554/],
  ['production.kafka', { distribution: { kafka: '3.2.0', zookeeper: null } }, 'warning', /Kafka 3\.2\.0 has CVE/],
  ['production.kafka', { distribution: { kafka: null, zookeeper: null } }, 'unknown', /cannot be seen/],
  [
    'production.zookeeper',
    health({ zookeepers: fine.health.zookeepers.map((each) => ({ ...each, version: '3.8.4' })) }),
    'warning',
    /CVE-2026-84501/
  ],
  ['production.zookeeper', health({ zookeepers: [] }), 'unknown', /no ZooKeeper/]
]

testTable(t, checklist, cases, 'production.backup')

t.test('the holes of a release are findings, each as grave as it is', async (t) => {
  const findings = toldBy(checklist, 'production.kafka', { distribution: { kafka: '3.2.0', zookeeper: null } })
  t.match(
    findings.find(({ found }) => found.includes('CVE-2022-34917')),
    { severity: 'error' }
  )
})

t.test('a cluster without ZooKeeper has none of its holes, and its voters count', async (t) => {
  t.same(toldBy(checklist, 'production.zookeeper', kraft), [])
  t.match(toldBy(checklist, 'production.ensemble', kraft), [{ severity: 'error', found: /^2 voters/ }])
})

t.test('protocols of listeners are read from the settings of a broker', async (t) => {
  const settings = {
    listeners: 'PLAINTEXT://:9092, SSL://0.0.0.0:9093',
    'listener.security.protocol.map': 'SSL:SSL'
  }
  t.same(listenersOf(settings), [
    ['PLAINTEXT', 'PLAINTEXT'],
    ['SSL', 'SSL']
  ])
})

import t from 'tap'
import { evaluateQuorum, evaluateZookeepers } from '#services/health/domain/ensemble.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { zookeeper } from '../plain-cluster.ts'

t.test('ZooKeeper nodes are named by their place; the values of a silent one are null', async (t) => {
  const silent = {
    ...zookeeper(3, null),
    reachable: false as const,
    error: new KopsError('zookeeper_unreachable', 'silent')
  }
  const [leader, unserving, dead] = evaluateZookeepers([zookeeper(1, 'leader'), zookeeper(2, null), silent])
  t.match(leader, {
    name: 'zookeeper-1',
    mode: 'leader',
    outstandingRequests: 0,
    latencyMs: { max: 12 },
    version: '3.8.4'
  })
  const nothing = { mode: null, outstandingRequests: null, latencyMs: null, connections: null, zxid: null }
  t.match(unserving, { reachable: true, ...nothing })
  t.match(dead, { name: 'zookeeper-3', reachable: false, ...nothing })
})

t.test('the quorum is reported with the names of its nodes', async (t) => {
  const replica = (id: number, lag: number | null, at: number | null) => ({
    id,
    directoryId: null,
    logEndOffset: 10,
    lag,
    lastFetchTimestamp: at,
    lastCaughtUpTimestamp: at
  })
  const quorum = evaluateQuorum({
    kind: 'kraft',
    leaderId: 2,
    leaderEpoch: 4,
    highWatermark: 10,
    voters: [replica(1, 3, 1767225600000), replica(2, 0, null)],
    observers: [replica(4, null, null)]
  })
  t.same(quorum, {
    leaderId: 2,
    leaderEpoch: 4,
    highWatermark: 10,
    voters: [
      { id: 1, name: 'kafka-1', leader: false, lag: 3, caughtUpAt: '2026-01-01T00:00:00.000Z' },
      { id: 2, name: 'kafka-2', leader: true, lag: 0, caughtUpAt: null }
    ],
    observers: [{ id: 4, name: 'kafka-4', leader: false, lag: null, caughtUpAt: null }]
  })
})

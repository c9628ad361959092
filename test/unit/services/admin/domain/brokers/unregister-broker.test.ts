import t from 'tap'
import { unregisterBroker, whyInUse } from '#services/admin/domain/brokers/unregister-broker.ts'
import type { KraftQuorum } from '#shared/kafka/cluster/port.ts'
import { plainCluster } from '../../plain-cluster.ts'

const voter = (id: number) => ({ id, logEndOffset: 1, lastFetchTimestamp: null, lastCaughtUpTimestamp: null })
const quorum = { kind: 'kraft', voters: [1, 2, 3].map(voter) } as unknown as KraftQuorum
const seen = (id: number) => ({ id, host: '127.0.0.1', port: 9091 + id, rack: null })
const topics = (...replicas: number[][]) => [
  {
    name: 'a',
    partitions: replicas.map((ids, partition) => ({ partition, leader: ids[0] ?? null, replicas: ids, isr: ids }))
  }
]

const rows: { what: string; id: number; brokers: number[]; replicas: number[][]; why: RegExp | undefined }[] = [
  { what: 'one that is gone', id: 4, brokers: [1, 2, 3], replicas: [[1, 2, 3]], why: undefined },
  { what: 'one that runs', id: 4, brokers: [1, 2, 3, 4], replicas: [[1, 2, 3]], why: /runs/ },
  {
    what: 'one with replicas',
    id: 4,
    brokers: [1, 2, 3],
    replicas: [
      [1, 2, 4],
      [4, 1, 2],
      [1, 2, 3]
    ],
    why: /of 2 partitions/
  },
  { what: 'a voter that is down', id: 3, brokers: [1, 2], replicas: [[1, 2]], why: /votes/ }
]
for (const { what, id, brokers, replicas, why } of rows) {
  t.test(`${what} is ${why ? 'still in use' : 'forgotten'}`, async (t) => {
    const found = whyInUse(id, { brokers: brokers.map(seen), topics: topics(...replicas) } as never, quorum)
    t.match(found, why)
    if (!why) t.equal(found, undefined)
  })
}

function ports(kind: 'kraft' | 'zookeeper') {
  const { reader } = plainCluster([{ name: 'a', partitions: 1, replicationFactor: 3 }])
  const asked: number[] = []
  return {
    asked,
    ports: {
      reader,
      quorum: { describeQuorum: async () => (kind === 'kraft' ? quorum : ({ kind: 'zookeeper' } as const)) },
      brokers: {
        unregister: async (id: number) => {
          asked.push(id)
          return asked.length === 1
        }
      }
    }
  }
}
const options = { now: () => new Date(), deadlineMs: 100, changeTimeoutMs: 100 }

t.test('the controllers are asked once it is not in use, and never in a dry run', async (t) => {
  const { ports: all, asked } = ports('kraft')
  t.match(await unregisterBroker(all, 4, { ...options, dryRun: true }), { kept: true, applied: false })
  t.same(asked, [])
  t.match(await unregisterBroker(all, 4, { ...options, dryRun: false }), { broker: 4, kept: true, applied: true })
  t.match(
    await unregisterBroker(all, 4, { ...options, dryRun: false }),
    { applied: false },
    'again: there is no registration'
  )
  await t.rejects(unregisterBroker(all, 2, { ...options, dryRun: true }), { code: 'broker_in_use' })
})

t.test('with ZooKeeper there is nothing to forget', async (t) => {
  const { ports: all, asked } = ports('zookeeper')
  t.match(await unregisterBroker(all, 4, { ...options, dryRun: false }), { kept: false, applied: false })
  t.same(asked, [])
})

import t from 'tap'
import { createEnsembleReader } from '#services/load-test/adapters/ensemble-reader.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { KraftQuorum, QuorumReader } from '#shared/kafka/cluster/port.ts'

const { signal } = new AbortController()
const voter = (id: number, lastFetchTimestamp: number | null) => ({
  ...{ id, directoryId: null, logEndOffset: 1, lag: 0, lastFetchTimestamp, lastCaughtUpTimestamp: null }
})
const quorum = (...voters: KraftQuorum['voters']): KraftQuorum => ({
  ...{ kind: 'kraft', leaderId: 1, leaderEpoch: 1, highWatermark: 1, voters, observers: [] }
})
const reading = (describeQuorum: QuorumReader['describeQuorum']) =>
  createEnsembleReader({ mode: 'kraft', zookeeperServers: [] }, { quorum: { describeQuorum }, zookeeperServers: [] })

t.test('controllers serve while they fetch from their leader', async (t) => {
  const answer = quorum(voter(1, 10_000), voter(2, 9500), voter(3, 5000), voter(4, null))
  t.same(await reading(async () => answer)?.look(signal), { serving: ['kafka-1', 'kafka-2'], hasQuorum: true })
})

t.test('without a leader there is no quorum; without an answer nobody knows', async (t) => {
  const fails = (code: 'controller_unavailable' | 'cluster_unreachable') => async () => {
    throw new KopsError(code, 'no')
  }
  t.match(await reading(fails('controller_unavailable'))?.look(signal), { hasQuorum: false })
  t.match(await reading(fails('cluster_unreachable'))?.look(signal), { hasQuorum: null })
})

t.test('ZooKeeper is looked at where it is configured or the agent says; nodes that refuse do not serve', async (t) => {
  const describeQuorum = async () => quorum()
  const at = (configured: string[], told: string[]) =>
    createEnsembleReader(
      { mode: 'zookeeper', zookeeperServers: told },
      { quorum: { describeQuorum }, zookeeperServers: configured }
    )
  t.equal(at([], []), undefined)
  t.same(await at([], ['127.0.0.1:1'])?.look(signal), { serving: [], hasQuorum: false })
  t.same(await at(['127.0.0.1:1'], [])?.look(signal), { serving: [], hasQuorum: false })
})

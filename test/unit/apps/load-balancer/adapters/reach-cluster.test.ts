import t from 'tap'
import { type ReachOptions, reachCluster } from '#apps/load-balancer/adapters/reach-cluster.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../manual-clock.ts'

/** A cluster with these topics, which answers from a number of attempts on. */
function reach(existing: string[], options: Partial<ReachOptions> & { failures?: number; error?: KopsError } = {}) {
  const { failures = 0, error = new KopsError('cluster_unreachable', 'no broker answers'), ...rest } = options
  const said: string[] = []
  let attempts = 0
  const outcome = reachCluster({
    reader: {
      async metadata({ topics = [] }) {
        attempts += 1
        if (attempts <= failures) throw error
        const found = topics.filter((name) => existing.includes(name)).map((name) => ({ name, partitions: [] }))
        return { value: { clusterId: 'x', controllerId: 1, brokers: [], topics: found }, warnings: [] } as never
      }
    },
    bootstrapServers: ['localhost:9092'],
    topics: [
      { name: 'load-balancer-requests', catalog: 'load-balancing-simulator' },
      { name: 'orders', catalog: undefined }
    ],
    optional: ['config-updates'],
    say: (line) => said.push(line),
    clock: manualClock(),
    signal: new AbortController().signal,
    patienceMs: 30_000,
    ...rest
  })
  return { outcome, said, attempts: () => attempts }
}

t.test('topics that are missing are named, with the commands that create them', async (t) => {
  await t.rejects(reach([]).outcome, {
    code: 'topic_not_found',
    message:
      /load-balancer-requests, orders do not exist; this creates them: kops catalog apply load-balancing-simulator && kops topics create orders$/
  })
  await t.rejects(reach(['load-balancer-requests']).outcome, {
    message: /orders does not exist; this creates it: kops topics create orders$/
  })
  t.same([...(await reach(['load-balancer-requests', 'orders']).outcome)], ['load-balancer-requests', 'orders'])
  t.ok((await reach(['load-balancer-requests', 'orders', 'config-updates']).outcome).has('config-updates'))
})

t.test('a cluster that does not answer is reported once, and tried for a while', async (t) => {
  const topics = ['load-balancer-requests', 'orders']
  const late = reach(topics, { failures: 5 })
  await late.outcome
  t.same(late.said, ['No broker of localhost:9092 answers; trying for 30 s'])
  const never = reach(topics, { failures: Number.POSITIVE_INFINITY })
  await t.rejects(never.outcome, { code: 'cluster_unreachable' })
  t.equal(never.attempts(), 61)
})

t.test('what no further attempt would change ends it at once', async (t) => {
  const refused = reach([], { failures: 9, error: new KopsError('kafka_login_refused', 'wrong password') })
  await t.rejects(refused.outcome, { code: 'kafka_login_refused' })
  t.equal(refused.attempts(), 1)
  t.same(refused.said, [])
})

t.test('it can be interrupted', async (t) => {
  const stop = new AbortController()
  const waiting = reach([], { failures: Number.POSITIVE_INFINITY, signal: stop.signal, say: () => stop.abort(130) })
  await waiting.outcome.then(
    () => t.fail('it should end'),
    (reason: unknown) => t.equal(reason, 130)
  )
})

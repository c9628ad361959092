// Runs alone: it kills controllers.
import t, { type Test } from 'tap'
import { testMode } from '../support/test-cluster.ts'
import { agentOf, untilHealthy } from './cluster-under-test.ts'
import { busyMs, ownService, until } from './own-service.ts'

t.setTimeout(230_000)

const skip = testMode === 'kraft' ? false : 'a cluster with ZooKeeper has no quorum of controllers'
const series = 'kops_quorum_available'
/** The rule's own `for`, within which no election may count as a lost quorum. */
const waitsMs = 12_000
/** A leader that lost its followers resigns after 1.5 times controller.quorum.fetch.timeout.ms (2 s); the pulse comes every 2 s. */
const noticedMs = 3000 + 2 * 2000

/** A health-service of the test's own, of a cluster in which all is well; who leads the quorum, and its metric. */
async function watching(t: Test, settings: Record<string, string> = {}) {
  await untilHealthy()
  const { app, ask, metric } = await ownService(t, settings)
  const { answer } = await until('the quorum has a leader', ask, ({ quorum }) => quorum !== null, 30_000)
  const leader = answer.quorum?.leaderId ?? 0
  /** In Prometheus' format. */
  const available = async () => Number(new RegExp(`^${series} (\\d)$`, 'm').exec(await pulseOf())?.[1] ?? Number.NaN)
  const pulseOf = async () => (await app.inject('/metrics/pulse')).body
  return { ask, metric, available, leader }
}

for (const [what, settings] of [
  ['', {}],
  [', and without exporters', { KOPS_JMX_TARGETS: '' }]
] as const) {
  t.test(`two of three controllers are killed: the pulse reports a lost quorum${what}`, { skip }, async (t) => {
    const agent = await agentOf(t)
    const { ask, available, leader } = await watching(t, settings)
    t.equal(await available(), 1)
    // The leader stays, and keeps working for a while.
    const nodes = [1, 2, 3].filter((id) => id !== leader).map((id) => `kafka-${id}`)
    t.teardown(async () => {
      await Promise.all(nodes.map((node) => agent.node(node, 'start')))
      await untilHealthy()
    })
    await Promise.all(nodes.map((node) => agent.node(node, 'kill')))
    const lost = await until('the pulse says so', available, (value) => value === 0, noticedMs + busyMs)
    const { reasons, quorum } = await ask()
    t.equal(quorum, null)
    t.ok(reasons.some(({ code }) => code === 'quorum_unavailable'))

    await Promise.all(nodes.map((node) => agent.node(node, 'start')))
    // The nodes take seconds to start; `start` is over when their processes run.
    const back = await until('it is back', available, (value) => value === 1, 60_000)
    t.comment(`lost after ${Math.round(lost.tookMs)} ms, back ${Math.round(back.tookMs)} ms after the start`)
    const reader = (await ask()).brokers.find(({ id }) => id === leader)
    t.equal(reader?.reachable, true, 'the broker that held the questions was never held to be silent')
  })
}

for (const { fault, undo } of [
  { fault: 'kill', undo: 'start' },
  { fault: 'isolate', undo: 'heal' }
] as const) {
  t.test(`${fault} of the leader: electing another one is not a lost quorum`, { skip }, async (t) => {
    const agent = await agentOf(t)
    const { isolation } = await agent.status()
    if (fault === 'isolate' && !isolation.available) {
      t.plan(0, isolation.detail)
      return
    }
    const { ask, available, leader } = await watching(t)
    const node = `kafka-${leader}`
    t.teardown(async () => {
      await agent.node(node, undo)
      await untilHealthy()
    })
    await agent.node(node, fault)
    let [since, longestMs] = [Number.NaN, 0]
    const another = async () => {
      const value = await available()
      if (value === 1) since = Number.NaN
      else if (Number.isNaN(since)) since = performance.now()
      else longestMs = Math.max(longestMs, performance.now() - since)
      return (await ask()).quorum?.leaderId ?? leader
    }
    const elected = await until('another one leads', another, (id) => id !== leader, 30_000 + busyMs)
    t.comment(`known after ${Math.round(elected.tookMs)} ms, without a leader for ${Math.round(longestMs)} ms`)
    t.ok(longestMs < waitsMs, 'it takes less time than the alert waits')
  })
}

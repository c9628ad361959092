// Runs alone: it breaks brokers.
import t from 'tap'
import type { Snapshot } from '#services/health/domain/snapshot.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { agentOf, untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { busyMs, ownService, until } from '../../integration/health/own-service.ts'

const node = 'kafka-3'

const answers = ({ brokers }: ClusterHealth) => brokers.find(({ name }) => name === node)?.reachable === true
const blames = ({ reasons, warnings, brokers }: ClusterHealth) => {
  const { host, port } = brokers.find(({ name }) => name === node) ?? {}
  const told = [...reasons.map(({ message }) => message), ...warnings.map((warning) => JSON.stringify(warning))]
  return told.filter((text) => text.includes(node) || text.includes(`${host}:${port}`))
}

for (const { fault, undo } of [
  { fault: 'pause', undo: 'resume' },
  { fault: 'isolate', undo: 'heal' }
] as const) {
  t.test(`${fault}: the pulse continues, and nothing blames the broker soon after it is back`, async (t) => {
    const agent = await agentOf(t)
    const { isolation } = await agent.status()
    if (fault === 'isolate' && !isolation.available) {
      t.plan(0, isolation.detail)
      return
    }
    await untilHealthy()
    t.teardown(async () => {
      await agent.node(node, undo)
      await untilHealthy()
    })
    await agent.node(node, fault)
    const { app, ask, metric } = await ownService(t)
    let ofSweep: Snapshot | undefined
    const pulsesAt: number[] = []
    const stop = app.monitor.subscribe((snapshot) => {
      if (snapshot.kind === 'full') ofSweep ??= snapshot
      else pulsesAt.push(performance.now())
    })
    t.teardown(stop)
    const swept = async () => ofSweep
    await until('the first sweep is over', swept, (snapshot) => snapshot !== undefined, 25_000)
    t.ok(ofSweep && blames(ofSweep.health).length > 0, 'it holds its silence against the broker')
    const first = pulsesAt.length
    await until(
      'pulses go on',
      async () => pulsesAt.length,
      (count) => count >= first + 4,
      4 * 2000 + busyMs
    )
    t.ok((await metric('kops_health_pulse_age_seconds')) < 4 + busyMs / 1000, 'and none hangs')
    t.notOk(answers(await ask()))

    await agent.node(node, undo)
    const back = await until('the broker answers again', ask, answers, 4000 + busyMs)
    const cleared = await until(
      'nothing blames it',
      async () => blames(await ask()),
      (found) => found.length === 0,
      8000
    )
    t.comment(`back after ${Math.round(back.tookMs)} ms, not blamed ${Math.round(cleared.tookMs)} ms later`)
    t.match(await ask(), { brokers: [{ reachable: true }, { reachable: true }, { reachable: true }] })
  })
}

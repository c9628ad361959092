// Runs alone: it restarts brokers.
import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { until } from '../../integration/observability/monitoring.ts'
import {
  agent,
  calm,
  client,
  deadlineMs,
  firing,
  isBroker,
  toldOf,
  window
} from '../../integration/observability/notified.ts'
import { openSinks } from '../../integration/observability/sinks.ts'

t.setTimeout(1_200_000)
t.teardown(() => agent.close())

t.test('a rolling restart within a maintenance window notifies nobody', async (t) => {
  await calm()
  const received = await openSinks(t)
  const { id, end } = await window(t, 600)
  for (const node of ['kafka-1', 'kafka-2', 'kafka-3']) {
    t.teardown(() => agent.node(node, 'start'))
    await agent.node(node, 'stop')
    const alerts = await until(firing, (alerts) => alerts.some(isBroker), deadlineMs)
    const brokers = alerts.filter(isBroker)
    t.ok(brokers.length > 0, `${node}: alerts fire, and are shown`)
    t.ok(
      brokers.every(({ silencedBy }) => silencedBy.includes(id)),
      `${node}: marked as held back by the window`
    )
    const { status, maintenance } = await client.call(endpoints.health, {})
    t.not(status, 'HEALTHY', 'the status stays what it is')
    t.match(maintenance, [{ id, reason: 'rolling restart', what: 'every alert' }])
    await agent.node(node, 'start')
    await calm()
  }
  t.same(toldOf(received, /./), [], 'nobody was notified')
  await end()
})

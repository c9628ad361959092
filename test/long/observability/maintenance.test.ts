// Runs alone: it stops a broker.
import t from 'tap'
import { until } from '../../integration/observability/monitoring.ts'
import {
  agent,
  calm,
  deadlineMs,
  firing,
  isBroker,
  sinks,
  toldOf,
  window
} from '../../integration/observability/notified.ts'
import { openSinks } from '../../integration/observability/sinks.ts'

t.setTimeout(240_000)
t.teardown(() => agent.close())

t.test('a window ends by itself, and alerts that still fire then notify', async (t) => {
  await calm()
  const received = await openSinks(t)
  t.teardown(() => agent.node('kafka-3', 'start'))
  const { id, until: over } = await window(t, 30)
  await agent.node('kafka-3', 'stop')
  await until(firing, (alerts) => alerts.some(isBroker), deadlineMs)
  if (Date.now() < over) {
    const held = (await firing()).filter(isBroker)
    t.ok(held.length > 0 && held.every(({ silencedBy }) => silencedBy.includes(id)), 'the alert is marked as held back')
    t.same(toldOf(received, /./), [], 'nobody is notified while it goes on')
  } else t.comment('the machine was too slow to see the alert within the window')
  t.same(
    await until(
      async () => toldOf(received, /./),
      (told) => told.length === sinks.length,
      deadlineMs
    ),
    sinks
  )
  t.ok(Date.now() > over, 'not before the end')
  await agent.node('kafka-3', 'start')
  await calm()
})

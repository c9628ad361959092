import t from 'tap'
import { until } from './monitoring.ts'
import { about, agent, calm, deadlineMs, firing, isBroker, sinks, toldOf, window } from './notified.ts'
import { openSinks } from './sinks.ts'

t.setTimeout(240_000)
t.teardown(() => agent.close())

t.test('a stopped broker reaches people by webhook, Slack, PagerDuty and e-mail, and so does its return', async (t) => {
  await calm()
  const received = await openSinks(t)
  t.teardown(() => agent.node('kafka-3', 'start'))
  await agent.node('kafka-3', 'stop')
  const fires = /CRITICAL\]|"status":"firing"|"event_action":"trigger"/
  t.same(
    await until(
      async () => toldOf(received, fires),
      (told) => told.length === sinks.length,
      deadlineMs
    ),
    sinks
  )
  for (const sink of sinks) {
    const text = received.find((each) => each.sink === sink && about.test(each.text))?.text ?? ''
    t.match(
      text.replaceAll('=\n', ''),
      /http:\/\/localhost:\d+\/runbooks\/kafka-broker/,
      `${sink} has the link to the runbook`
    )
  }
  await agent.node('kafka-3', 'start')
  const ends = /RESOLVED\]|"status":"resolved"|"event_action":"resolve"/
  t.same(
    await until(
      async () => toldOf(received, ends),
      (told) => told.length === sinks.length,
      deadlineMs
    ),
    sinks
  )
})

t.test('a window ends by itself, and people are notified of what still fires', async (t) => {
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

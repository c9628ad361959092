// Runs alone: it stops a broker.
import t from 'tap'
import { until } from './monitoring.ts'
import { about, agent, calm, deadlineMs, sinks, toldOf } from './notified.ts'
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

import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { withDeadline } from '#shared/kafka/connection/deadline.ts'
import { type BrokerLink, createLink } from '#shared/kafka/connection/link.ts'
import { createRequestBudget, unwatched } from '#shared/kafka/connection/request-budget.ts'
import { spoken } from '#shared/kafka/connection/versions.ts'
import { listen } from '../../listener.ts'

function linkTo(t: Test, port: number): BrokerLink {
  const link = createLink(
    { host: '127.0.0.1', port },
    { clientId: 'kops-test', budget: createRequestBudget(unwatched) }
  )
  t.teardown(() => link.close())
  return link
}

function ask(link: BrokerLink, deadlineMs: number, signal?: AbortSignal) {
  const options = signal ? { deadlineMs, signal } : { deadlineMs }
  return withDeadline(options, new AbortController().signal, (signal) =>
    link.request(spoken.metadata, [[], false], signal)
  )
}

async function timed(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work.catch(() => undefined)
  return performance.now() - startedAt
}

t.test('a broker that refuses connections fails at once, each time', async (t) => {
  const { server, port } = await listen(t, () => {})
  server.close()
  const link = linkTo(t, port)
  for (const _ of [1, 2]) {
    const asked = ask(link, 5000)
    await t.rejects(asked, { code: 'broker_unreachable', message: /ECONNREFUSED/ })
    t.ok((await timed(asked)) < 1000)
  }
})

t.test('a broker that accepts and answers nothing costs one deadline, and then nothing', async (t) => {
  let connections = 0
  const { port } = await listen(t, () => {
    connections += 1
  })
  const link = linkTo(t, port)
  const first = ask(link, 450)
  await t.rejects(first, { code: 'kafka_timeout', message: /no answer within 450 ms/ })
  const second = ask(link, 450)
  const took = await timed(second)
  await t.rejects(second, { code: 'kafka_timeout' })
  t.ok(took < 100, `${took} ms`)
  t.equal(connections, 1)
})

t.test('a broker that was silent and is so still does not use up a long deadline', async (t) => {
  let connections = 0
  const { port } = await listen(t, () => {
    connections += 1
  })
  const link = linkTo(t, port)
  await timed(ask(link, 450))
  let took = 0
  // While it counts as silent, it is skipped.
  while (connections === 1) {
    took = await timed(ask(link, 20_000))
    await delay(20)
  }
  t.ok(took >= 800 && took < 10_000, `${took} ms`)
  t.ok((await timed(ask(link, 20_000))) < 500, 'it is left out again')
})

t.test('an impatient question does not brand a broker as silent', async (t) => {
  const { port } = await listen(t, () => {})
  const link = linkTo(t, port)
  await t.rejects(ask(link, 20), { code: 'kafka_timeout' })
  const took = await timed(ask(link, 60))
  t.ok(took >= 50, `${took} ms`)
})

t.test('a broker that hangs up is unreachable, and is tried again the next time', async (t) => {
  let connections = 0
  const { port } = await listen(t, (socket) => {
    connections += 1
    socket.destroy()
  })
  const link = linkTo(t, port)
  await t.rejects(ask(link, 5000), { code: 'broker_unreachable' })
  await t.rejects(ask(link, 5000), { code: 'broker_unreachable' })
  t.equal(connections, 2)
})

t.test('giving up rejects with the reason of the one who gave up', async (t) => {
  const { port } = await listen(t, () => {})
  const link = linkTo(t, port)
  const controller = new AbortController()
  const asked = ask(link, 5000, controller.signal)
  controller.abort(new Error('enough'))
  await t.rejects(asked, { message: 'enough' })
})

// Runs alone: it kills brokers.
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { ReassignmentList } from '#shared/contracts/reassignment-progress.ts'
import type { TopicDetail } from '#shared/contracts/topics.ts'
import { agentOf } from '../../integration/admin/node-under-test.ts'
import { createOn, fill, moveTo, progress, settled, throttlesOf } from '../../integration/admin/replicas.ts'
import { ask, independentAdmin } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'

t.setTimeout(200_000)

const slow = 100_000
const fast = 50_000_000
// A throttle counts from the second fetch on (replica.fetch.max.bytes is 10 MB): enough for several of them.
const megabytes = 12
const pairs = [
  [1, 2],
  [1, 2]
]

/** Asks for the list again and again until the test has ended; what was answered other than 200 is told. */
function watch(t: Test) {
  const ended = new AbortController()
  const failures: unknown[] = []
  const seen: ReassignmentList[] = []
  const done = (async () => {
    while (!ended.signal.aborted) {
      const { status, body } = await ask('GET', '/api/reassignments')
      if (status === 200) seen.push(body as ReassignmentList)
      else failures.push({ status, body })
      await sleep(100)
    }
  })()
  const stop = async () => {
    ended.abort()
    await done
    return { failures, seen }
  }
  t.teardown(stop)
  return stop
}

/** Takes the brake off moves that are under way: the same moves again, with another throttle. */
async function hurry(topic: string, replicas: number[]) {
  await eventually(
    'the throttle is another one',
    () => ask('POST', '/api/reassignments', { ...moveTo(topic, replicas), throttleBytesPerSec: fast }),
    ({ status }) => status === 202 || status === 200,
    40_000
  )
}

async function replicasIn(topic: string): Promise<string> {
  const { body } = await ask('GET', `/api/topics/${topic}`)
  return (body as TopicDetail).partitions.map(({ replicas, isr }) => `${replicas}/${isr.toSorted()}`).join(' ')
}

async function unthrottled(t: Test, topic: string) {
  const kafka = await independentAdmin(t)
  await eventually(
    'no broker counts with a throttle',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === '',
    40_000
  )
}

t.test('the leader is killed in the middle of a throttled move: the others end it without it', async (t) => {
  const topic = await createOn(t, 'kill-leader', pairs)
  await fill(t, topic, { partitions: 2, megabytes })
  const agent = await agentOf(t, 'kafka-1')
  const stop = watch(t)
  const started = await ask('POST', '/api/reassignments', { ...moveTo(topic, [3, 2]), throttleBytesPerSec: slow })
  t.match(started, { status: 202, body: { refused: [] } })
  await agent.node('kafka-1', 'kill')
  await hurry(topic, [3, 2])
  const left = await eventually(
    'all is moved, and only the dead broker is left to set',
    progress,
    ({ partitions, throttle, warnings }) =>
      partitions === 0 &&
      throttle?.brokers.join() === '1' &&
      warnings.every(({ target }) => target !== 'reassignments'),
    60_000
  )
  t.match(left.throttle, { brokers: [1], topics: [] })
  await eventually(
    'the brokers have heard of it',
    () => replicasIn(topic),
    (told) => told === '3,2/2,3 3,2/2,3'
  )
  await agent.node('kafka-1', 'start')
  await settled(60_000)
  await unthrottled(t, topic)
  const { failures } = await stop()
  t.same(failures, [])
})

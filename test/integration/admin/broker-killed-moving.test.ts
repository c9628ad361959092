// Runs alone: it kills brokers.
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { ReassignmentList } from '#shared/contracts/reassignment-progress.ts'
import type { TopicDetail } from '#shared/contracts/topics.ts'
import { eventually } from '../support/eventually.ts'
import { agentOf } from './node-under-test.ts'
import { createOn, fill, kafkaTool, moveTo, progress, settled, throttlesOf } from './replicas.ts'
import { ask, independentAdmin } from './service.ts'

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

t.test('the receiver is killed in the middle of a throttled move: when it is back the move goes on', async (t) => {
  const topic = await createOn(t, 'kill', pairs)
  await fill(t, topic, { partitions: 2, megabytes })
  const agent = await agentOf(t, 'kafka-3')
  const stop = watch(t)
  const started = await ask('POST', '/api/reassignments', { ...moveTo(topic, [1, 3]), throttleBytesPerSec: slow })
  t.match(started, { status: 202, body: { refused: [] } })
  await agent.node('kafka-3', 'kill')
  const stalled = await eventually(
    'it is seen that it waits',
    progress,
    ({ reassignments }) => reassignments.length === 2 && reassignments.every(({ waitsFor }) => waitsFor.includes(3))
  )
  t.match(stalled.reassignments, [
    { replicas: [1, 3], adding: [3], copiedBytes: null, bytesPerSec: null, etaReason: 'broker_unreachable' },
    { copiedBytes: null, bytesPerSec: null }
  ])
  t.ok(stalled.warnings.some(({ message }) => /2 partitions wait for broker 3/.test(message)))
  t.match(stalled.throttle, { bytesPerSec: slow, topics: [topic] })
  // What it was is still all there.
  t.match((await ask('GET', `/api/topics/${topic}`)).body, { partitions: [{ leader: Number }, { leader: Number }] })

  await agent.node('kafka-3', 'start')
  await hurry(topic, [1, 3])
  await settled(60_000)
  await eventually(
    'the brokers have heard of it',
    () => replicasIn(topic),
    (told) => told === '1,3/1,3 1,3/1,3'
  )
  await unthrottled(t, topic)
  t.match(
    await kafkaTool('get-offsets', '--topic', topic),
    new RegExp(`${topic}:0:${megabytes * 10}\\n${topic}:1:${megabytes * 10}`)
  )
  const { failures, seen } = await stop()
  t.same(failures, [])
  t.ok(seen.length > 0)
})

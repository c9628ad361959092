import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { ReassignmentList } from '#shared/contracts/reassignment-progress.ts'
import type { TopicDetail } from '#shared/contracts/topics.ts'
import { moveTo, throttlesOf } from '../../integration/admin/replicas.ts'
import { ask, independentAdmin } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'

export const slow = 100_000
const fast = 50_000_000
// A throttle counts from the second fetch on (replica.fetch.max.bytes is 10 MB): enough for several of them.
export const megabytes = 12
export const pairs = [
  [1, 2],
  [1, 2]
]

/** Requests the list repeatedly until the test ends; collects answers other than 200. */
export function watch(t: Test) {
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
export async function hurry(topic: string, replicas: number[]) {
  await eventually(
    'the throttle is another one',
    () => ask('POST', '/api/reassignments', { ...moveTo(topic, replicas), throttleBytesPerSec: fast }),
    ({ status }) => status === 202 || status === 200,
    40_000
  )
}

export async function replicasIn(topic: string): Promise<string> {
  const { body } = await ask('GET', `/api/topics/${topic}`)
  return (body as TopicDetail).partitions.map(({ replicas, isr }) => `${replicas}/${isr.toSorted()}`).join(' ')
}

export async function unthrottled(t: Test, topic: string) {
  const kafka = await independentAdmin(t)
  await eventually(
    'no broker counts with a throttle',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === '',
    40_000
  )
}

import type { Admin } from 'kafkajs'
import type { Test } from 'tap'
import Value from 'typebox/value'
import { Agent, fetch, type RequestInit } from 'undici'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { type Drill, DrillSchema } from '#shared/contracts/drills.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { poll, retry } from '#shared/poll.ts'
import { eventually } from '../support/eventually.ts'
import { loadTestUrl } from '../support/under-test.ts'

export { independentAdmin } from '../admin/service.ts'

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** Sends one request to load-test-service, with a JSON body, or a string unchanged. */
export async function ask<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown
): Promise<Answer<T>> {
  const dispatcher = new Agent({ headersTimeout: 200_000, bodyTimeout: 200_000 })
  try {
    const init: RequestInit = { method, dispatcher }
    if (body !== undefined) {
      init.body = typeof body === 'string' ? body : JSON.stringify(body)
      init.headers = { 'content-type': 'application/json' }
    }
    const response = await fetch(`${loadTestUrl}${path}`, init)
    const text = await response.text()
    return {
      status: response.status,
      headers: new Headers([...response.headers]),
      body: JSON.parse(text) as T
    }
  } finally {
    await dispatcher.close()
  }
}

/** Runs a workload to its end, on a topic of its own unless it names one. */
export async function runWorkload(workload: Partial<Workload>): Promise<LoadTestRun> {
  const topic = { kind: 'temporary', partitions: 6, replicationFactor: 3 } as const
  const { status, body } = await ask<LoadTestRun>('POST', '/api/loadtest/runs?wait=true', {
    name: 'test',
    topic,
    ...workload
  })
  if (status !== 200 || body.result === null) throw new Error(JSON.stringify(body))
  return body
}

/** A topic of this test, deleted afterwards. */
export async function ownTopic(
  t: Test,
  admin: Admin,
  stem: string,
  numPartitions = 12,
  configEntries: { name: string; value: string }[] = []
): Promise<string> {
  const topic = `test-load-${stem}-${Date.now().toString(36)}`
  const spec = { topic, numPartitions, replicationFactor: 3, configEntries }
  await admin.createTopics({ waitForLeaders: true, topics: [spec] })
  t.teardown(() => admin.deleteTopics({ topics: [topic] }))
  return topic
}

/** All records of a topic, by its offsets. */
export async function recordCount(admin: Admin, topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
}

/**
 * Deletes the records of a partition before an offset. While a broker is down, the contacted one may not know the new
 * leader yet, or wait for the missing replica: retries until Kafka accepts it, for at most 30 s.
 */
export async function deleteRecordsBefore(admin: Admin, topic: string, partition: number, offset: number) {
  const attempt = async () => {
    await admin.fetchTopicOffsets(topic) // makes the client learn the topic's leaders
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
  }
  await retry(attempt, () => true, { timeoutMs: 30_000, pauseMs: 200 })
}

/** A deleted topic is gone once every broker has learned of it, a moment after the controller. */
export async function isGone(admin: Admin, topic: string): Promise<boolean> {
  const listed = async () => (await admin.listTopics()).includes(topic)
  return (await poll(listed, (found) => !found, { timeoutMs: 20_000, pauseMs: 200 })).done
}

/**
 * Starts a drill once the cluster is healthy enough: an earlier test may have left out-of-sync replicas. The drill ends
 * with the test, whatever happens.
 */
export async function startDrill(t: Test, request: StartDrill): Promise<Drill> {
  const { answer } = await poll(
    () => ask<Drill & { code?: string; detail?: string }>('POST', '/api/drills', request),
    ({ body }) => body.code !== 'cluster_unhealthy',
    { timeoutMs: 60_000, pauseMs: 500 }
  )
  const { status, body } = answer
  if (status !== 202) throw new Error(`the drill was refused: ${status} ${body.code} ${body.detail}`)
  t.teardown(() => ask('DELETE', body.links.self))
  return body
}

/** Resolves to the drill as soon as it meets a condition. */
export function drillUntil(id: string, condition: (drill: Drill) => boolean, timeoutMs = 150_000): Promise<Drill> {
  const read = async () => (await ask<Drill>('GET', `/api/drills/${id}`)).body
  return eventually('the drill gets there', read, condition, timeoutMs)
}

export const ended = ({ status }: Drill) => status === 'completed' || status === 'aborted' || status === 'failed'
export const reached = (event: string) => (drill: Drill) => drill.timeline.some((entry) => entry.event === event)

/** Conditions for every passing drill. */
export function assertPassed(t: Test, drill: Drill): void {
  t.equal(Value.Check(DrillSchema, drill), true)
  t.equal(drill.status, 'completed', drill.failure ?? '')
  const verdict = drill.verdict
  t.equal(verdict?.result, 'pass', verdict?.reasons.join('; ') ?? '')
  const counts = verdict?.counts
  t.ok(counts && counts.acknowledged > 1000)
  t.match(counts, { ackedLost: 0, corrupt: 0, duplicates: 0, reordered: 0, failedButPresent: 0 })
  t.ok(counts && counts.read >= counts.acknowledged)
  t.ok(counts && counts.read <= counts.acknowledged + counts.indeterminate)
  t.type(verdict?.measurements.timeToFullIsrMs, 'number')
  t.ok(verdict?.measurements.longestAckGapMs)
  const at = drill.timeline.map((entry) => entry.at)
  t.same(at, at.toSorted(), 'the timeline goes forward')
}

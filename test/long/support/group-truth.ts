import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import Value from 'typebox/value'
import { request } from 'undici'
import { type GroupHealthDetail, GroupHealthDetailSchema } from '#shared/contracts/group-health.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { kafka, kafkaTool, ownTopic } from '../../integration/health/cluster-under-test.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { rowsOf } from '../../integration/support/kafka-tool.ts'
import { connection } from '../../integration/support/under-test.ts'

/** Time limit for expected states, on machines of any speed. */
export const patienceMs = 90_000

/** One partition of a group in the output of Kafka's tool; null for a dash. */
export interface ToolRow {
  place: string
  committed: number | null
  end: number | null
  lag: number | null
  memberId: string | null
}

/** The output of a tool. Retries a failure, as happens while a coordinator or a leader moves. */
export async function askTool(...asked: Parameters<typeof kafkaTool>): Promise<string> {
  let printed = ''
  await until(
    `${asked.join(' ')} answers`,
    () =>
      kafkaTool(...asked).then(
        (answer) => {
          printed = answer
          return 'answered'
        },
        (error: unknown) => String(error)
      ),
    (outcome) => outcome === 'answered'
  )
  return printed
}

/** The output of kafka-consumer-groups for a group, by partition; empty for a missing group. */
export async function toolRows(group: string): Promise<Map<string, ToolRow>> {
  const printed = await askTool('consumer-groups', '--describe', '--group', group)
  return new Map(
    rowsOf(printed)
      .filter((row) => row['GROUP'] === group)
      .map((row) => {
        const place = `${row['TOPIC']}/${row['PARTITION']}`
        const number = (column: string) => (/^\d+$/.test(row[column] ?? '') ? Number(row[column]) : null)
        const memberId = row['CONSUMER-ID'] === '-' ? null : (row['CONSUMER-ID'] ?? null)
        const offsets = { committed: number('CURRENT-OFFSET'), end: number('LOG-END-OFFSET'), lag: number('LAG') }
        return [place, { place, ...offsets, memberId }]
      })
  )
}

/**
 * Health-service's data on a group; undefined if it knows none of that name. A sweep may have failed to list the
 * groups, right after a start or on a busy machine: then this waits for the next.
 */
export async function askGroup(group: string): Promise<GroupHealthDetail | undefined> {
  const { statusCode, text } = await until(
    'the groups are listed',
    () => ask(`/api/health/groups/${encodeURIComponent(group)}`),
    ({ statusCode }) => statusCode !== 503
  )
  if (statusCode === 404) return undefined
  if (statusCode !== 200) throw new Error(`health-service answered ${statusCode}: ${text}`)
  const detail: unknown = JSON.parse(text)
  if (!Value.Check(GroupHealthDetailSchema, detail)) throw new Error(`the answer is not as the contract says: ${text}`)
  return detail
}

async function ask(path: string): Promise<{ statusCode: number; text: string }> {
  const { statusCode, body } = await request(`${process.env['KOPS_TEST_HEALTH_URL']}${path}`, {
    headersTimeout: 20_000
  })
  return { statusCode, text: await body.text() }
}

/** Its partitions, in the tool's words. */
export function rowsOfDetail(detail: GroupHealthDetail | undefined): Map<string, ToolRow> {
  return new Map(
    detail?.partitions.map(({ topic, partition, committedOffset, logEndOffset, lag, memberId }) => {
      const place = `${topic}/${partition}`
      return [place, { place, committed: committedOffset, end: logEndOffset, lag, memberId }]
    })
  )
}

/** Like eventually(), with a longer time limit. */
export function until<T>(what: string, ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  return eventually(what, ask, holds, patienceMs)
}

/** A reading of which every part started after now: the second one whose end offsets did. */
export async function readAnew(group: string): Promise<GroupHealthDetail | undefined> {
  let after = new Date().toISOString()
  let detail: GroupHealthDetail | undefined
  for (const nth of ['a first', 'a second']) {
    const asked = await until(
      `${nth} new reading`,
      () => askList(group),
      ({ asOf }) => asOf > after
    )
    after = asked.asOf
    detail = asked.detail
  }
  return detail
}

/** The time of the last reading, which the list contains even without such a group. */
async function askList(group: string): Promise<{ asOf: string; detail: GroupHealthDetail | undefined }> {
  const detail = await askGroup(group)
  if (detail) return { asOf: detail.asOf, detail }
  const { asOf } = JSON.parse((await ask('/api/health/groups?limit=1')).text) as { asOf: string }
  return { asOf, detail }
}

/** A topic of this test's own that every broker knows, with leaders: kafkajs gives up where one does not. */
export async function knownTopic(t: Test, topic: string, partitions: number): Promise<void> {
  await ownTopic(t, topic, partitions)
  await untilKnown(t, topic)
}

export async function untilKnown(t: Test, topic: string): Promise<void> {
  const reader = createClusterReader({ ...connection, clientId: 'kops-test-truth' })
  t.teardown(() => reader.close())
  await until(
    `all brokers know ${topic}`,
    () => reader.views({ topics: [topic], deadlineMs: 5000 }),
    (views) =>
      views.every(
        (view) =>
          view.reachable &&
          view.metadata.topics.some(({ partitions }) => partitions.every(({ leader }) => leader !== null))
      )
  )
}

/** Writes small batches to a topic until it is stopped. */
export async function startProducing(t: Test, topic: string): Promise<{ stop(): Promise<void> }> {
  const producer = kafka.producer()
  await producer.connect()
  let going = true
  const sending = (async () => {
    for (let nth = 0; going; nth++) {
      const messages = Array.from({ length: 20 }, (_, index) => ({ key: `${nth}-${index}`, value: `value ${nth}` }))
      await producer.send({ topic, messages })
      await delay(20)
    }
  })()
  const stop = async () => {
    going = false
    await sending
    await producer.disconnect()
  }
  t.teardown(stop)
  return { stop }
}

/** A member of a group that reads and commits, twice a second, until it leaves. */
export async function join(t: Test, topic: string, groupId: string): Promise<{ leave(): Promise<void> }> {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 30_000, heartbeatInterval: 500 })
  await consumer.connect()
  const leave = () => consumer.disconnect()
  t.teardown(leave)
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommitInterval: 500, eachMessage: async () => undefined })
  return { leave }
}

/** In an order that two readings share. */
export function sorted(rows: ReadonlyMap<string, ToolRow>): ToolRow[] {
  return Array.from(rows.values()).sort((a, b) => (a.place < b.place ? -1 : 1))
}

/** Once nothing changes any more, both report exactly the same. */
export async function holdEqual(t: Test, group: string, what: string): Promise<void> {
  const settled = await until(
    what,
    async () => ({ before: sorted(await toolRows(group)), ours: sorted(rowsOfDetail(await askGroup(group))) }),
    ({ before, ours }) => before.length > 0 && JSON.stringify(before) === JSON.stringify(ours)
  )
  t.same(settled.ours, settled.before, what)
}

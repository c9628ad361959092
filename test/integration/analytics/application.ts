import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { parseAnalytics } from '#apps/analytics/definition.ts'
import { lateHeaders } from '#apps/analytics/domain/processor.ts'
import type { ThresholdAlert, WindowResult } from '#shared/contracts/analytics.ts'
import { createBrokers } from '#shared/kafka/connection/brokers.ts'
import { coordinatorOf } from '#shared/kafka/consuming/group-member.ts'
import { createGroupAdmin } from '#shared/kafka/groups/group-admin.ts'
import { leaveGroup } from '#shared/kafka/protocol/group-membership.ts'
import type { LogRecord } from '#shared/kafka/records/port.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import { type OracleEvent, oracle } from '../../unit/apps/analytics/oracle.ts'
import { eventually } from '../support/eventually.ts'
import { bootstrapServers, connection, kafkaSettings } from '../support/under-test.ts'

const kops = join(import.meta.dirname, '../../../kops')
const clientSettings = { KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','), ...kafkaSettings }

/** An event, or text that is none, for a partition. */
export type Written = { partition: number } & ({ event: Omit<OracleEvent, 'offset'> } | { text: string })

export interface RunningApplication {
  process: ChildProcess
  /** Lines of its log so far. */
  log: { msg: string; partition?: number; records?: number; kafkaError?: string; partitions?: number[] }[]
  says(message: string, count?: number): Promise<unknown>
  /** A signal, and waits until it is gone. @returns the exit code; null after a kill */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
}

/** Topics and a definition of a test's own, and what runs it. They go when the test ends. */
export async function ownAnalytics(t: Test, partitions: number, definition: string) {
  const name = `kops-test-${Date.now().toString(36)}${Math.floor(Math.random() * 1000)}`
  const folder = await mkdtemp(join(tmpdir(), 'kops-analytics-'))
  const path = join(folder, 'analytics.yaml')
  const topics = ['events', 'metrics', 'alerts'].map((topic) => `  ${topic}: ${name}-${topic}`)
  const text = `name: ${name}\ntopics:\n${topics.join('\n')}\n${definition}`
  await writeFile(path, text)
  const analytics = parseAnalytics(text, path)
  const admin = createTopicAdmin(connection)
  const reader = createRecordReader(connection)
  const writer = createRecordWriter(connection)
  const groups = createGroupAdmin(connection)
  const brokers = createBrokers(connection)
  const all = Object.values(analytics.topics)
  const logs = Array.from({ length: partitions }, (): (OracleEvent | { offset: number; text: string })[] => [])

  t.teardown(async () => {
    for (const topic of all) await admin.deleteTopic(topic, { timeoutMs: 20_000 }).catch(() => undefined)
    brokers.close()
    await Promise.all([admin.close(), reader.close(), writer.close(), groups.close(), rm(folder, { recursive: true })])
  })

  async function readCommitted(topic: string): Promise<LogRecord[]> {
    const records: LogRecord[] = []
    const outcome = await reader.readForward(
      topic,
      { start: { at: 'earliest' }, isolation: 'read_committed', bytes: 2 ** 30, deadlineMs: 20_000 },
      (record) => {
        records.push(record)
        return true
      }
    )
    if (outcome.cutBy !== null || outcome.partitions.some(({ finished }) => !finished)) {
      throw new Error(`${topic} could not be read whole: ${JSON.stringify(outcome)}`)
    }
    return records
  }

  /** Zeros while the coordinator does not say. */
  async function committed(): Promise<number[]> {
    const commits = await groups.describe(name, { deadlineMs: 5000 }).then(
      ({ value }) => value.commits,
      () => []
    )
    return logs.map((_, partition) => commits.find((commit) => commit.partition === partition)?.offset ?? 0)
  }

  return {
    ...{ name, path, analytics, logs, readCommitted },
    async createTopics(): Promise<void> {
      const configs = { 'min.insync.replicas': '2' }
      for (const topic of all) {
        const own = topic === analytics.topics.changelog ? { ...configs, 'cleanup.policy': 'compact' } : configs
        const spec = {
          name: topic,
          partitions: topic === analytics.topics.deadLetters ? 1 : partitions,
          replicationFactor: 3
        }
        await admin.createTopic({ ...spec, configs: own }, { validateOnly: false, timeoutMs: 20_000 })
      }
    },
    /** Starts it as a user does. The command becomes the process. */
    start(label = 'analytics'): RunningApplication {
      const { NODE_OPTIONS, ...inherited } = process.env
      const child = spawn(kops, ['analytics', 'run', path, '--port', '0'], {
        env: { ...inherited, ...clientSettings },
        stdio: ['ignore', 'pipe', 'inherit']
      })
      const log: RunningApplication['log'] = []
      createInterface({ input: child.stdout }).on('line', (line) => {
        const parsed = JSON.parse(line)
        log.push(parsed)
        if (parsed.level >= 40) t.comment(`${label}: ${line}`)
      })
      const gone = once(child, 'exit')
      const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
        child.kill(signal)
        const [code] = await gone
        return code as number | null
      }
      t.teardown(() => end('SIGKILL'))
      const says = (message: string, count = 1) =>
        eventually(
          `${label} says ${message}`,
          () => log.filter(({ msg }) => msg.startsWith(message)).length,
          (found) => found >= count,
          120_000
        )
      return { process: child, log, says, end }
    },
    /** Writes records, each partition's in their order, and knows their offsets. */
    async write(written: readonly Written[]): Promise<void> {
      const records = written.map(({ partition, ...content }) => {
        const value = 'text' in content ? content.text : textOf(content.event)
        return { partition, key: null, value: Buffer.from(value), headers: [] }
      })
      const results = await writer.write(analytics.topics.events, records, { deadlineMs: 20_000 })
      for (const [nth, result] of results.entries()) {
        if (result.status !== 'acknowledged') throw result.error
        const content = written[nth]
        if (!content) continue
        const { offset } = result
        logs[content.partition]?.push('text' in content ? { offset, text: content.text } : { offset, ...content.event })
      }
    },
    /** Takes all members out of the group, as their coordinator would once their sessions have ended. */
    async putOut(): Promise<void> {
      const { members } = (await groups.describe(name, { deadlineMs: 5000 })).value
      const signal = AbortSignal.timeout(5000)
      const link = await coordinatorOf(brokers, name, signal)
      for (const { memberId } of members ?? []) await leaveGroup(link, name, memberId, signal)
    },
    /** The committed offset of each partition. */
    committed,
    /** Until everything that was written is committed. */
    async processed(): Promise<void> {
      const ends = logs.map((records) => (records.at(-1)?.offset ?? -1) + 1)
      const isDone = (offsets: number[]) => offsets.every((offset, partition) => offset === ends[partition])
      await eventually('all events are processed', committed, isDone, 120_000)
    },
    /** Until more of every partition is committed than now. */
    async movedOn(): Promise<void> {
      const before = await committed()
      const isFurther = (offsets: number[]) => offsets.every((offset, partition) => offset > (before[partition] ?? 0))
      await eventually('every partition goes on', committed, isFurther, 120_000)
    },
    /** What readers of committed records see, in a form that can be compared with expected(). */
    async outcome() {
      const json = <T>(records: LogRecord[]): T[] => records.map(({ value }) => JSON.parse(String(value)))
      const { metrics, alerts, late, deadLetters } = analytics.topics
      const plain = ({ windows, start, end, group, values, partition }: WindowResult) => ({
        windows,
        start: Date.parse(start),
        end: Date.parse(end),
        group,
        values,
        partition
      })
      return {
        results: sorted(json<WindowResult>(await readCommitted(metrics)).map(plain)),
        alerts: sorted(
          json<ThresholdAlert>(await readCommitted(alerts)).map((each) => ({
            ...plain(each),
            alert: each.alert,
            value: each.value
          }))
        ),
        late: sorted(
          (await readCommitted(late)).map(({ headers }) => {
            const text = (wanted: string) => String(headers.find(([name]) => name === wanted)?.[1])
            return [Number(text(lateHeaders.partition)), Number(text(lateHeaders.offset)), text(lateHeaders.windows)]
          })
        ),
        dead: sorted(
          (await readCommitted(deadLetters)).map(({ headers }) => {
            const { partition, offset } = parseDeadLetter(headers)
            return [partition, offset]
          })
        )
      }
    },
    /** The same by a batch computation over what was written. */
    expected() {
      const found = logs.map((records, partition) => {
        const valid = records.filter((record): record is OracleEvent => !('text' in record))
        const { results, alerts, late } = oracle(analytics, valid)
        const dead = records.flatMap((record) => ('text' in record ? [[partition, record.offset]] : []))
        return {
          results: results.map((each) => ({ ...each, partition })),
          alerts: alerts.map(({ windows, start, end, group, values, alert, value }) => {
            return { windows, start, end, group, values, partition, alert, value }
          }),
          late: late.map((each) => [partition, ...each]),
          dead
        }
      })
      return {
        results: sorted(found.flatMap(({ results }) => results)),
        alerts: sorted(found.flatMap(({ alerts }) => alerts)),
        late: sorted(found.flatMap(({ late }) => late)),
        dead: sorted(found.flatMap(({ dead }) => dead))
      }
    }
  }
}

let ids = 0
function textOf({ timestampMs, fields }: Omit<OracleEvent, 'offset'>): string {
  ids += 1
  return JSON.stringify({ event_id: `e${ids}`, timestamp: new Date(timestampMs).toISOString(), ...fields })
}

function sorted<T>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** A definition, but for its name and topics, of each kind of window and alert. */
export const windowsOfEveryKind = `events: { disorder: 2s, future: 1d }
commit: { every: 50ms, records: 500 }
windows:
  - name: by-type
    window: { kind: tumbling, size: 10s }
    lateness: 3s
    groupBy: [event_type]
    aggregates:
      - { name: events, function: count }
      - { name: amount, function: sum, field: amount }
      - { name: largest, function: max, field: amount }
    alerts:
      - { name: busy, aggregate: events, above: 25, at: update }
      - { name: poor, aggregate: amount, below: 200, severity: critical }
  - name: moving
    window: { kind: hopping, size: 20s, every: 5s }
    where: { event_type: [purchase] }
    aggregates:
      - { name: mean-amount, function: mean, field: amount }
  - name: sessions
    window: { kind: session, gap: 4s }
    lateness: 1s
    groupBy: [user]
    aggregates:
      - { name: events, function: count }
      - { name: least, function: min, field: amount }
`

/** A script of events: in disorder, late ones among them, and a few that are broken. */
export function eventsOf(random: () => number, partitions: number, fromMs: number) {
  let at = fromMs
  const pick = <T>(...of: T[]): T => of[Math.floor(random() * of.length)] as T
  return {
    get at() {
      return at
    },
    next(count: number): Written[] {
      return Array.from({ length: count }, () => {
        at += Math.floor(random() * 40)
        const partition = Math.floor(random() * partitions)
        if (random() < 0.01)
          return {
            partition,
            text: pick(
              '{',
              '{}',
              '{"event_id":"1","event_type":"a"}',
              '{"event_id":"1","event_type":"a","timestamp":"2999-01-01T00:00:00Z"}'
            )
          }
        const late = random() < 0.03 ? 30_000 : 3000
        const timestampMs = at - Math.floor(random() * late)
        const fields = {
          event_type: pick('purchase', 'view', 'error'),
          user: `u${Math.floor(random() * 40)}`,
          amount: Math.floor(random() * 100)
        }
        return { partition, event: { timestampMs, fields } }
      })
    },
    /** One event for each partition that closes everything before it. */
    last(): Written[] {
      at += 3_600_000
      return Array.from({ length: partitions }, (_, partition) => ({
        partition,
        event: { timestampMs: at, fields: { event_type: 'end', user: 'end', amount: 0 } }
      }))
    }
  }
}

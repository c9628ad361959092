import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { type BalancedResponse, balancerTopics } from '#shared/contracts/load-balancer.ts'
import type { LogRecord } from '#shared/kafka/records/port.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { kops, startKops } from '../cli/kops.ts'
import { eventually } from '../support/eventually.ts'
import { connection } from '../support/under-test.ts'

/** The topics of both catalogs, each of whose partitions has a leader. */
export async function createTopics(): Promise<void> {
  await Promise.all(
    ['load-balancing-simulator', 'smart-load-balancer'].map(async (catalog) => {
      const { code, stderr } = await kops(['catalog', 'apply', catalog])
      if (code !== 0) throw new Error(`${catalog}: ${stderr}`)
    })
  )
}

/** A command that runs until a signal ends it. */
export interface Running {
  child: ChildProcess
  stdout: () => string
  stderr: () => string
  /** Ends it, and resolves to its exit code; null if the signal killed it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export function runKops(t: Test, args: string[]): Running {
  const child = startKops(args)
  t.teardown(() => child.kill('SIGKILL'))
  let [printed, said] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close')
  return {
    child,
    stdout: () => printed,
    stderr: () => said,
    async end(signal) {
      child.kill(signal)
      const [code] = await ended
      return code
    }
  }
}

/** Waits for a line that a command prints, or says on standard error. */
export async function hears(what: string, text: () => string, pattern: RegExp, timeoutMs?: number): Promise<void> {
  await eventually(what, text, (all) => pattern.test(all), timeoutMs)
}

/** A command that is a member of a group, once it has been given partitions. */
export async function startMember(t: Test, ...args: string[]): Promise<Running> {
  const member = runKops(t, ['lb', ...args])
  await hears(`kops lb ${args[0]} has joined`, member.stderr, /has given partitions \d/, 60_000)
  return member
}

/** Writes a message, or what is none, to a topic. */
export async function produce(topic: string, message: object, key: string): Promise<void> {
  const writer = createRecordWriter(connection)
  try {
    const record = { key: Buffer.from(key), value: Buffer.from(JSON.stringify(message)), headers: [] }
    const [result] = await writer.write(topic, [record], { deadlineMs: 20_000 })
    if (result?.status !== 'acknowledged') throw new Error(`${topic} does not take a message`)
  } finally {
    await writer.close()
  }
}

/** Every record of a topic, oldest first. */
export async function everyRecord(topic: string): Promise<LogRecord[]> {
  const reader = createRecordReader(connection)
  try {
    const records: LogRecord[] = []
    const bounds = { isolation: 'read_committed', bytes: 2 ** 26, deadlineMs: 20_000 } as const
    await reader.readForward(topic, { ...bounds, start: { at: 'earliest' } }, (record) => records.push(record) > 0)
    return records
  } finally {
    await reader.close()
  }
}

export async function messagesOf<T>(topic: string): Promise<T[]> {
  return (await everyRecord(topic)).map(({ value }) => JSON.parse(String(value)))
}

/** How often each request of a range was answered. */
export async function answersOf({ firstId, lastId }: { firstId: number; lastId: number }): Promise<number[]> {
  const counts = Array.from({ length: lastId - firstId + 1 }, () => 0)
  for (const { request_id } of await messagesOf<BalancedResponse>(balancerTopics.responses)) {
    const at = request_id - firstId
    if (at in counts) counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}

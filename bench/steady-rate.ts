/**
 * The steady rate at which a topic grows, measured the same way whatever writes to it: from its end offsets, which hold what
 * every in-sync replica has. The first third of the records is left out: it holds the writer's start (a JVM's, or that of
 * compiled code) and the first connections.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'

export interface SteadyRate {
  recordsPerSecond: number
  /** User and system time that the writer's process spent on the measured records, by 100,000 of them. */
  cpuSecondsPer100k: number
}

const pollMs = 100
const deadlineMs = 10_000
const limitMs = 300_000
const clockTicksPerSecond = 100

/**
 * Resolves when `records` more have reached the topic than it held before.
 * @param before end offset of the topic, all partitions together, before the writer began
 * @param pid of the writer's process
 * @throws Error when they do not come within five minutes
 */
export async function steadyRate(
  reader: ClusterReader,
  topic: string,
  { before, records, pid }: { before: number; records: number; pid: number }
): Promise<SteadyRate> {
  const until = performance.now() + limitMs
  let begin: { at: number; written: number; cpu: number } | undefined
  let cpu = 0
  while (performance.now() < until) {
    // A tool that has just ended has no record any more: what it spent since the last look is missing.
    cpu = await cpuSecondsOf(pid).catch(() => cpu)
    const at = performance.now()
    const written = (await endOf(reader, topic)) - before
    if (begin === undefined && written >= records / 3) begin = { at, written, cpu }
    if (begin !== undefined && written >= records) {
      const measured = written - begin.written
      return {
        recordsPerSecond: measured / ((at - begin.at) / 1000),
        cpuSecondsPer100k: ((cpu - begin.cpu) / measured) * 100_000
      }
    }
    await delay(pollMs)
  }
  throw new Error(`${topic} did not take ${records} records within ${limitMs / 1000} s`)
}

/** The end offsets of all partitions together. */
export async function endOf(reader: ClusterReader, topic: string): Promise<number> {
  const { value: metadata } = await reader.metadata({ topics: [topic], deadlineMs })
  const { value: offsets } = await reader.offsets(metadata.topics, { deadlineMs })
  return offsets.reduce((sum, { logEndOffset }) => {
    if (logEndOffset === null) throw new Error(`a partition of ${topic} has no end offset`)
    return sum + logEndOffset
  }, 0)
}

/** User and system time of a process so far. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type KafkaTool, kafkaToolArguments } from '#shared/cluster/kafka-tools.ts'
import { testCommandConfig, testMode } from './test-cluster.ts'

const projectRoot = join(import.meta.dirname, '../../..')

/** A tool ends before optimised code would pay: without, it takes half the processor time. */
export const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/**
 * The output of one of Kafka's own tools on these brokers: the truth to compare readings with.
 * @param commandConfig the file of settings for brokers that are secured; by default that of the cluster under test, for
 * its brokers
 */
export async function kafkaTool(
  bootstrapServers: string[],
  tool: KafkaTool,
  args: string[],
  commandConfig = isUnderTest(bootstrapServers) ? testCommandConfig : undefined
): Promise<string> {
  const java = kafkaToolArguments(tool, args, { projectRoot, bootstrapServers, mode: testMode, commandConfig })
  const { stdout } = await promisify(execFile)('java', [...quickStart, ...java], {
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024
  })
  return stdout
}

function isUnderTest(bootstrapServers: string[]): boolean {
  return bootstrapServers.join(',') === process.env['KOPS_TEST_BOOTSTRAP_SERVERS']
}

/** The rows of a table that a tool prints, each by the names of its columns. */
export function rowsOf(printed: string): Record<string, string>[] {
  const lines = printed.split('\n').filter((line) => line.trim() !== '')
  const at = lines.findIndex((line) => /^\s*GROUP\s/.test(line))
  const names = lines[at]?.trim().split(/\s+/) ?? []
  return lines.slice(at + 1).map((line) => {
    const cells = line.trim().split(/\s+/)
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']))
  })
}

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultPorts, loadDefinition } from '#shared/cluster/definition.ts'
import type { Problem } from '#shared/contracts/common.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { expectations, renderTable, succeeded } from './table.ts'

const exitFailure = 1
const exitUsage = 64
const exitUnavailable = 69
const usage =
  'usage: ./load-test.sh [--url http://127.0.0.1:8083] [--topic log-events] [--confirm-topic NAME] [events ...]'

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`)
    return exitUsage
  }
  const { values, positionals } = parsed
  const url = values.url ?? (await defaultUrl())
  const counts = positionals.length === 0 ? expectations.map(({ events }) => events) : positionals.map(Number)
  if (!URL.canParse(url) || counts.some((count) => !Number.isInteger(count) || count < 1)) {
    console.error(usage)
    return exitUsage
  }
  console.log(`Load test of ${values.topic} through ${url}: acks=all, snappy`)
  const runs: LoadTestRun[] = []
  for (const eventCount of counts) {
    process.stderr.write(`  ${eventCount.toLocaleString('en-US')} events ...`)
    const answer = await run(url, { eventCount, topic: values.topic, confirmTopic: values['confirm-topic'] })
    if ('exit' in answer) {
      process.stderr.write(' failed\n')
      console.error(answer.message)
      return answer.exit
    }
    process.stderr.write(` ${answer.run.status}\n`)
    runs.push(answer.run)
  }
  console.log(renderTable(runs))
  const failed = runs.filter((item) => !succeeded(item))
  for (const { eventCount, status, failure, result } of failed) {
    const errors = result?.errors.map(({ code, count }) => `${code}: ${count}`).join(', ')
    console.error(`${eventCount} events: ${status}; ${[failure, errors].filter(Boolean).join('; ')}`)
  }
  return failed.length === 0 ? 0 : exitFailure
}

function parse(args: string[]) {
  const options = {
    url: { type: 'string' },
    topic: { type: 'string', default: 'log-events' },
    'confirm-topic': { type: 'string' }
  } as const
  return parseArgs({ args, allowPositionals: true, options })
}

async function run(
  url: string,
  { eventCount, topic, confirmTopic }: { eventCount: number; topic: string; confirmTopic: string | undefined }
): Promise<{ run: LoadTestRun } | { exit: number; message: string }> {
  const query = new URLSearchParams({
    eventCount: String(eventCount),
    topic,
    ...(confirmTopic === undefined ? {} : { confirmTopic })
  })
  let response: Response
  try {
    response = await fetch(new URL(`/api/loadtest/run?${query}`, url), { method: 'POST' })
  } catch {
    return {
      exit: exitUnavailable,
      message: `load-test-service does not answer at ${url}. Start it with ./setup.sh, or give its address with --url or KOPS_LOADTEST_URL.`
    }
  }
  if (response.ok) return { run: (await response.json()) as LoadTestRun }
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const detail = type.startsWith('application/problem+json') ? (JSON.parse(text) as Problem).detail : text
  return { exit: exitFailure, message: `load-test-service refused (${response.status}): ${detail}` }
}

/** The address of the service in this checkout's cluster. */
async function defaultUrl(): Promise<string> {
  const definition = await loadDefinition(resolve(import.meta.dirname, '../../../.kops'))
  return `http://127.0.0.1:${definition?.ports.loadTest ?? defaultPorts.loadTest}`
}

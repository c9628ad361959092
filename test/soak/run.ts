/**
 * Lets the cluster that is set up in this checkout work for an hour, and fails if a service takes ever more memory, handles or log, dies,
 * or refuses anything. Starts no cluster and stops none; local runtime only. It makes a topic of its own and deletes it at the end.
 *
 *   npm run soak -- [--minutes 60]
 *
 * Exit code 0: steady; 1: something rises, died or failed; 2: too short to tell, or no cluster.
 * KOPS_TOKEN, KOPS_CA and KOPS_STATE_DIR as for ./kops. Needs the right to look at the services' processes: root, or their user.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { clientOf } from '#cli/client.ts'
import { defaultStateDir } from '#cli/config.ts'
import { loadDefinition } from '#shared/cluster/definition.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type Trend, trendsOf } from './judge.ts'
import { findServices, type SoakedProcess, sample } from './processes.ts'
import { type Tally, work } from './workload.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } })
const minutes = Number(values.minutes)
const sampleEveryMs = 60_000
const mebibyte = 1024 * 1024

process.exitCode = await soak().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 2
})

async function soak(): Promise<number> {
  if (!(minutes > 0)) throw new Error(`--minutes is a positive number; got ${values.minutes}`)
  const stateDir = defaultStateDir()
  const definition = await loadDefinition(stateDir)
  if (definition === undefined) throw new Error(`no cluster is set up in ${stateDir}: ./setup.sh`)
  if (definition.runtime !== 'local')
    throw new Error('the services run in containers, whose processes this does not see')
  const processes = await findServices(stateDir)
  const client = clientOf(definition)
  const topicName = `soak-${Date.now().toString(36)}`
  const configs = { 'retention.bytes': String(32 * mebibyte), 'segment.bytes': String(16 * mebibyte) }
  await client.call(endpoints.createTopic, {
    body: { name: topicName, partitions: 3, replicationFactor: definition.ports.kafka.length, configs }
  })

  const stopped = new AbortController()
  process.once('SIGINT', () => stopped.abort())
  const { signal } = stopped
  const working = work(client, topicName, signal)
  let died: string | undefined
  try {
    await watchOver(processes, stateDir, signal)
  } catch (error) {
    died = String(error)
  } finally {
    stopped.abort()
  }
  const tally = await working
  const query = { force: true, reason: 'end of the soak test' }
  await client.call(endpoints.deleteTopic, { params: { topicName }, query })
  return report(processes, tally, died)
}

/** Samples each process every minute, until the time is over. */
async function watchOver(processes: SoakedProcess[], stateDir: string, signal: AbortSignal): Promise<void> {
  for (let minute = 0; minute <= minutes && !signal.aborted; minute++) {
    if (minute > 0) await delay(sampleEveryMs, undefined, { signal }).catch(() => {})
    for (const each of processes) await sample(each, stateDir, minute * (sampleEveryMs / 1000))
  }
}

function report(
  processes: SoakedProcess[],
  { requests, loadTests, acknowledged, failures }: Tally,
  died?: string
): number {
  console.log(`${requests} requests, ${loadTests} load tests, ${acknowledged} events acknowledged`)
  const verdicts = processes.flatMap(({ name, samples }) => {
    const trends = trendsOf(samples)
    for (const trend of trends) console.log(`${name.padEnd(18)} ${lineOf(trend)}`)
    return trends.map(({ verdict }) => verdict)
  })
  for (const [what, count] of failures) console.log(`failed ${count} times: ${what}`)
  if (died !== undefined) console.log(died)
  if (died !== undefined || failures.size > 0 || verdicts.includes('rises')) return 1
  return verdicts.includes('unknown') ? 2 : 0
}

function lineOf({ measure, perHour, allowedPerHour, verdict }: Trend): string {
  const text = (value: number) => (measure === 'handles' ? value.toFixed(1) : `${(value / mebibyte).toFixed(1)} MiB`)
  return `${measure.padEnd(10)} ${text(perHour)} an hour (allowed ${text(allowedPerHour)}): ${verdict}`
}

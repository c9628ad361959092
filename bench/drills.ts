/**
 * Drills of every kind, one after the other, and how often what they took was within the predicted band.
 * Needs the cluster of ./setup.sh, which it breaks and heals as drills do, and nothing else at work:
 *   npm run bench:drills -- [--rounds 3] [--kinds broker-kill,rolling-restart] [--url http://127.0.0.1:8083] [--report drills.json]
 * Prints a line for each drill, and then the table of docs/drills.md: a row for each kind.
 */
import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createClient } from '#shared/client/client.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError } from '#shared/errors/catalog.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    kinds: { type: 'string' },
    url: { type: 'string', default: 'http://127.0.0.1:8083' },
    report: { type: 'string' }
  }
})

const members = { members: 3 }
/** How long a broker has to be away so that its session ends, with the timings of setup. */
const sessionMs = 12_000
const requests: StartDrill[] = [
  { kind: 'broker-stop', node: 'kafka-1' },
  { kind: 'broker-kill', node: 'kafka-2', faultDurationMs: sessionMs },
  { kind: 'broker-pause', node: 'kafka-3', faultDurationMs: sessionMs },
  { kind: 'controller-kill', faultDurationMs: sessionMs },
  { kind: 'leader-kill', partition: { topic: '__consumer_offsets', partition: 0 }, faultDurationMs: sessionMs },
  { kind: 'coordinator-kill', consumers: members, faultDurationMs: sessionMs },
  { kind: 'network-partition', node: 'kafka-1', faultDurationMs: sessionMs },
  { kind: 'partial-partition', node: 'kafka-2', from: ['metadata'], faultDurationMs: 16_000 },
  { kind: 'partial-partition', node: 'kafka-3', from: ['brokers'], faultDurationMs: 50_000 },
  { kind: 'zookeeper-stop', node: 'zookeeper-2', faultDurationMs: 8000 },
  { kind: 'controller-stop', node: 'kafka-2', faultDurationMs: 8000 },
  { kind: 'rolling-restart' },
  { kind: 'slow-network', node: 'kafka-1', slow: { lossPercent: 10 }, faultDurationMs: 8000 },
  { kind: 'disk-full', node: 'kafka-2', faultDurationMs: sessionMs },
  { kind: 'member-kill', consumers: members },
  { kind: 'member-pause', consumers: members },
  { kind: 'member-leave', consumers: members },
  { kind: 'rolling-deploy', consumers: members },
  { kind: 'hanging-transaction' }
]
const mostWaitMs = 180_000

const { loadTest = '', ...others } = { loadTest: values.url, admin: values.url, health: values.url }
const client = createClient({ urls: { loadTest, ...others }, token: process.env['KOPS_TOKEN'] })
const { kinds } = await client.call(endpoints.drillKinds, {})
const possible = requests.filter(
  ({ kind }) =>
    kinds.find((known) => known.kind === kind)?.available && (values.kinds?.split(',').includes(kind) ?? true)
)
const ended: Drill[] = []
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const request of possible) {
    const drill = await run(request)
    ended.push(drill)
    console.log(lineOf(drill))
  }
}
if (values.report !== undefined) await writeFile(values.report, JSON.stringify(ended))
console.log(`\n${tableOf(ended)}`)

async function run(request: StartDrill): Promise<Drill> {
  const { id } = await started(request)
  for (;;) {
    const drill = await client.call(endpoints.drill, { params: { id } })
    if (drill.finishedAt !== null) return drill
    await delay(1000)
  }
}

/** Replicas of the drill before may be catching up still. */
async function started(body: StartDrill): Promise<Drill> {
  const until = performance.now() + mostWaitMs
  for (;;) {
    try {
      const answer = await client.call(endpoints.startDrill, { body })
      if (!('id' in answer)) throw new Error(`${body.kind} was planned and not started`)
      return answer
    } catch (error) {
      if (!isKopsError(error, 'cluster_unhealthy') || performance.now() > until) throw error
      await delay(2000)
    }
  }
}

/** Times that were predicted and measured, of the cluster and of consumer groups. */
function timesOf({ comparison = [], consumers = [] }: Drill) {
  const ofGroups = consumers.map(({ lastPartitionMs, predictedSeconds, within }) => ({
    name: 'lastPartition',
    predicted: predictedSeconds,
    measuredSeconds: lastPartitionMs === null ? null : lastPartitionMs / 1000,
    within
  }))
  return [...comparison, ...ofGroups].flatMap(({ name, predicted, measuredSeconds, within }) =>
    predicted === null || measuredSeconds === null ? [] : [{ name, predicted, measuredSeconds, within }]
  )
}

function nameOf({ kind, request }: Drill): string {
  return [kind, ...(request?.from ?? [])].join(' ')
}

function lineOf(drill: Drill): string {
  const times = timesOf(drill).map(
    ({ name, predicted, measuredSeconds, within }) =>
      `${name} ${measuredSeconds} (${predicted.min}-${predicted.max}${within ? '' : ': OUTSIDE'})`
  )
  const { result, counts } = drill.verdict ?? {}
  return `${nameOf(drill)}: ${result}, ${counts?.ackedLost ?? '?'} of ${counts?.acknowledged ?? '?'} lost; ${times.join(', ')}`
}

function tableOf(drills: readonly Drill[]): string {
  const rows = Array.from(Map.groupBy(drills, nameOf), ([name, of]) => {
    const times = of.flatMap(timesOf)
    const measured = Array.from(
      Map.groupBy(times, ({ name }) => name),
      ([name, found]) => {
        const seconds = found.map(({ measuredSeconds }) => measuredSeconds).toSorted((a, b) => a - b)
        const { min, max } = found[0]?.predicted ?? { min: 0, max: 0 }
        return `${name} ${seconds[0]}-${seconds.at(-1)} (${min}-${max})`
      }
    )
    const passed = of.filter(({ verdict }) => verdict?.result === 'pass').length
    const within = of.filter((drill) => timesOf(drill).every(({ within }) => within)).length
    return `| ${name} | ${of.length} | ${passed} | ${within} | ${measured.join('; ')} |`
  })
  const all = drills.length
  const within = drills.filter((drill) => timesOf(drill).every(({ within }) => within)).length
  const lost = drills.reduce((sum, { verdict }) => sum + (verdict?.counts?.ackedLost ?? 0), 0)
  const acknowledged = drills.reduce((sum, { verdict }) => sum + (verdict?.counts?.acknowledged ?? 0), 0)
  return [
    '| drill | runs | passed | all times within their bands | measured seconds, least to most (predicted) |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `${within} of ${all} drills have all of their times within the bands; ${lost} of ${acknowledged} acknowledged records were lost.`
  ].join('\n')
}

/**
 * What being watched costs the brokers: the CPU time of three idle brokers (utime + stime of /proc/<pid>/stat) with health-service at
 * work and stopped (SIGSTOP, SIGCONT), in turn (A B B A), on a cluster of its own at growing sizes. Sizes are topics:groups, of 12
 * partitions and 60 commits each. Before that it prints what each kind of request costs the brokers at that size.
 *   node bench/watching-cost.ts [--sizes 2:0,150:300,834:1000] [--rounds 2] [--seconds 40]
 *     [--probe 5000] [--pulse 2000] [--poll 30000]: the intervals of the service, milliseconds; 0 takes the probe or the pulse away
 *     --rounds 0: only what the requests cost
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createThrowawayCluster } from '../test/integration/support/throwaway-cluster.ts'
import { brokersCpuMs } from './broker-cpu.ts'
import { makeFixture, partitionsPerTopic } from './health-fixture.ts'
import type { ChildMessage } from './health-service-child.ts'
import { printRequestTimes } from './request-times.ts'

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '2:0,150:300,834:1000' },
    rounds: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '40' },
    probe: { type: 'string', default: '5000' },
    pulse: { type: 'string', default: '2000' },
    poll: { type: 'string', default: '30000' }
  }
})
const seconds = Number(values.seconds)
/** Work in progress when the service is paused or resumed is not measured. */
const settleMs = 8000
/** Nor is the start: connections, first readings, and code that brokers compile while they answer them. */
const startMs = 75_000

const { stateDir, definition, agent, takeDown } = await createThrowawayCluster({
  name: 'kops-bench-cost',
  heap: { broker: '512m', zookeeper: '192m' },
  mode: 'zookeeper'
})
try {
  await agent.up()
  for (const size of values.sizes.split(',')) await measureSize(size)
} finally {
  await takeDown()
}

async function measureSize(size: string): Promise<void> {
  const [topics = 0, groups = 0] = size.split(':').map(Number)
  await makeFixture(
    definition.ports.kafka.map((port) => `127.0.0.1:${port}`),
    { topics, groups }
  )
  console.log(`${topics * partitionsPerTopic} partitions, ${groups} groups`)
  await delay(10_000)
  await printRequestTimes({ ports: definition.ports, cpuMs: () => brokersCpuMs(stateDir) })
  if (values.rounds === '0') return
  const service = await startService()
  try {
    await delay(startMs)
    const watched: number[] = []
    const alone: number[] = []
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const at of round % 2 === 0 ? [watched, alone, alone, watched] : [alone, watched, watched, alone]) {
        service.kill(at === watched ? 'SIGCONT' : 'SIGSTOP')
        await delay(settleMs)
        at.push(await percentOfCore())
      }
    }
    const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
    const show = (numbers: number[]) => numbers.map((number) => number.toFixed(1)).join(' ')
    console.log(
      `  three brokers use ${mean(watched).toFixed(2)} % of a core watched (${show(watched)}), ` +
        `${mean(alone).toFixed(2)} % alone (${show(alone)}): ${((mean(watched) - mean(alone)) / 3).toFixed(2)} % a broker for being watched; load average ${loadavg()[0]?.toFixed(1)}`
    )
  } finally {
    service.kill('SIGCONT')
    const ended = once(service, 'exit')
    service.disconnect()
    await ended
  }
}

async function percentOfCore(): Promise<number> {
  const before = await brokersCpuMs(stateDir)
  const startedAt = performance.now()
  await delay(seconds * 1000)
  const elapsedMs = performance.now() - startedAt
  return (((await brokersCpuMs(stateDir)) - before) / elapsedMs) * 100
}

async function startService() {
  const local = (ports: number[]) => ports.map((port) => `127.0.0.1:${port}`).join(',')
  const { kafka, jmx, zookeeper } = definition.ports
  const child = fork(new URL('health-service-child.ts', import.meta.url), {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      KOPS_DATA_DIR: join(stateDir, 'health-data'),
      KOPS_BOOTSTRAP_SERVERS: local(kafka),
      KOPS_ZOOKEEPER_SERVERS: local(zookeeper),
      KOPS_JMX_TARGETS: local(jmx),
      KOPS_POLL_INTERVAL_MS: values.poll,
      KOPS_PULSE_INTERVAL_MS: values.pulse,
      KOPS_PROBE_INTERVAL_MS: values.probe
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('health-service ended')))
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'listening') resolve()
    })
  })
  return child
}

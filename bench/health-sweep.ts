/**
 * What health-service costs on a large cluster: its full sweep (median, and by part), the CPU of its process at the default
 * interval, its memory, and /metrics. On a given cluster, whose topics and groups `bench-health-*` are made if missing:
 *   node bench/health-sweep.ts --bootstrap 127.0.0.1:9092 [--jmx 127.0.0.1:7071] [--zookeeper 127.0.0.1:2181] [--clean]
 * or on one of its own, in a folder of its own, at growing sizes (several minutes):
 *   node bench/health-sweep.ts --growth
 * Sizes are topics:groups, of 12 partitions and 60 commits each: [--sizes 150:300,450:600,834:1000] [--sweeps 15] [--seconds 60]
 * [--semi-space 2,4,8]: MiB of V8's young generation (--max-semi-space-size), each measured
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { request } from 'undici'
import { createThrowawayCluster } from '../test/integration/support/throwaway-cluster.ts'
import { cleanFixture, type FixtureSize, makeFixture, partitionsPerTopic } from './health-fixture.ts'
import type { ChildMessage } from './health-service-child.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094' },
    jmx: { type: 'string', default: '127.0.0.1:7071,127.0.0.1:7072,127.0.0.1:7073' },
    zookeeper: { type: 'string', default: '127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183' },
    growth: { type: 'boolean', default: false },
    sizes: { type: 'string' },
    sweeps: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '60' },
    // As shared/cluster/stack/services.ts starts it.
    'semi-space': { type: 'string', default: '8' },
    clean: { type: 'boolean', default: false }
  }
})

interface Servers {
  bootstrap: string
  jmx: string
  zookeeper: string
}

/** One measurement; times are milliseconds. */
interface Measured {
  sweepMs: number
  worstMs: number
  sweepCpuMs: number
  cpuMsPerMinute: number
  rssMiB: number
  metricsMs: number
  metricsKiB: number
  partsMs: Record<string, number>
}

const sizes: FixtureSize[] = (values.sizes ?? (values.growth ? '150:300,450:600,834:1000' : '150:300'))
  .split(',')
  .map((size) => size.split(':').map(Number))
  .map(([topics = 0, groups = 0]) => ({ topics, groups }))

if (values.growth) await onOwnCluster(measureSizes)
else await measureSizes(values)

async function measureSizes(servers: Servers): Promise<void> {
  const bootstrap = servers.bootstrap.split(',')
  try {
    for (const size of sizes) {
      const startedAt = performance.now()
      await makeFixture(bootstrap, size)
      const { topics, groups } = size
      console.log(`\n${topics * partitionsPerTopic} partitions, ${groups} groups, ${groups * 60} commits`)
      console.log(`  made in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
      await delay(5000)
      for (const semiSpace of values['semi-space'].split(',')) {
        console.log(`  semi-space       ${semiSpace} MiB`)
        print(await measure(servers, semiSpace))
      }
    }
  } finally {
    if (values.clean) await cleanFixture(bootstrap)
  }
}

async function measure(servers: Servers, semiSpace: string): Promise<Measured> {
  const often = await startService(servers, semiSpace, 1000)
  let sweeps: Extract<ChildMessage, { kind: 'sweep' }>[]
  let sweepCpuMs: number
  try {
    // The first sweeps warm up: they open connections and compile code.
    await often.sweeps(3)
    const before = await often.usage()
    sweeps = await often.sweeps(Number(values.sweeps))
    sweepCpuMs = ((await often.usage()).cpuMs - before.cpuMs) / sweeps.length
  } finally {
    await often.end()
  }
  const [warning, ...others] = sweeps.flatMap(({ warnings }) => warnings)
  // Unread parts cost nothing: the results would be too good.
  if (warning !== undefined) console.log(`  ${others.length + 1} warnings, such as ${warning}`)

  const seldom = await startService(servers, semiSpace, 30_000)
  try {
    await seldom.sweeps(1)
    const before = await seldom.usage()
    const seconds = Number(values.seconds)
    await delay(seconds * 1000)
    const after = await seldom.usage()
    const scrapes: { tookMs: number; bytes: number }[] = []
    for (let count = 0; count < 7; count++) scrapes.push(await scrape(seldom.url))
    return {
      sweepMs: median(sweeps.map(({ durationMs }) => durationMs)),
      worstMs: Math.max(...sweeps.map(({ durationMs }) => durationMs)),
      sweepCpuMs,
      cpuMsPerMinute: ((after.cpuMs - before.cpuMs) / seconds) * 60,
      rssMiB: (await seldom.usage()).rssBytes / 1024 / 1024,
      metricsMs: median(scrapes.map(({ tookMs }) => tookMs)),
      metricsKiB: median(scrapes.map(({ bytes }) => bytes)) / 1024,
      partsMs: Object.fromEntries(
        Object.keys(sweeps[0]?.partsMs ?? {}).map((part) => [
          part,
          median(sweeps.map(({ partsMs }) => partsMs[part] ?? 0))
        ])
      )
    }
  } finally {
    await seldom.end()
  }
}

function print(measured: Measured): void {
  const whole = (value: number) => value.toFixed(0)
  console.log(`  sweep            ${whole(measured.sweepMs)} ms median, ${whole(measured.worstMs)} ms at worst`)
  console.log(`  CPU of a sweep   ${whole(measured.sweepCpuMs)} ms`)
  console.log(`  CPU              ${whole(measured.cpuMsPerMinute)} ms a minute, a sweep every 30 s`)
  console.log(`  RSS              ${whole(measured.rssMiB)} MiB`)
  console.log(`  /metrics         ${whole(measured.metricsMs)} ms, ${whole(measured.metricsKiB)} KiB`)
  const parts = Object.entries(measured.partsMs).map(([part, ms]) => `${part} ${whole(ms)}`)
  console.log(`  parts, ms        ${parts.join(', ')}`)
  console.log(`  load average     ${loadavg()[0]?.toFixed(1)}`)
}

async function startService(servers: Servers, semiSpace: string, pollIntervalMs: number) {
  const child = fork(new URL('health-service-child.ts', import.meta.url), {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NODE_OPTIONS: `--max-semi-space-size=${semiSpace}`,
      KOPS_BOOTSTRAP_SERVERS: servers.bootstrap,
      KOPS_ZOOKEEPER_SERVERS: servers.zookeeper,
      KOPS_JMX_TARGETS: servers.jmx,
      KOPS_POLL_INTERVAL_MS: String(pollIntervalMs)
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const messages = messagesOf(child)
  const { url } = await messages('listening')
  return {
    url,
    async sweeps(count: number) {
      const found: Extract<ChildMessage, { kind: 'sweep' }>[] = []
      while (found.length < count) found.push(await messages('sweep'))
      return found
    },
    usage() {
      const told = messages('usage')
      child.send('usage')
      return told
    },
    async end() {
      const ended = once(child, 'exit')
      child.disconnect()
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    }
  }
}

/** The next message of a kind, including those that arrived before the call. */
function messagesOf(child: ChildProcess) {
  const kept: ChildMessage[] = []
  const waiting = new Set<() => void>()
  child.on('message', (message: ChildMessage) => {
    kept.push(message)
    for (const look of waiting) look()
  })
  return function next<Kind extends ChildMessage['kind']>(kind: Kind): Promise<Extract<ChildMessage, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error('health-service ended'))
      const look = () => {
        const index = kept.findIndex((message) => message.kind === kind)
        const [message] = index === -1 ? [] : kept.splice(index, 1)
        if (!message || !isOf(message, kind)) return
        waiting.delete(look)
        child.off('exit', fail)
        resolve(message)
      }
      waiting.add(look)
      child.once('exit', fail)
      look()
    })
  }
}

function isOf<Kind extends ChildMessage['kind']>(
  message: ChildMessage,
  kind: Kind
): message is Extract<ChildMessage, { kind: Kind }> {
  return message.kind === kind
}

async function scrape(url: string): Promise<{ tookMs: number; bytes: number }> {
  const startedAt = performance.now()
  const { body } = await request(`${url}/metrics`)
  const bytes = (await body.arrayBuffer()).byteLength
  return { tookMs: performance.now() - startedAt, bytes }
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

/** Three brokers and three ZooKeepers with more memory than usual, taken down after. */
async function onOwnCluster(work: (servers: Servers) => Promise<void>): Promise<void> {
  const { definition, agent, takeDown } = await createThrowawayCluster({
    name: 'kops-bench-health',
    heap: { broker: '768m', zookeeper: '256m' },
    mode: 'zookeeper'
  })
  try {
    await agent.up()
    const local = (ports: number[]) => ports.map((port) => `127.0.0.1:${port}`).join(',')
    const { kafka, jmx, zookeeper } = definition.ports
    await work({ bootstrap: local(kafka), jmx: local(jmx), zookeeper: local(zookeeper) })
  } finally {
    await takeDown()
  }
}

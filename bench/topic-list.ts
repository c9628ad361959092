/**
 * GET /api/topics beside a bare Fastify route that returns the same bytes: requests per second, in turns, each server in a
 * process of its own, with autocannon. Prints each round and the median ratio.
 * Needs a cluster; makes the topics that are missing and, with --clean, deletes them after:
 *   node bench/topic-list.ts --bootstrap 127.0.0.1:9092 [--topics 1000] [--rounds 5] [--seconds 4] [--clean]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import kafkajs from 'kafkajs'
import { request } from 'undici'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092' },
    topics: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    clean: { type: 'boolean', default: false }
  }
})
const brokers = values.bootstrap.split(',')
const prefix = 'bench-topic-list-'
const names = Array.from({ length: Number(values.topics) }, (_, index) => `${prefix}${String(index).padStart(5, '0')}`)
const admin = new kafkajs.Kafka({ brokers, clientId: 'kops-bench', logLevel: kafkajs.logLevel.NOTHING }).admin()

await admin.connect()
const children: ChildProcess[] = []
try {
  await makeTopics()
  const service = await start('topic-list-service.ts', { KOPS_BOOTSTRAP_SERVERS: values.bootstrap })
  const path = '/api/topics?limit=10000'
  const answer = await request(`${service}${path}`)
  const bytes = await answer.body.text()
  const listed: unknown[] = JSON.parse(bytes).topics
  console.log(`${listed.length} topics, ${bytes.length} bytes, status ${answer.statusCode}`)
  const bare = await start('topic-list-bare.ts', {}, bytes)

  const ratios: number[] = []
  for (let round = 1; round <= Number(values.rounds); round++) {
    const [first, second] = round % 2 === 1 ? [service, bare] : [bare, service]
    const results = new Map<string, number>()
    for (const url of [first, second]) results.set(url, await rate(`${url}${path}`))
    const ratio = (results.get(service) ?? 0) / (results.get(bare) ?? 1)
    ratios.push(ratio)
    const figure = (url: string) => (results.get(url) ?? 0).toFixed(0)
    console.log(`round ${round}: admin-service ${figure(service)}/s, bare ${figure(bare)}/s, ratio ${ratio.toFixed(2)}`)
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)]
  console.log(`median ratio ${median?.toFixed(2)}`)
} finally {
  for (const child of children) child.kill()
  if (values.clean) await inBatches(names, (topics) => admin.deleteTopics({ topics }))
  await admin.disconnect()
}

async function makeTopics(): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = names.filter((name) => !existing.has(name))
  await inBatches(missing, (topics) =>
    admin.createTopics({
      timeout: 60_000,
      // kafkajs keeps polling for a hundred topics at once; the benchmark polls the service below instead.
      waitForLeaders: false,
      topics: topics.map((topic) => ({ topic, numPartitions: 3, replicationFactor: 1 }))
    })
  )
}

async function inBatches(items: string[], act: (batch: string[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += 100) await act(items.slice(from, from + 100))
}

/** Starts a server that sends its address once it listens. */
async function start(script: string, env: Record<string, string>, message?: string): Promise<string> {
  const child = fork(new URL(script, import.meta.url), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  children.push(child)
  if (message !== undefined) child.send(message)
  const [address] = (await once(child, 'message')) as [string]
  return address
}

async function rate(url: string): Promise<number> {
  const result = await autocannon({ url, connections: 10, duration: Number(values.seconds) })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`)
  return result.requests.average
}

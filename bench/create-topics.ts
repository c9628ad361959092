/**
 * POST /api/topics/batch beside Kafka's own AdminClient (Java, warm): milliseconds for 100 topics of 3 partitions and 3
 * replicas in one call, in turns. The AdminClient returns when the controller knows the leaders; admin-service when every
 * broker does. Topics are deleted between the turns, and the cluster is left alone until they are gone. Needs a cluster and Java:
 *   node bench/create-topics.ts --bootstrap 127.0.0.1:9092 [--topics 100] [--rounds 5]
 */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { request } from 'undici'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092' },
    topics: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' }
  }
})
const count = Number(values.topics)
const prefix = `bench-create-${Date.now().toString(36)}-`

const service = fork(new URL('topic-list-service.ts', import.meta.url), {
  env: { ...process.env, KOPS_BOOTSTRAP_SERVERS: values.bootstrap },
  stdio: ['ignore', 'ignore', 'inherit', 'ipc']
})
const libs = fileURLToPath(new URL('../kafka/libs/*', import.meta.url))
const source = fileURLToPath(new URL('create-topics-bare.java', import.meta.url))
const java = spawn('java', ['-cp', libs, source, values.bootstrap], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: java.stdout })[Symbol.asyncIterator]()

try {
  const [url] = (await once(service, 'message')) as [string]
  await lines.next()
  const ratios: number[] = []
  for (let round = 0; round <= Number(values.rounds); round++) {
    const turns = [() => byAdminClient(`${prefix}j${round}-`), () => byService(url, `${prefix}k${round}-`)]
    const times = [0, 0]
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
      times[index] = (await turns[index]?.()) ?? 0
      await deleteAll()
    }
    const [bare = 1, kops = 0] = times
    // The first turn of each warms up.
    if (round === 0) continue
    ratios.push(kops / bare)
    console.log(
      `round ${round}: admin-service ${kops.toFixed(0)} ms, AdminClient ${bare} ms, ratio ${(kops / bare).toFixed(2)}`
    )
  }
  console.log(`median ratio ${ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)]?.toFixed(2)}`)
} finally {
  await deleteAll()
  service.kill()
  java.stdin.end()
}

async function byAdminClient(name: string): Promise<number> {
  return await askJava(`create ${name} ${count}`)
}

async function askJava(command: string): Promise<number> {
  java.stdin.write(`${command}\n`)
  const { value, done } = await lines.next()
  if (done) throw new Error(`the AdminClient ended at: ${command}`)
  return Number(value)
}

async function byService(url: string, name: string): Promise<number> {
  const topics = Array.from({ length: count }, (_, index) => ({
    name: `${name}${index}`,
    partitions: 3,
    replicationFactor: 3
  }))
  const startedAt = performance.now()
  const { statusCode, body } = await request(`${url}/api/topics/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ topics })
  })
  const text = await body.text()
  if (statusCode !== 201) throw new Error(`${statusCode} ${text}`)
  return performance.now() - startedAt
}

/** Brokers remove replicas after the topics have left the metadata: give them more time. */
async function deleteAll(): Promise<void> {
  while ((await askJava(`delete ${prefix}`)) > 0) await sleep(8000)
}

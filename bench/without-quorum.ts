/**
 * What each API that kops uses needs of a cluster: sends each once to one broker of a cluster of its own, with its metadata
 * quorum and without (two ZooKeepers, or two KRaft controllers, killed), and reports whether it was answered, how fast, and
 * how many request handlers of the broker wait in it: while kops waits, and after kops has closed its connection. Several
 * minutes; needs jstack. The table in docs/requests.md is from this.
 *   node bench/without-quorum.ts [--mode zookeeper|kraft]
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import * as kafka from '@platformatic/kafka'
import type { Agent } from '#shared/cluster/agent-port.ts'
import { nodeFiles } from '#shared/cluster/local/node-files.ts'
import { parseRecord } from '#shared/cluster/process-identity.ts'
import { createThrowawayCluster } from '../test/integration/support/throwaway-cluster.ts'
import {
  alteration,
  alterConfigs,
  created,
  group,
  type Question,
  questions,
  topic
} from './without-quorum-questions.ts'

const { values } = parseArgs({ options: { mode: { type: 'string', default: 'zookeeper' } } })
const mode = values.mode === 'kraft' ? 'kraft' : 'zookeeper'

/** A request that has no answer by then hangs: with the quorum there each takes milliseconds. */
const patienceMs = 8000
/** Kafka allows at most doubling the number at a time: enough for each hanging request to have its own. */
const handlerSteps = ['8', '16', '32']

interface Answer {
  /** null: none within the patience. */
  tookMs: number | null
  refusal: string | null
}

const { stateDir, definition, agent, takeDown } = await createThrowawayCluster({
  name: 'kops-bench-quorum',
  heap: { broker: '384m', zookeeper: '128m' },
  mode,
  adjust: (three) => ({ ...three, authorizer: true })
})
try {
  await agent.up()
  await run(agent)
} finally {
  await takeDown()
}

async function run(agent: Agent): Promise<void> {
  const controllerOf = () =>
    withConnection(1, async (c) => (await kafka.metadataV12.api.async(c, [], false, false)).controllerId)
  const controller = mode === 'kraft' ? 1 : await controllerOf()
  await prepare(controller)
  const asked = 1
  const broker = ({ change }: Question) => (change === true ? controller : asked)
  const changesOnce = new Set([
    'DeleteTopics',
    'CreateTopics',
    'CreatePartitions',
    'FindCoordinator, topic missing',
    'FindCoordinator, missing, controller'
  ])

  console.log(`${mode}; with the quorum`)
  const healthy = new Map<string, Answer>()
  for (const question of questions) {
    if (changesOnce.has(question.name)) continue
    healthy.set(question.name, (await ask(broker(question), question)).answer)
  }

  const killed = mode === 'kraft' ? ['kafka-2', 'kafka-3'] : ['zookeeper-2', 'zookeeper-3']
  await Promise.all(killed.map((node) => agent.node(node, 'kill')))
  await delay(15_000)
  console.log(`${killed.join(' and ')} killed 15 s ago; waiting ${patienceMs} ms for each answer`)
  for (const question of questions) {
    const id = broker(question)
    const before = await busyHandlers(id)
    const { answer, waiting, after } = await ask(id, question, true)
    const base = healthy.get(question.name)
    console.log(
      [
        question.name.padEnd(34),
        `kafka-${id}`,
        `with: ${show(base)}`.padEnd(44),
        `without: ${show(answer)}`.padEnd(60),
        `handlers: +${waiting - before}, after the close +${after - before}`
      ].join('  ')
    )
  }
  const restoredAt = performance.now()
  await Promise.all(killed.map((node) => agent.node(node, 'start')))
  while (
    (await busyHandlers(asked)) + (await busyHandlers(controller)) > 0 &&
    performance.now() - restoredAt < 90_000
  ) {
    await delay(500)
  }
  console.log(
    `all handlers are free ${Math.round((performance.now() - restoredAt) / 1000)} s after the quorum was started: ${await busyHandlers(asked)} and ${await busyHandlers(controller)} busy`
  )
}

async function prepare(controller: number): Promise<void> {
  await withConnection(controller, async (c) => {
    await kafka.createTopicsV7.api.async(c, [created(topic)], 10_000, false)
    for (const value of handlerSteps) {
      const change = { ...alteration, name: 'num.io.threads', value }
      await alterConfigs(c, kafka.ConfigResourceTypes.BROKER, '', [change])
      await delay(3000)
    }
  })
  // The first request for a coordinator creates the offsets topic.
  for (let tries = 0; tries < 60; tries++) {
    const found = await withConnection(1, (c) => kafka.findCoordinatorV4.api.async(c, 0, [group])).catch(
      () => undefined
    )
    if (found) return
    await delay(500)
  }
}

async function ask(broker: number, { send }: Question, watched = false) {
  let waiting = 0
  const answer = await withConnection(broker, async (connection): Promise<Answer> => {
    const startedAt = performance.now()
    const outcome = await Promise.race([
      send(connection).then(
        () => null,
        (error: unknown) => refusalOf(error)
      ),
      delay(patienceMs, 'hangs')
    ])
    const tookMs = outcome === 'hangs' ? null : performance.now() - startedAt
    if (watched) waiting = await busyHandlers(broker)
    return { tookMs, refusal: outcome === 'hangs' ? null : outcome }
  })
  if (!watched) return { answer, waiting, after: waiting }
  if (waiting > 0) await delay(2000)
  return { answer, waiting, after: await busyHandlers(broker) }
}

/** Request handlers of a broker that are neither waiting for a request nor running: those that hang in one. */
async function busyHandlers(broker: number): Promise<number> {
  const record = parseRecord(await readFile(nodeFiles(stateDir, `kafka-${broker}`).record, 'utf8'))
  if (record === undefined) throw new Error(`kafka-${broker} has no process`)
  const { stdout } = await promisify(execFile)('jstack', [String(record.pid)], { maxBuffer: 32 * 1024 * 1024 })
  return stdout
    .split('\n\n')
    .filter(
      (thread) => /^"data-plane-kafka-request-handler/.test(thread) && !/RequestChannel\.receiveRequest/.test(thread)
    ).length
}

async function withConnection<T>(broker: number, use: (connection: kafka.Connection) => Promise<T>): Promise<T> {
  const connection = new kafka.Connection('bench', { connectTimeout: 3000, requestTimeout: 60_000 })
  connection.on('error', () => {})
  try {
    await connection.connect('127.0.0.1', definition.ports.kafka[broker - 1] ?? 0)
    return await use(connection)
  } finally {
    connection.socket?.destroy()
  }
}

function refusalOf(error: unknown): string {
  const inner = error instanceof AggregateError ? (error.errors.at(-1) as unknown) : error
  return inner instanceof Error
    ? (/[A-Z_]{8,}/.exec(`${(inner as { apiId?: string }).apiId ?? inner.message}`)?.[0] ?? inner.message)
    : 'failed'
}

function show(answer: Answer | undefined): string {
  if (answer === undefined) return '-'
  if (answer.tookMs === null) return 'HANGS'
  return `${answer.tookMs.toFixed(0)} ms${answer.refusal === null ? '' : ` ${answer.refusal}`}`
}

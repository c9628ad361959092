// Runs undisturbed: it measures an outage.
/**
 * Whether kops costs a cluster without a quorum anything: the same outage with its services stopped, and with the
 * services, streams and commands at work. KOPS_TEST_WITHOUT_QUORUM_SECONDS sets the duration of the second; 75 by
 * default. Needs an idle machine.
 */
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { request } from 'undici'
import { loadDefinition } from '#shared/cluster/definition.ts'
import { keptFiles } from '#shared/cluster/keeper/kept-files.ts'
import { kops } from '../../integration/cli/kops.ts'
import { agentOf, ownTopic, untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { askAgainAndAgain, lookedAt, quorumNodes } from '../../integration/support/night-shift.ts'
import { type SteadyProducer, steadyProducer } from '../../integration/support/steady-producer.ts'
import { skipWithoutZooKeeper } from '../../integration/support/test-cluster.ts'
import { adminUrl, bootstrapServers, healthUrl } from '../../integration/support/under-test.ts'

const askedSeconds = Number(process.env['KOPS_TEST_WITHOUT_QUORUM_SECONDS'] ?? 75)
const baselineSeconds = Math.max(60, Math.round(askedSeconds / 3))
t.setTimeout((askedSeconds + baselineSeconds + 400) * 1000)

const partitions = 6
/**
 * How much longer a partition may go without an acknowledgement while kops is at work, on an otherwise idle machine.
 */
const allowedMs = 2000
/** One hanging handler of four lowers the idle ratio by a quarter. */
const step = 0.2
/** The exporter's figure is an average over a minute. */
const settledMs = 45_000
const services = ['admin-service', 'health-service', 'load-test-service']

interface Outage {
  gapMs: number
  records: number
  /** The least of any broker, after the first 45 s. */
  idle: number
}

t.test(
  'a producer waits no longer without a quorum when kops is at work',
  { skip: skipWithoutZooKeeper },
  async (t) => {
    const agent = await agentOf(t)
    const stateDir = process.env['KOPS_TEST_STATE_DIR'] ?? ''
    const exporters = (await loadDefinition(stateDir))?.ports.jmx ?? []
    const { ledger } = keptFiles(stateDir)
    const signalAll = (signal: 'SIGSTOP' | 'SIGCONT') =>
      Promise.all(services.map((service) => ledger.signal(service, signal)))
    await untilHealthy()
    const topic = `do-no-harm-${Date.now().toString(36)}`
    await ownTopic(t, topic, partitions)
    const producer = await steadyProducer(t, { brokers: bootstrapServers }, topic, partitions)
    t.teardown(async () => {
      await signalAll('SIGCONT')
      await restore()
    })
    const restore = async () => {
      await Promise.all(quorumNodes.map((node) => agent.node(node, 'start')))
      await untilHealthy()
    }
    const outage = async (seconds: number): Promise<Outage> => {
      await Promise.all(quorumNodes.map((node) => agent.node(node, 'kill')))
      return measure(producer, exporters, seconds)
    }

    await signalAll('SIGSTOP')
    const alone = await outage(baselineSeconds)
    await signalAll('SIGCONT')
    await restore()
    t.comment(`kops stopped, ${baselineSeconds} s: ${described(alone)}`)

    askAgainAndAgain(t, lookedAt({ admin: adminUrl, health: healthUrl }, topic))
    const ended = new AbortController()
    const people = keepAsking(topic, ended.signal)
    const asked = await outage(askedSeconds).finally(() => ended.abort())
    await people
    t.comment(`kops at work, ${askedSeconds} s: ${described(asked)}`)
    t.ok(
      asked.gapMs <= alone.gapMs + allowedMs,
      `the longest gap is ${Math.round(asked.gapMs - alone.gapMs)} ms longer`
    )
    t.ok(asked.idle >= alone.idle - step, `the handlers are idle ${asked.idle} of the time, ${alone.idle} without kops`)
  }
)

/** Commands, one after the other, as a person types them. */
async function keepAsking(topic: string, signal: AbortSignal): Promise<void> {
  const commands = [
    ['health'],
    ['topics', 'describe', topic],
    ['topics', 'list'],
    ['groups', 'list'],
    ['topics', 'create', `${topic}-new`, '--partitions', '1', '--replication-factor', '3']
  ]
  while (!signal.aborted) {
    for (const command of commands) {
      await kops(command).catch(() => undefined)
      await delay(2000, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
    }
  }
}

async function measure(producer: SteadyProducer, exporters: number[], seconds: number): Promise<Outage> {
  producer.begin()
  const startedAt = performance.now()
  let idle = 1
  while (performance.now() - startedAt < seconds * 1000) {
    await delay(5000)
    if (performance.now() - startedAt > settledMs) idle = Math.min(idle, ...(await Promise.all(exporters.map(idleOf))))
  }
  return { gapMs: producer.longestGapMs(), records: producer.acknowledged(), idle }
}

/** The share of the last minute in which a broker's request handlers were idle. */
async function idleOf(port: number): Promise<number> {
  const name = 'kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent'
  const { body } = await request(`http://127.0.0.1:${port}/metrics?name[]=${name}`)
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(await body.text())?.[1]
  return Number(value)
}

function described({ gapMs, records, idle }: Outage): string {
  return `${records} records, longest gap ${Math.round(gapMs)} ms, handlers idle ${idle.toFixed(2)} at least`
}

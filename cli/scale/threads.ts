import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import { show } from '../answer.ts'
import type { ChangeOptions } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { UsageError } from '../output.ts'
import { table } from '../table.ts'
import { threadSettings, threadSteps } from './thread-steps.ts'

export interface ThreadOptions extends ChangeOptions {
  network?: number
  io?: number
}

interface PoolPlan {
  setting: string
  /** By broker, `kafka-1`. */
  current: Record<string, number>
  target: number
  /** The cluster-wide values, one after the other; empty if nothing is to do. */
  steps: number[]
}

/** What `kops scale threads -o json` prints. */
export interface ThreadPlan {
  action: 'scale-threads'
  dryRun: boolean
  applied: boolean
  pools: PoolPlan[]
}

/** A broker learns of a cluster-wide setting in well under a second. */
const takesOverMs = 20_000
const pauseMs = 300

/** Changes the thread pools of all brokers while they run, in as many steps as Kafka wants. */
export async function scaleThreads(context: CommandContext, options: ThreadOptions): Promise<void> {
  const { output } = context
  const wanted = Object.entries(threadSettings).flatMap(([pool, setting]) => {
    const target = options[pool as keyof typeof threadSettings]
    return target === undefined ? [] : [{ setting, target }]
  })
  if (wanted.length === 0) throw new UsageError('--network or --io is required')
  const client = await clientFor(context)
  const pools: PoolPlan[] = []
  const { byBroker, own } = await threadsOf(client)
  for (const { setting, target } of wanted) {
    const overridden = own.filter((each) => each.setting === setting).map(({ broker }) => broker)
    if (overridden.length > 0) {
      throw new KopsError(
        'broker_config_invalid',
        `${overridden.join(', ')} has a ${setting} of its own, which goes before the cluster-wide one: kops brokers config unset ${overridden[0]} ${setting}`
      )
    }
    const current = Object.fromEntries(byBroker.map(({ broker, threads }) => [broker, threads[setting] ?? 0]))
    pools.push({ setting, current, target, steps: threadSteps(Object.values(current), target) })
  }
  const plan: ThreadPlan = { action: 'scale-threads', dryRun: options.dryRun ?? false, applied: false, pools }
  if (!plan.dryRun) {
    for (const { setting, steps } of pools) {
      for (const value of steps) await takeStep(client, setting, value, output.error)
    }
    plan.applied = pools.some(({ steps }) => steps.length > 0)
  }
  show(output, options, plan, () => {
    const rows = pools.map(({ setting, current, target, steps }) => [
      setting,
      [...new Set(Object.values(current))].join(', '),
      String(target),
      steps.join(', ') || 'nothing to do'
    ])
    output.print(table(['SETTING', 'NOW', 'TARGET', plan.applied ? 'STEPS TAKEN' : 'STEPS'], rows))
  })
}

/** One cluster-wide value, which each broker then has. @throws KopsError broker_config_invalid if one does not take it over */
async function takeStep(client: Client, setting: string, value: number, say: (line: string) => void): Promise<void> {
  await client.call(endpoints.alterDefaultBrokerConfigs, { query: {}, body: { configs: { [setting]: String(value) } } })
  const behind = async () =>
    (await threadsOf(client)).byBroker.filter(({ threads }) => threads[setting] !== value).map(({ broker }) => broker)
  const { done, answer } = await poll(behind, (brokers) => brokers.length === 0, { timeoutMs: takesOverMs, pauseMs })
  if (!done) {
    throw new KopsError(
      'broker_config_invalid',
      `${answer?.join(', ')} did not take over ${setting}=${value}; look at its log`
    )
  }
  say(`${setting}=${value} on every broker`)
  // A pool that shrinks ends its threads one by one.
  await sleep(pauseMs)
}

/** The threads of each broker, and the settings that only one broker has. */
async function threadsOf(client: Client) {
  const { brokers } = await client.call(endpoints.listBrokers, {})
  const own: { broker: string; setting: string }[] = []
  const byBroker = await Promise.all(
    brokers.map(async ({ id }) => {
      const { configs } = await client.call(endpoints.listBrokerConfigs, { params: { brokerId: id } })
      const threads: Record<string, number> = {}
      for (const { name, value, source } of configs) {
        if (name !== threadSettings.network && name !== threadSettings.io) continue
        threads[name] = Number(value)
        if (source === 'dynamic_broker') own.push({ broker: brokerName(id), setting: name })
      }
      return { broker: brokerName(id), threads }
    })
  )
  return { byBroker, own }
}

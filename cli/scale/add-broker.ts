import { createServer } from 'node:net'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import { nextPort, withBroker } from '#shared/cluster/scale/broker-count.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import type { CommandContext } from '../context.ts'
import { type BrokerScalePlan, stepsToAdd } from './broker-plan.ts'
import { readBrokerState } from './broker-state.ts'
import type { BrokerOptions } from './brokers.ts'
import { followMoves } from './follow-moves.ts'
import { type OwnCluster, statusWithoutFaults } from './own-cluster.ts'

export interface BrokerWork {
  context: Pick<CommandContext, 'output'>
  cluster: OwnCluster
  /** Of the broker that comes or goes. */
  id: number
  options: BrokerOptions
  signal: AbortSignal
}

/** A broker is registered a moment after it answers. */
const registeredMs = 60_000
const pauseMs = 500
/** A second round moves what was created during the first one. */
const mostRounds = 3

/** What addBroker() would do, and what of it is done. Changes nothing. */
export async function planAddition(work: BrokerWork): Promise<BrokerScalePlan> {
  const { cluster, id } = work
  const definition = await extended(cluster.definition, id)
  const state = await readBrokerState(cluster, id, 'add', work.options.throttle)
  const [kafka, jmx] = [definition.ports.kafka[id - 1] ?? 0, definition.ports.jmx[id - 1] ?? 0]
  return {
    ...{ action: 'add-broker', broker: brokerName(id), dryRun: work.options.dryRun ?? false, applied: false },
    steps: stepsToAdd(state, { kafka, jmx }),
    throttleBytesPerSec: work.options.throttle,
    movement: state.movement,
    warnings: state.warnings
  }
}

/** Starts the broker, lets it be watched, gives it its share of replicas, and has preferred leaders elected. Idempotent. */
export async function addBroker(work: BrokerWork): Promise<BrokerScalePlan> {
  const { cluster, id, signal } = work
  const { client, progress } = cluster
  const name = brokerName(id)
  await statusWithoutFaults(cluster.definition)
  const definition = await extended(cluster.definition, id)
  const stack = await cluster.stackOf(definition)
  await stack.addBroker(name, progress)
  const isThere = async () => {
    signal.throwIfAborted()
    const { brokers } = await client.call(endpoints.listBrokers, { signal })
    return brokers.some((broker) => broker.id === id && broker.reachable)
  }
  const { done } = await poll(isThere, Boolean, { timeoutMs: registeredMs, pauseMs, signal })
  if (!done)
    throw new KopsError('broker_unreachable', `${name} answers, and the cluster does not see it; its log says why`)
  await stack.scrapeBrokers(progress)
  await stack.watchBrokers(progress)
  await fill(work)
  const body = { kind: 'preferred' as const, partitions: 'all' as const, reason: `kops scale: ${name} was added` }
  await client.call(endpoints.electLeaders, { query: {}, body, signal })
  const own = { ...work, cluster: { ...cluster, definition } }
  return { ...(await planAddition(own)), applied: true }
}

/** Moves its share to the broker, and waits for it. */
async function fill({
  cluster: { client, progress },
  context: { output },
  id,
  options,
  signal
}: BrokerWork): Promise<void> {
  const name = brokerName(id)
  const say = (line: string) => output.error(`    ${line}`)
  const step = `replicas to ${name}`
  progress({ step, state: 'started' })
  for (let round = 1; ; round++) {
    // Those of an earlier call, or somebody else's: a plan beside them would contradict them.
    await followMoves(client, id, { say, signal })
    const result = await client.call(endpoints.refillBroker, {
      params: { brokerId: id },
      query: {},
      body: { throttleBytesPerSec: options.throttle },
      signal
    })
    const [refused] = result.refused
    if (refused) throw new KopsError('reassignment_invalid', `${refused.topic}-${refused.partition}: ${refused.detail}`)
    if (result.movement.copies === 0) break
    if (round === mostRounds) {
      throw new KopsError(
        'reassignment_conflict',
        `Replicas move to and fro: after ${mostRounds} rounds ${name} still has not its share`
      )
    }
  }
  progress({ step, state: 'done' })
}

/** With the broker, if it is not in the definition yet. */
async function extended(definition: ClusterDefinition, id: number): Promise<ClusterDefinition> {
  if (definition.ports.kafka.length >= id) return definition
  const kafka = await nextPort(definition, 'kafka', canListen)
  const jmx = await nextPort(
    { ...definition, ports: { ...definition.ports, kafka: [...definition.ports.kafka, kafka] } },
    'jmx',
    canListen
  )
  return withBroker(definition, { kafka, jmx })
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

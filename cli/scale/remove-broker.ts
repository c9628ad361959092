import { withAgent } from '#shared/cluster/agent/client.ts'
import { modeOf } from '#shared/cluster/definition.ts'
import { assertRemovable, withoutBroker } from '#shared/cluster/scale/broker-count.ts'
import type { Broker } from '#shared/contracts/brokers.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import { assertSafe } from '../commands/cluster-restart.ts'
import { askOf, restartOf } from '../commands/what-if.ts'
import { given } from '../given.ts'
import { counted } from '../output.ts'
import type { BrokerWork } from './add-broker.ts'
import { type BrokerScalePlan, stepsToRemove } from './broker-plan.ts'
import { readBrokerState } from './broker-state.ts'
import { followMoves } from './follow-moves.ts'
import { statusWithoutFaults } from './own-cluster.ts'

/** A broker deletes replicas that have moved away, and the service removes the throttle, within seconds. */
const settlesMs = 120_000
/** With ZooKeeper a broker that hung is forgotten when its session ends, after 6 s. */
const forgottenMs = 30_000
const pauseMs = 500
const inSyncMs = 30_000
/** Topics may be created on it until it stops. */
const mostRounds = 3

/** What removeBroker() would do, and what of it is done. Changes nothing. */
export async function planRemoval(work: BrokerWork): Promise<BrokerScalePlan> {
  const { cluster, id, options } = work
  assertRemovable(cluster.definition, brokerName(id))
  const state = await readBrokerState(cluster, id, 'remove', options.throttle)
  return {
    ...{ action: 'remove-broker', broker: brokerName(id), dryRun: options.dryRun ?? false, applied: false },
    steps: stepsToRemove(state, modeOf(cluster.definition)),
    throttleBytesPerSec: options.throttle,
    movement: state.movement,
    warnings: state.warnings
  }
}

/**
 * Moves everything off the broker, stops it once it holds nothing, and removes it with its data. Idempotent.
 * @throws KopsError drain_impossible where replicas would be lost, cluster_unhealthy where that is not safe now (unless forced)
 */
export async function removeBroker(work: BrokerWork): Promise<BrokerScalePlan> {
  const { context, cluster, id, options, signal } = work
  const { definition, client, progress } = cluster
  const { force = false } = options
  const name = brokerName(id)
  assertRemovable(definition, name)
  await statusWithoutFaults(definition)
  const stack = await cluster.stackOf(definition)
  const left = await cluster.stackOf(withoutBroker(definition, name))
  const stateOfNode = async () => {
    const { nodes } = await withAgent(definition, (agent) => agent.status())
    return nodes.find((node) => node.name === name)?.state ?? 'absent'
  }

  for (let round = 1; ; round++) {
    const own = await findBroker(work)
    if (own === undefined) break
    if (round > mostRounds) {
      throw new KopsError('reassignment_conflict', `${name} gets new replicas again and again: ${own.replicas} now`)
    }
    // It was stopped by a call before this one, or by somebody, while it held replicas.
    if (own.replicas > 0 && !own.reachable) await stack.addBroker(name, progress)
    await drain(work)
    if ((await stateOfNode()) === 'running') {
      await assertSafe(context.output, name, force, () => restartOf(askOf(client), name))
    }
    progress({ step: `stopping ${name}`, state: 'started' })
    // Its exporter is about to go. health-service restarts when it is gone: it would move its probe's topic there again.
    await left.scrapeBrokers(progress)
    await withAgent(definition, (agent) => agent.node(name, 'stop', options.reason ?? 'kops scale'))
    const isGone = async () => (await findBroker(work))?.host ?? null
    const { done } = await poll(isGone, (host) => host === null, { timeoutMs: forgottenMs, pauseMs, signal })
    if (!done)
      throw new KopsError(
        'node_state_conflict',
        `${name} has stopped, and the cluster still sees it: is it another one?`
      )
    progress({ step: `stopping ${name}`, state: 'done' })
  }

  // As a rule it is stopped and unwatched: a call before this one may have been killed in between.
  if ((await stateOfNode()) === 'running')
    await withAgent(definition, (agent) => agent.node(name, 'stop', 'kops scale'))
  await left.scrapeBrokers(progress)
  await left.watchBrokers(progress)
  if (modeOf(definition) === 'kraft') {
    progress({ step: `registration of ${name}`, state: 'started' })
    await client.call(endpoints.unregisterBroker, { params: { brokerId: id }, query: {}, signal })
    progress({ step: `registration of ${name}`, state: 'done' })
  }
  await stack.removeBroker(name, progress)
  const steps = stepsToRemove({ ...gone, movement: null }, modeOf(definition))
  return {
    ...{ action: 'remove-broker', broker: name, dryRun: false, applied: true, steps },
    ...{ throttleBytesPerSec: options.throttle, movement: null, warnings: [] }
  }
}

const gone = { node: undefined, broker: undefined, isWatched: false, moving: 0 }

/** As the cluster sees it; undefined if it neither sees it nor has replicas on it. */
async function findBroker({ cluster: { client }, id, signal }: BrokerWork): Promise<Broker | undefined> {
  const { brokers } = await client.call(endpoints.listBrokers, { signal })
  return brokers.find((broker) => broker.id === id)
}

/** Resolves once the broker holds no replica, neither in the cluster's metadata nor on its disk, and no throttle is left on it. */
async function drain(work: BrokerWork): Promise<void> {
  const { context, cluster, id, options, signal } = work
  const { client, progress } = cluster
  const { throttle, force = false, reason } = options
  const name = brokerName(id)
  const say = (line: string) => context.output.error(`    ${line}`)
  const step = `replicas off ${name}`
  progress({ step, state: 'started' })
  await followMoves(client, id, { say, signal })
  await assertInSync(work)
  const result = await client.call(endpoints.drainBroker, {
    params: { brokerId: id },
    query: {},
    body: { mode: 'replicas', throttleBytesPerSec: throttle, ...given({ force: force || undefined, reason }) },
    signal
  })
  const [refused] = result.refused
  if (refused) throw new KopsError('reassignment_invalid', `${refused.topic}-${refused.partition}: ${refused.detail}`)
  await followMoves(client, id, { say, signal })
  const leftover = async () => {
    const [own, { throttle: placed }] = await Promise.all([
      findBroker(work),
      client.call(endpoints.listReassignments, { query: {}, signal })
    ])
    const onDisk = own?.logDirs?.reduce((sum, dir) => sum + dir.replicas, 0) ?? 0
    return [
      ...(own && own.replicas > 0 ? [`${counted(own.replicas, 'replica')} in the metadata`] : []),
      ...(onDisk > 0 ? [`${counted(onDisk, 'replica')} on disk`] : []),
      ...(placed?.brokers.includes(id) ? ['a throttle'] : [])
    ]
  }
  const { done, answer } = await poll(leftover, (left) => left.length === 0, { timeoutMs: settlesMs, pauseMs, signal })
  if (!done)
    throw new KopsError('broker_in_use', `${name} still has ${answer.join(' and ')}; nothing was stopped. Try again`)
  progress({ step, state: 'done' })
}

/** A drain with a replica out of sync would leave too little if something else happened. @throws KopsError cluster_unhealthy */
async function assertInSync({ context, cluster: { client }, options, signal }: BrokerWork): Promise<void> {
  const lagging = async () => {
    const { brokers } = await client.call(endpoints.listBrokers, { signal })
    return brokers.filter(({ outOfSync }) => outOfSync > 0)
  }
  // What has just moved, or restarted, is in sync a moment later.
  const { done, answer: late } = await poll(lagging, ({ length }) => length === 0, {
    timeoutMs: inSyncMs,
    pauseMs,
    signal
  })
  if (done) return
  const said = `replicas are out of sync on ${late.map(({ id, outOfSync }) => `${brokerName(id)} (${outOfSync})`).join(', ')}`
  if (options.force) return context.output.error(`warning: ${said}`)
  throw new KopsError('cluster_unhealthy', `Nothing was moved: ${said}. Wait, or --force with --reason`)
}

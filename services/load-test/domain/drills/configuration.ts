import type { Drill } from '#shared/contracts/drills.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'
import { fingerprintOf } from '../load/fingerprint.ts'

/** Settings that decide when a fault is noticed, who is elected, and what clients see of it. */
export const drillSettings = {
  broker: [
    'auto.leader.rebalance.enable',
    'broker.heartbeat.interval.ms',
    'broker.session.timeout.ms',
    'controlled.shutdown.enable',
    'controller.quorum.election.timeout.ms',
    'controller.quorum.fetch.timeout.ms',
    'default.replication.factor',
    'group.initial.rebalance.delay.ms',
    'inter.broker.protocol.version',
    'leader.imbalance.check.interval.seconds',
    'min.insync.replicas',
    'num.replica.fetchers',
    'offsets.topic.replication.factor',
    'replica.fetch.wait.max.ms',
    'replica.lag.time.max.ms',
    'replica.socket.timeout.ms',
    'security.inter.broker.protocol',
    'transaction.state.log.min.isr',
    'transaction.state.log.replication.factor',
    'unclean.leader.election.enable',
    'zookeeper.connection.timeout.ms',
    'zookeeper.session.timeout.ms'
  ],
  topic: ['min.insync.replicas', 'unclean.leader.election.enable']
}

/** Reads the configuration of the cluster, and of a topic if there is one; parts that cannot be read are null. Never rejects. */
export type ReadConfiguration = (topic: string | null, signal: AbortSignal) => Promise<Fingerprint>

/**
 * A runner whose drills have the configuration that they ran in, read before anything is done to the cluster.
 * @param ownTopic of a topic that a drill makes for itself, which is not there yet
 */
export function withConfiguration(
  runner: JobRunner<Drill>,
  read: ReadConfiguration,
  ownTopic: { replicationFactor: number; minInsyncReplicas: number }
): JobRunner<Drill> {
  async function configurationOf(topic: string | undefined, signal: AbortSignal): Promise<Fingerprint> {
    const { parts } = await read(topic ?? null, signal)
    if (topic !== undefined) return fingerprintOf(withoutPartitions(parts))
    const { replicationFactor, minInsyncReplicas } = ownTopic
    return fingerprintOf({
      ...withoutPartitions(parts),
      'topic.replicationFactor': String(replicationFactor),
      'topic.min.insync.replicas': String(minInsyncReplicas),
      'topic.unclean.leader.election.enable': parts['broker.unclean.leader.election.enable'] ?? null
    })
  }

  return {
    ...runner,
    start: (prepare, how) =>
      runner.start(async (id) => {
        const prepared = await prepare(id)
        return {
          ...prepared,
          async work(context) {
            context.update({ fingerprint: await configurationOf(context.current().request?.topic, context.signal) })
            return prepared.work(context)
          }
        }
      }, how)
  }
}

/** How many partitions a topic has changes nothing about how its partitions fail. */
function withoutPartitions({ 'topic.partitions': _, ...parts }: Fingerprint['parts']): Fingerprint['parts'] {
  return parts
}

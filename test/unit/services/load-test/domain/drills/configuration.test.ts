import t from 'tap'
import { withConfiguration } from '#services/load-test/domain/drills/configuration.ts'
import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { JobRunner, PreparedJob } from '#shared/jobs/runner.ts'
import { drill } from '../../../../cli/drills/drill.ts'

const own = { replicationFactor: 3, minInsyncReplicas: 2 }
const parts = { brokers: 'kafka-1', 'broker.unclean.leader.election.enable': 'false', 'topic.partitions': '12' }

/** Starts a drill, and resolves to what its work found, and what was read for it. */
async function started(change: Partial<Drill>) {
  const read: (string | null)[] = []
  let current = drill(change)
  let prepared: PreparedJob<Drill> | undefined
  const runner: Pick<JobRunner<Drill>, 'start'> = {
    async start(prepare) {
      prepared = await prepare('id')
      return prepared.job
    }
  }
  const found: Drill[] = []
  const readConfiguration = async (topic: string | null) => {
    read.push(topic)
    return fingerprintOf({ ...parts, 'topic.replicationFactor': topic === null ? null : '2' })
  }
  await withConfiguration(runner as JobRunner<Drill>, readConfiguration, own).start(async () => ({
    job: current,
    async work(context) {
      found.push(context.current())
      return { status: 'completed' }
    },
    abandon: async () => {}
  }))
  await prepared?.work({
    signal: new AbortController().signal,
    current: () => current,
    update(changed) {
      current = { ...current, ...changed }
    }
  })
  return { found: found[0]?.fingerprint, read }
}

t.test(
  'a drill has the configuration of the cluster before it does anything, and of the topic it will make',
  async (t) => {
    const { found, read } = await started({})
    t.same(read, [null])
    t.same(found?.parts, {
      brokers: 'kafka-1',
      'broker.unclean.leader.election.enable': 'false',
      'topic.replicationFactor': '3',
      'topic.min.insync.replicas': '2',
      'topic.unclean.leader.election.enable': 'false'
    })
  }
)

t.test('a drill on an existing topic has the configuration of that one', async (t) => {
  const { found, read } = await started({ request: { kind: 'broker-stop', node: 'kafka-1', topic: 'orders' } })
  t.same(read, ['orders'])
  t.same(found?.parts, {
    brokers: 'kafka-1',
    'broker.unclean.leader.election.enable': 'false',
    'topic.replicationFactor': '2'
  })
})

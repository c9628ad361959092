import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { preciseEpochMs } from '#shared/clock.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import { createConsumeThreads } from './adapters/consume-threads.ts'
import { createLoadEngines } from './adapters/load-engines.ts'
import { createLoadThreads } from './adapters/load-threads.ts'
import { createServiceLine } from './adapters/load-workers/kafka-lines.ts'
import { createTextFile } from './adapters/text-file.ts'
import { type LoadTestConfig, workerSecretOf } from './config.ts'
import type { LoadEngine } from './domain/load/engine-port.ts'
import { createWorkersEngine } from './domain/load-workers/workers-engine.ts'
import type { JobsPluginOptions } from './jobs-plugin.ts'
import type { KafkaClients } from './kafka-clients.ts'

type LoadTests = JobsPluginOptions['loadTests']

export interface LoadPartsOptions
  extends Pick<LoadTests, 'runner' | 'clock' | 'readEnvironment' | 'reports' | 'onProblem'> {
  config: LoadTestConfig
  clients: KafkaClients
  engine?: LoadEngine | undefined
}

/** What load tests are made with: threads and workers that produce, threads that consume, and what limits them. */
export function loadParts({ config, clients, engine, ...given }: LoadPartsOptions): LoadTests {
  const { kafka, servers, reader, admin, groups, admitGroups, admitTransactions, abortTransactions } = clients
  const { clientId } = kafka

  /** undefined without a secret: who can write to the topic could make load otherwise. */
  function workersEngine(): LoadEngine | undefined {
    const secret = workerSecretOf(config)
    if (!secret) return undefined
    const { clock, onProblem } = given
    const topic = config.KOPS_LOAD_WORKERS_TOPIC
    const line = createServiceLine({ kafka: { ...servers, clientId }, reader, admin, topic, secret, onProblem })
    return createWorkersEngine({ line, clock, epochMs: preciseEpochMs, newId: () => randomBytes(8).toString('hex') })
  }

  return {
    ...given,
    disks: { reader, minFreeBytes: config.KOPS_LOAD_MIN_BROKER_FREE_BYTES },
    engine: engine ?? createLoadEngines({ threads: createLoadThreads({ config, clientId }), workers: workersEngine() }),
    consume: createConsumeThreads({ config, clientId }),
    abortTransactions,
    groups,
    admitGroups,
    admitTransactions,
    admin,
    reserved: createReservedTopics({ auditTopic: config.KOPS_AUDIT_TOPIC }),
    since: createTextFile(join(config.KOPS_DATA_DIR, 'stats-since'))
  }
}

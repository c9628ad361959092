import { auditEvent } from '#shared/audit/audit-event.ts'
import type { AuditTrail } from '#shared/audit/audit-trail.ts'
import { createReassignments } from '#shared/kafka/moves/reassignments.ts'
import { createIndependentReader } from '#shared/kafka/verifying/kafkajs-reader.ts'
import type { IndependentReader } from '#shared/kafka/verifying/port.ts'
import { createMemberProcesses } from './adapters/drill-consumers/member-processes.ts'
import { createDrillProducers, createHangingProducers, drillRequestTimeoutMs } from './adapters/drill-producers.ts'
import { createEnsembleReader } from './adapters/ensemble-reader.ts'
import { type LoadTestConfig, memberEnvironment } from './config.ts'
import { consumersOf } from './domain/drills/consumers/participant.ts'
import type { FaultNote } from './domain/drills/fault-trail.ts'
import { transactionOf } from './domain/drills/hanging/participant.ts'
import type { JobsPluginOptions } from './jobs-plugin.ts'
import type { KafkaClients } from './kafka-clients.ts'

type Drills = JobsPluginOptions['drills']

export interface DrillPartsOptions extends Pick<Drills, 'runner' | 'clock' | 'connectAgent' | 'onProblem'> {
  config: LoadTestConfig
  clients: KafkaClients
  independentReader?: IndependentReader | undefined
}

/** What drills are made with: who writes, reads, consumes, looks and injects. */
export function drillParts({ config, clients, independentReader, ...given }: DrillPartsOptions): Drills {
  const { servers, reader, admin, groups, epochs, zookeeperServers, zookeeperTls, abortTransactions } = clients
  const drillClient = { ...servers, clientId: 'kops-drill' }
  return {
    ...given,
    reader,
    admin,
    reassignments: createReassignments(clients.kafka),
    createEnsemble: (status) => createEnsembleReader(status, { quorum: reader, zookeeperServers, zookeeperTls }),
    clientTimeoutMs: drillRequestTimeoutMs,
    independentReader: independentReader ?? createIndependentReader({ ...servers, clientId: 'kops-drill-reader' }),
    createProducer: createDrillProducers(drillClient),
    epochs,
    participants: [
      consumersOf({ engine: createMemberProcesses({ config, environment: memberEnvironment() }), groups }),
      transactionOf({
        ...{ reader: clients.transactions, admit: clients.admitTransactions, abortTransactions },
        createProducer: createHangingProducers(drillClient)
      })
    ],
    abortTransactions
  }
}

/** Records faults in the audit trail. Nothing waits for it: the trail spools while a drill keeps Kafka away. */
export function faultRecorder(trail: AuditTrail, onProblem: (error: unknown, what: string) => void) {
  return ({ action, succeeded, drill: { id, kind, node }, event, place }: FaultNote): void => {
    const mutation = {
      ...{ requestId: `drill-${id}-${place}`, action, dryRun: false, target: node },
      actor: { name: 'load-test-service', role: null, how: null, address: 'local' },
      note: { after: { drill: id, kind, ...event } }
    }
    const recorded = auditEvent(mutation, succeeded ? 'applied' : 'failed', { at: new Date(event.at) })
    trail.record(recorded).catch((error: unknown) => onProblem(error, `could not record ${action} of ${id}`))
  }
}

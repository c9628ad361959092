import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { createDrillProducers } from '#services/load-test/adapters/drill-producers.ts'
import { brokerGone } from '#services/load-test/domain/drills/broker-effects.ts'
import type { StageFault } from '#services/load-test/domain/drills/fault-sources.ts'
import { type DrillEnd, runDrill } from '#services/load-test/domain/drills/run.ts'
import type { Stage } from '#services/load-test/domain/drills/stages.ts'
import type { DrillParts, DrillPlan } from '#services/load-test/domain/drills/steps.ts'
import { findTopic } from '#services/load-test/domain/drills/topic.ts'
import { systemClock } from '#shared/clock.ts'
import type { Agent } from '#shared/cluster/agent-port.ts'
import type { Finding } from '#shared/contracts/drill-records.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createEpochReader } from '#shared/kafka/verifying/epoch-reader.ts'
import { createIndependentReader } from '#shared/kafka/verifying/kafkajs-reader.ts'
import { eventually } from '../../../integration/support/eventually.ts'
import { agentUnderTest, connection } from '../../../integration/support/under-test.ts'

export interface Ended extends DrillEnd {
  topic: string
  events: { event: string; detail?: string | undefined }[]
  finding(name: Finding['class']): Finding | undefined
}

/** The real parts of a drill on the cluster under test, of which a test replaces one that is to be wrong. */
export async function realParts(t: Test): Promise<DrillParts & { agent: Agent }> {
  const agent = await agentUnderTest()
  const reader = createClusterReader(connection)
  const admin = createTopicAdmin(connection)
  const epochs = createEpochReader(connection)
  t.teardown(() => Promise.all([agent.close(), reader.close(), admin.close(), epochs.close()]))
  return {
    ...{ agent, reader, admin, epochs, clock: systemClock },
    independentReader: createIndependentReader(connection),
    createProducer: createDrillProducers(connection)
  }
}

export interface Planted {
  parts: DrillParts
  /** What the drill does to the broker; its own effect counts, unless the test brings another. */
  fault?: (node: string) => StageFault
  effect?: Stage['effect']
  /** 1 by default. */
  broker?: number
  holdMs?: number
  writers?: DrillPlan['writers']
}

/** Runs a whole drill on the cluster, as soon as it is healthy. */
export async function drill(
  t: Test,
  { parts, fault, effect, broker = 1, holdMs = 1500, writers }: Planted
): Promise<Ended> {
  const node = brokerName(broker)
  const { value } = await eventually(
    'the cluster is healthy',
    () => parts.reader.metadata({ deadlineMs: 4000 }),
    ({ value: { brokers, topics } }) =>
      brokers.length === 3 &&
      topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length)),
    90_000
  )
  const id = randomUUID()
  const topic = findTopic(id, {}, { metadata: value, minInsyncReplicas: new Map() })
  const events: Ended['events'] = []
  const faults: StageFault[] = [fault?.(node) ?? { by: 'agent', kind: 'stop', node }]
  const brokers = value.brokers.filter((each) => each.id === broker)
  const end = await runDrill(parts, {
    ...{ id, kind: 'broker-stop', mode: 'zookeeper', topic, writers, signal: new AbortController().signal },
    target: { nodes: [node], brokers, detail: `${node} was named` },
    stages: [{ name: node, node, brokers, faults, holdMs, effect: effect ?? brokerGone }],
    onStatus: () => {},
    onChange: () => {},
    onEvent: (event, detail) => events.push({ event, detail })
  })
  t.comment(JSON.stringify({ ...end.verdict, events }))
  return {
    ...{ ...end, topic: topic.name, events },
    finding: (name) => end.verdict.findings?.find((finding) => finding.class === name)
  }
}

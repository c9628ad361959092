import type { Clock } from '#shared/clock.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { JmxReader, JmxReading, JmxView } from '#shared/jmx/ports.ts'
import type { ClusterReader, KraftQuorum, QuorumReader } from '#shared/kafka/cluster/port.ts'
import {
  type BrokerView,
  brokerName,
  type Deadline,
  endpointKey,
  mergeMetadata,
  metadataOf
} from '#shared/kafka/model.ts'
import type { ZookeeperReader, ZookeeperView } from '#shared/zookeeper/ports.ts'
import { createPartLog, type PartOutcomes } from './part-log.ts'
import { describeQuorum, isKnownAsKraft, noteQuorum, type QuickReadings } from './quick-reading.ts'
import type { ClusterReadings, Part } from './readings.ts'

export interface SignsPorts {
  reader: Pick<ClusterReader, 'views'> & Pick<QuorumReader, 'describeQuorum'>
  zookeepers: ZookeeperReader
  jmx: JmxReader
  clock: Clock
}

/**
 * The cluster's signs of life: which nodes answer, whether the metadata quorum has a leader, and what the brokers'
 * exporters report. The cost for each node does not depend on the number of partitions and groups.
 */
export type SignsOfLife = PartOutcomes &
  Pick<ClusterReadings, 'asOf' | 'durationMs' | 'zookeepers' | 'quorum' | 'jmx'> & {
    /** Like ClusterReadings.views, without topics. */
    views: BrokerView[]
    /** Values that change with the metadata, by subject; subjects that did not answer this time are missing. */
    marks: ReadonlyMap<string, string>
    /** Every live broker also reported through its exporter: while the marks are unchanged, so is the metadata. */
    complete: boolean
  }

/**
 * Reads the signs of life within the deadline. Rejects only if the signal aborts it.
 * @param last the previous readings: the exporters of brokers that did not answer then are skipped
 */
export async function readSigns(
  { reader, zookeepers, jmx, clock }: SignsPorts,
  deadlineMs: number,
  last: ClusterReadings | undefined,
  signal: AbortSignal
): Promise<SignsOfLife> {
  const asOf = clock.now()
  const startedAt = clock.monotonicMs()
  const log = createPartLog(clock, signal)
  const deadline: Deadline = { deadlineMs, signal }
  const kraft = isKnownAsKraft(last)
  const silent = new Set(last?.views.flatMap(({ reachable }, index) => (reachable ? [] : [index])))
  const [views, nodes, quorum, exporters] = await Promise.all([
    reader.views({ ...deadline, topics: [], evenSilent: true }),
    kraft ? [] : zookeepers.views({ ...deadline, brief: true }),
    kraft ? describeQuorum(reader, deadline) : null,
    jmx.size === 0 ? [] : jmx.views({ ...deadline, skip: silent })
  ])
  const note = (part: Part, found: readonly { reachable: boolean }[], problems: Warning[]) => {
    const durationMs = clock.monotonicMs() - startedAt
    log.note(part, { asOf, durationMs, ok: found.some(({ reachable }) => reachable) }, problems)
  }
  note('brokers', views, views.flatMap(unreachable))
  if (nodes.length > 0) note('zookeeper', nodes, nodes.flatMap(unreachable))
  if (kraft) noteQuorum(log, { asOf, durationMs: clock.monotonicMs() - startedAt, ok: true }, quorum)
  const found = isKopsError(quorum) ? null : quorum
  const heard = exporters.flatMap((exporter, index) =>
    silent.has(index) ? [] : ofBroker(exporter, views[index], last)
  )
  if (exporters.length > 0) note('jmx', exporters, heard.flatMap(unheard))
  const readings = new Map(
    heard.flatMap(({ exporter, id }): [number, JmxReading][] =>
      exporter.reachable && id !== undefined ? [[id, exporter.reading]] : []
    )
  )
  const answering = views.filter(({ reachable }) => reachable)
  return {
    asOf,
    durationMs: clock.monotonicMs() - startedAt,
    views,
    zookeepers: nodes.map((node) => withEarlierLatency(node, last)),
    jmx: readings,
    quorum: found,
    marks: marksOf(views, readings, kraft ? { quorum: found } : undefined),
    complete: answering.length > 0 && heard.filter(isTelling).length === answering.length,
    parts: log.parts,
    problems: log.problems
  }
}

/** Whether any subject that both contain differs: then the metadata may differ too. */
export function differ(before: Pick<SignsOfLife, 'marks'>, after: Pick<SignsOfLife, 'marks'>): boolean {
  return Array.from(after.marks).some(([of, mark]) => before.marks.has(of) && before.marks.get(of) !== mark)
}

/** The marks of both; for a common subject, the newer one. */
export function carryMarks(before: SignsOfLife | undefined, after: SignsOfLife): SignsOfLife {
  return before ? { ...after, marks: new Map([...before.marks, ...after.marks]) } : after
}

/**
 * The quick reading updated with newer signs of life: live nodes, brokers and controller are current, the metadata is
 * from its last reading.
 */
export function revive(quick: QuickReadings, signs: SignsOfLife): QuickReadings {
  const topicsOf = new Map(
    quick.views.map((view) => [endpointKey(view.endpoint), view.reachable ? view.metadata.topics : []])
  )
  const views = signs.views.map(
    (view): BrokerView =>
      view.reachable
        ? { ...view, metadata: { ...view.metadata, topics: topicsOf.get(endpointKey(view.endpoint)) ?? [] } }
        : view
  )
  const reported = metadataOf(signs.views)
  const metadata =
    quick.metadata && reported.length > 0 ? { ...mergeMetadata(reported), topics: quick.metadata.topics } : null
  const parts = new Map([...quick.parts, ...signs.parts])
  const problems = new Map([...quick.problems].filter(([part]) => !signs.parts.has(part)))
  for (const [part, found] of signs.problems) problems.set(part, found)
  return {
    ...quick,
    asOf: signs.asOf,
    durationMs: signs.durationMs,
    views,
    zookeepers: signs.zookeepers,
    quorum: signs.parts.has('quorum') ? signs.quorum : quick.quorum,
    metadata,
    parts,
    problems
  }
}

interface Heard {
  exporter: JmxView
  id: number | undefined
}

/**
 * Exporters are configured in the order of the configured brokers, which come first in the views; dead brokers are
 * skipped.
 */
function ofBroker(exporter: JmxView, view: BrokerView | undefined, last: ClusterReadings | undefined): Heard[] {
  if (!view?.reachable) return []
  const key = endpointKey(view.endpoint)
  const named = view.metadata.brokers.find((broker) => endpointKey(broker) === key)?.id
  const known = Array.from(last?.known.values() ?? []).find(({ endpoint }) => endpointKey(endpoint) === key)?.id
  return [{ exporter, id: named ?? known }]
}

function isTelling({ exporter }: Heard): boolean {
  return exporter.reachable && exporter.reading.counts.size > 0
}

function unheard({ exporter, id }: Heard): Warning[] {
  if (exporter.reachable) return []
  const target = id === undefined ? endpointKey(exporter.endpoint) : brokerName(id)
  return [{ code: exporter.error.code, message: exporter.error.message, target }]
}

const raftLeader = 'kafka_server_raftmetrics_current_leader'
const raftEpoch = 'kafka_server_raftmetrics_current_epoch'

/** @param kraft the quorum of a KRaft cluster, whose brokers name any broker as the controller */
function marksOf(
  views: readonly BrokerView[],
  jmx: ReadonlyMap<number, JmxReading>,
  kraft: { quorum: KraftQuorum | null } | undefined
): Map<string, string> {
  const marks = new Map<string, string>()
  for (const view of views) marks.set(endpointKey(view.endpoint), String(view.reachable))
  const known = metadataOf(views)
  if (known.length > 0) {
    const { brokers, controllerId } = mergeMetadata(known)
    marks.set('members', brokers.map(({ id }) => id).join())
    if (!kraft) marks.set('controller', String(controllerId))
  }
  if (kraft) marks.set('controller', kraft.quorum ? `${kraft.quorum.leaderId} ${kraft.quorum.leaderEpoch}` : 'none')
  for (const [id, { counts }] of jmx) {
    // Without a quorum, the epoch increases with each election attempt.
    const leaderless = counts.get(raftLeader) === -1
    const kept = Array.from(counts).filter(([name]) => !leaderless || name !== raftEpoch)
    if (kept.length > 0) marks.set(`counts ${id}`, JSON.stringify(kept))
  }
  return marks
}

function unreachable(view: BrokerView | ZookeeperView): Warning[] {
  if (view.reachable) return []
  return [{ code: view.error.code, message: view.error.message, target: endpointKey(view.endpoint) }]
}

/** Short queries leave out the latencies, which have fractions of milliseconds. */
function withEarlierLatency(view: ZookeeperView, last: ClusterReadings | undefined): ZookeeperView {
  if (!view.reachable || view.latencyMs === null) return view
  const before = last?.zookeepers.find(({ endpoint }) => endpointKey(endpoint) === endpointKey(view.endpoint))
  return before?.reachable && before.latencyMs ? { ...view, latencyMs: before.latencyMs } : view
}

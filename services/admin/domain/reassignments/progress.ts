import type { Warning } from '#shared/contracts/common.ts'
import type {
  ReassignmentList,
  ReassignmentListQuery,
  ReassignmentProgress
} from '#shared/contracts/reassignment-progress.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { brokerName } from '#shared/kafka/model.ts'
import type { OngoingReassignment } from '#shared/kafka/moves/port.ts'
import { decodeCursor, encodeCursor } from '#shared/lists/cursor.ts'
import { sum } from '../sum.ts'
import type { ReadTiming } from '../timing.ts'
import type { CopyRates } from './copy-rates.ts'
import { partitionName, readSnapshot, type Snapshot, sizeKey } from './snapshot.ts'
import type { ReassignmentPorts } from './start.ts'

export interface ProgressPorts extends ReassignmentPorts {
  rates: CopyRates
  lastKnown: LastKnown
}

/** The controller's last answer: without a controller, it is the best available. */
export interface LastKnown {
  said: { ongoing: OngoingReassignment[]; at: Date } | undefined
}

type Progress = Omit<ReassignmentProgress, 'bytesPerSec' | 'bytesPerSecReason' | 'etaSeconds' | 'etaReason'>

const defaultLimit = 1000
const place = /^[a-zA-Z0-9._-]{1,249} \d{1,10}$/

/**
 * Active reassignments with progress and rate, by topic and partition. Without a controller, the last known list, with
 * a warning.
 * @throws KopsError cluster_unreachable, validation_failed on `cursor`
 */
export async function listReassignments(
  ports: ProgressPorts,
  { limit = defaultLimit, cursor }: ReassignmentListQuery,
  { now, deadlineMs }: ReadTiming
): Promise<ReassignmentList> {
  const after = cursor === undefined ? undefined : placeFrom(decodeCursor(cursor, place))
  const told = await askController(ports, { now, deadlineMs })
  const base = { throttle: ports.throttle.active(), asOf: now().toISOString() }
  if (told.ongoing.length === 0) {
    const none = told.warnings.length > 0 ? null : 0
    const sums = { copiedBytes: none, totalBytes: none, bytesPerSec: none, etaSeconds: none }
    return { reassignments: [], partitions: none, ...sums, ...base, warnings: told.warnings }
  }
  const snapshot = await readSnapshot(ports.reader, { deadlineMs })
  const progress = told.ongoing.map((each) => progressOf(each, snapshot))
  const rates = ports.rates.measure(now(), progress)
  const all = progress.flatMap((each) => {
    const rate = rates.get(partitionName(each))
    return rate === undefined ? [] : [{ ...each, ...rate }]
  })
  const following = all.filter((each) => after === undefined || comparePlaces(each, after) > 0)
  const page = following.slice(0, limit)
  const last = page.at(-1)
  return {
    reassignments: page,
    ...(last !== undefined && following.length > limit
      ? { nextCursor: encodeCursor(`${last.topic} ${last.partition}`) }
      : {}),
    partitions: all.length,
    copiedBytes: sum(all.map(({ copiedBytes }) => copiedBytes)),
    totalBytes: sum(all.map(({ totalBytes }) => totalBytes)),
    bytesPerSec: sum(all.map(({ bytesPerSec }) => bytesPerSec)),
    etaSeconds: latest(all.map(({ etaSeconds }) => etaSeconds)),
    ...base,
    warnings: [...told.warnings, ...snapshot.warnings, ...stalls(all)]
  }
}

async function askController(
  { reassignments, lastKnown }: Pick<ProgressPorts, 'reassignments' | 'lastKnown'>,
  { now, deadlineMs }: ReadTiming
): Promise<{ ongoing: OngoingReassignment[]; warnings: Warning[] }> {
  try {
    const ongoing = (await reassignments.list(undefined, { timeoutMs: deadlineMs })).sort(comparePlaces)
    lastKnown.said = { ongoing, at: now() }
    return { ongoing, warnings: [] }
  } catch (error) {
    if (!isKopsError(error, 'controller_unavailable') && !isKopsError(error, 'kafka_timeout')) throw error
    const { said } = lastKnown
    const known = said === undefined ? 'unknown' : `the list of ${said.at.toISOString()}`
    const message = `No controller answers at the moment; the active reassignments are ${known}`
    return {
      ongoing: said?.ongoing ?? [],
      warnings: [{ code: 'controller_unavailable', message, target: 'reassignments' }]
    }
  }
}

interface Place {
  topic: string
  partition: number
}

function placeFrom(cursor: string): Place {
  const [topic = '', partition = ''] = cursor.split(' ')
  return { topic, partition: Number(partition) }
}

function comparePlaces(a: Place, b: Place): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

/** null if one of them is unknown. */
function latest(values: readonly (number | null)[]): number | null {
  return values.some((value) => value === null) ? null : Math.max(0, ...values.map(Number))
}

/** The progress of one partition, from the sizes of its replicas. Pure. */
export function progressOf(
  { topic, partition, replicas, addingReplicas, removingReplicas }: OngoingReassignment,
  { partitions, seats, sizes }: Pick<Snapshot, 'partitions' | 'seats' | 'sizes'>
): Progress {
  const current = partitions.find((candidate) => candidate.topic === topic && candidate.partition === partition)
  const full = current?.sizeBytes ?? null
  const answering = new Set(seats.map(({ id }) => id))
  const inSync = addingReplicas.filter((broker) => current?.isr.includes(broker) ?? false)
  const copied = addingReplicas.map((broker) => {
    // Its segments may differ from the leader's: an in-sync replica is complete, whatever its size.
    if (inSync.includes(broker)) return full
    // A copy that has not started is not on disk yet; nothing is known about a broker that does not answer.
    const size = sizes.get(sizeKey(broker, topic, partition)) ?? (answering.has(broker) ? 0 : null)
    return size === null || full === null ? null : Math.min(size, full)
  })
  const sources = replicas.filter((broker) => !addingReplicas.includes(broker))
  const waitsFor = [
    ...addingReplicas.filter((broker) => !answering.has(broker) && !inSync.includes(broker)),
    ...(sources.some((broker) => answering.has(broker)) ? [] : sources)
  ]
  return {
    topic,
    partition,
    replicas: replicas.filter((broker) => !removingReplicas.includes(broker)),
    adding: addingReplicas,
    removing: removingReplicas,
    inSync,
    copiedBytes: sum(copied),
    totalBytes: full === null ? null : full * addingReplicas.length,
    waitsFor
  }
}

function stalls(all: readonly Pick<Progress, 'waitsFor'>[]): Warning[] {
  const brokers = [...new Set(all.flatMap(({ waitsFor }) => waitsFor))].sort((a, b) => a - b)
  return brokers.map((broker) => {
    const waiting = all.filter(({ waitsFor }) => waitsFor.includes(broker)).length
    return {
      code: 'broker_unreachable',
      message: `${waiting} ${waiting === 1 ? 'partition waits' : 'partitions wait'} for broker ${broker}, which does not answer: they continue when it is back, or you can cancel them`,
      target: `reassignments to ${brokerName(broker)}`
    }
  })
}

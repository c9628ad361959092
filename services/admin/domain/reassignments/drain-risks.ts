import type { Warning } from '#shared/contracts/common.ts'
import type { LeftShort, PartitionAssignment } from '#shared/contracts/reassignments.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { type PlacedPartition, partitionName, type Snapshot } from './snapshot.ts'

export interface DrainRisks {
  leftShort: LeftShort[]
  warnings: Warning[]
}

/** A drain: the affected partitions, and the target replicas of those that move. */
export interface DrainTarget {
  id: number
  partitions: readonly PlacedPartition[]
  targets: readonly PartitionAssignment[]
}

/**
 * Partitions that losing the drained broker would leave short, because other replicas are already down or lagging.
 * Reads min.insync.replicas only if there is such a replica.
 */
export async function readDrainRisks(
  reader: Pick<ClusterReader, 'topicConfigs'>,
  { seats }: Pick<Snapshot, 'seats'>,
  target: DrainTarget,
  { deadlineMs }: { deadlineMs: number }
): Promise<DrainRisks> {
  const left = whatIsLeft(seats, target).filter(({ others, left }) => left.length < others.length)
  if (left.length === 0) return { leftShort: [], warnings: [] }
  const topics = [...new Set(left.map(({ topic }) => topic))]
  const configs = await reader.topicConfigs(topics, { deadlineMs, names: ['min.insync.replicas'] })
  const minInsync = new Map<string, number>()
  for (const [topic, entries] of configs.value) {
    const value = Number(entries.find(({ name }) => name === 'min.insync.replicas')?.value ?? Number.NaN)
    if (Number.isInteger(value)) minInsync.set(topic, value)
  }
  return { leftShort: findLeftShort(seats, target, minInsync), warnings: configs.warnings }
}

/**
 * The judgement of readDrainRisks. A partition counts if it could spare the broker with all its other replicas in sync,
 * but cannot now, and would be worse off than it is. Pure.
 * @param minInsync by topic; if unknown, only partitions without any in-sync replica count
 */
export function findLeftShort(
  seats: Snapshot['seats'],
  target: DrainTarget,
  minInsync: ReadonlyMap<string, number>
): LeftShort[] {
  return whatIsLeft(seats, target).flatMap(({ topic, partition, replicas, now, others, left }): LeftShort[] => {
    const known = minInsync.get(topic)
    // Like the brokers: no more than the number of replicas.
    const needed = known === undefined ? null : Math.min(known, replicas)
    const short = [1, needed ?? 1].some((least) => left.length < least && others.length >= least)
    return short && left.length < now ? [{ topic, partition, left, needed }] : []
  })
}

function whatIsLeft(seats: Snapshot['seats'], { id, partitions, targets }: DrainTarget) {
  const answering = new Set(seats.map((seat) => seat.id))
  const planned = new Map(targets.map((target) => [partitionName(target), target.replicas]))
  return partitions
    .filter(({ replicas }) => replicas.includes(id))
    .map((current) => {
      const { topic, partition, replicas, isr } = current
      const others = (planned.get(partitionName(current)) ?? replicas).filter((broker) => broker !== id)
      return {
        topic,
        partition,
        replicas: replicas.length,
        /** Currently in sync, including the drained broker. */
        now: isr.filter((broker) => answering.has(broker)).length,
        others,
        // Copied replicas are in sync before the move is done.
        left: others.filter((broker) => answering.has(broker) && (isr.includes(broker) || !replicas.includes(broker)))
      }
    })
}

/** @throws KopsError drain_unsafe naming the partitions by topic */
export function assertSpared(
  { brokers, seats }: Pick<Snapshot, 'brokers' | 'seats'>,
  id: number,
  leftShort: readonly LeftShort[]
): void {
  if (leftShort.length === 0) return
  const silent = brokers.filter((broker) => broker !== id && !seats.some((seat) => seat.id === broker))
  const away = silent.length === 0 ? 'other replicas are lagging' : `broker ${silent.join(', ')} does not answer`
  const without = leftShort.filter(({ left }) => left.length === 0).length
  const none = without === 0 ? '' : `, ${without} of them without any`
  const topics = [...Map.groupBy(leftShort, ({ topic }) => topic)]
  const errors = topics.map(
    ([topic, partitions]): FieldError => ({ field: 'brokerId', message: describe(topic, partitions) })
  )
  const named = errors.slice(0, 3).map(({ message }) => message)
  const more = errors.length > 3 ? `; and ${errors.length - 3} more topics` : ''
  throw new KopsError(
    'drain_unsafe',
    `While ${away}, draining broker ${id} would leave ${leftShort.length} partition(s) short of in-sync replicas${none}: ` +
      `${named.join('; ')}${more}. Wait until they are in sync again, or override with force=true and a reason`,
    { errors }
  )
}

function describe(topic: string, partitions: readonly LeftShort[]): string {
  const listed = partitions.map(({ partition }) => partition)
  const shown = listed.slice(0, 20).join(', ')
  return `${topic} ${shown}${listed.length > 20 ? ` and ${listed.length - 20} more` : ''}`
}

import type { Move, Movement, PartitionAssignment } from '#shared/contracts/reassignments.ts'
import { sum } from '../sum.ts'
import { partitionName, type Snapshot } from './snapshot.ts'

/**
 * The effect of assigning these replicas. Pure. Leaves out partitions that already have them.
 * @param assignments of partitions in the snapshot
 */
export function movementOf(
  { partitions, seats, brokers }: Pick<Snapshot, 'partitions' | 'seats' | 'brokers'>,
  assignments: readonly PartitionAssignment[],
  throttleBytesPerSec: number | undefined
): Movement {
  const targets = new Map(assignments.map((target) => [partitionName(target), target.replicas]))
  const moves = partitions.flatMap((current): Move[] => {
    const to = targets.get(partitionName(current))
    if (to === undefined || sameOrder(to, current.replicas)) return []
    const { topic, partition, replicas: from, sizeBytes } = current
    return [
      {
        topic,
        partition,
        from,
        to,
        adding: to.filter((broker) => !from.includes(broker)),
        removing: from.filter((broker) => !to.includes(broker)),
        sizeBytes
      }
    ]
  })
  const bytesOf = ({ adding, sizeBytes }: Move) => (adding.length === 0 ? 0 : times(sizeBytes, adding.length))
  const before = partitions.map(({ replicas, sizeBytes }) => ({ replicas, sizeBytes }))
  const after = partitions.map((partition) => ({
    replicas: targets.get(partitionName(partition)) ?? partition.replicas,
    sizeBytes: partition.sizeBytes
  }))
  const racks = new Map(seats.map(({ id, rack }) => [id, rack]))
  return {
    moves,
    copies: moves.reduce((copies, { adding }) => copies + adding.length, 0),
    bytesToCopy: sum(moves.map(bytesOf)),
    leaderChanges: moves.filter(({ from, to }) => from[0] !== to[0]).length,
    estimatedSeconds: throttleBytesPerSec === undefined ? null : estimate(moves, throttleBytesPerSec),
    brokers: brokers.map((id) => ({
      id,
      rack: racks.get(id) ?? null,
      before: shareOf(id, before),
      after: shareOf(id, after)
    }))
  }
}

export function sameOrder(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((broker, index) => broker === b[index])
}

/**
 * Minimum seconds that moves take under a throttle. It applies per broker: the one that sends or receives most decides.
 * null if a size is unknown.
 */
export function estimate(moves: readonly Move[], bytesPerSec: number): number | null {
  const traffic = new Map<string, number>()
  for (const { from, adding, sizeBytes } of moves) {
    if (adding.length === 0) continue
    if (sizeBytes === null) return null
    const count = (key: string, bytes: number) => traffic.set(key, (traffic.get(key) ?? 0) + bytes)
    // The leader sends; usually that is the preferred one.
    count(`from ${from[0]}`, sizeBytes * adding.length)
    for (const broker of adding) count(`to ${broker}`, sizeBytes)
  }
  const seconds = Math.max(0, ...traffic.values()) / bytesPerSec
  return Math.round(seconds * 10) / 10
}

function shareOf(id: number, placements: readonly { replicas: readonly number[]; sizeBytes: number | null }[]) {
  const here = placements.filter(({ replicas }) => replicas.includes(id))
  return {
    replicas: here.length,
    preferredLeaders: here.filter(({ replicas }) => replicas[0] === id).length,
    sizeBytes: sum(here.map(({ sizeBytes }) => sizeBytes))
  }
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor
}

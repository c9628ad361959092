/** A broker that may have replicas. */
export interface Seat {
  id: number
  rack: string | null
}

/** A partition and its replicas. */
export interface Placement {
  topic: string
  partition: number
  /** Broker ids, the preferred leader first. */
  replicas: number[]
  /** Bytes of one replica; null if unknown. */
  sizeBytes: number | null
}

/** A partition during planning. */
export interface Slot {
  readonly topic: string
  readonly partition: number
  readonly original: readonly number[]
  readonly sizeBytes: number
  /** Replaced, never mutated. The preferred leader first. */
  replicas: number[]
}

/**
 * The placement of replicas during planning, with counts per broker. Racks count if every seat has one, as in Kafka's
 * own assignment; otherwise each broker counts as its own rack.
 */
export interface Layout {
  readonly seats: readonly Seat[]
  readonly slots: readonly Slot[]
  /** Whether all racks are known, so that the plan respects them. */
  readonly rackAware: boolean
  isSeat(broker: number): boolean
  /** Number of replicas on a broker, for all topics or one. */
  count(broker: number, topic?: string): number
  /** Number of preferred leaders on a broker, for all topics or one. */
  leaders(broker: number, topic?: string): number
  /** Number of racks of a replica set. */
  spread(replicas: readonly number[]): number
  /** Maximum number of racks for a set of this size. */
  possibleSpread(size: number): number
  /** The cost of changing one replica: replicas to copy, plus their bytes as a fraction below one. */
  moveCost(slot: Slot, from: number, to: number): number
  move(slot: Slot, from: number, to: number): void
  /** Assigns this replica set to a slot, in this order. */
  arrange(slot: Slot, replicas: number[]): void
}

export function createLayout(placements: readonly Placement[], seats: readonly Seat[]): Layout {
  const rackAware = seats.length > 0 && seats.every(({ rack }) => rack !== null)
  const racks = new Map(seats.map(({ id, rack }) => [id, rackAware ? `rack ${rack}` : `broker ${id}`]))
  const distinctRacks = new Set(racks.values()).size
  const rackOf = (broker: number) => racks.get(broker) ?? `broker ${broker}`
  const counts = new Map<string, number>()
  const leaders = new Map<string, number>()
  const slots = placements.map(
    ({ topic, partition, replicas, sizeBytes }): Slot => ({
      topic,
      partition,
      original: replicas,
      replicas,
      sizeBytes: sizeBytes ?? 0
    })
  )
  const bytesInAll = 1 + slots.reduce((sum, { sizeBytes, replicas }) => sum + sizeBytes * replicas.length, 0)

  function tally(slot: Slot, sign: 1 | -1): void {
    for (const broker of slot.replicas) add(counts, slot.topic, broker, sign)
    const leader = slot.replicas[0]
    if (leader !== undefined) add(leaders, slot.topic, leader, sign)
  }

  function replace(slot: Slot, replicas: number[]): void {
    tally(slot, -1)
    slot.replicas = replicas
    tally(slot, 1)
  }

  for (const slot of slots) tally(slot, 1)

  return {
    seats,
    slots,
    rackAware,
    isSeat: (broker) => racks.has(broker),
    count: (broker, topic) => counts.get(keyOf(broker, topic)) ?? 0,
    leaders: (broker, topic) => leaders.get(keyOf(broker, topic)) ?? 0,
    spread: (replicas) => new Set(replicas.map(rackOf)).size,
    possibleSpread: (size) => Math.min(size, distinctRacks),
    moveCost({ original, sizeBytes }, from, to) {
      const copies = Number(!original.includes(to)) - Number(!original.includes(from))
      return copies * (1 + sizeBytes / bytesInAll)
    },
    move(slot, from, to) {
      replace(
        slot,
        slot.replicas.map((broker) => (broker === from ? to : broker))
      )
    },
    arrange: replace
  }
}

/** A topic name cannot contain a space. */
function keyOf(broker: number, topic?: string): string {
  return topic === undefined ? `${broker}` : `${broker} ${topic}`
}

function add(counts: Map<string, number>, topic: string, broker: number, sign: 1 | -1): void {
  for (const key of [keyOf(broker), keyOf(broker, topic)]) counts.set(key, (counts.get(key) ?? 0) + sign)
}

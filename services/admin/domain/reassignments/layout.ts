/** A broker that may have replicas. */
export interface Seat {
  id: number
  rack: string | null
}

/** A partition and where its replicas are. */
export interface Placement {
  topic: string
  partition: number
  /** Broker ids, the preferred leader first. */
  replicas: number[]
  /** Bytes of one replica; null when not known. */
  sizeBytes: number | null
}

/** A partition while a plan is made. */
export interface Slot {
  readonly topic: string
  readonly partition: number
  readonly original: readonly number[]
  readonly sizeBytes: number
  /** Replaced, never changed in place. The preferred leader first. */
  replicas: number[]
}

/**
 * Where replicas are while a plan is made, with counts by broker. Racks count when every seat has one, as in Kafka's own
 * assignment; otherwise each broker stands for itself.
 */
export interface Layout {
  readonly seats: readonly Seat[]
  readonly slots: readonly Slot[]
  /** Whether racks are known, and so taken into account. */
  readonly rackAware: boolean
  isSeat(broker: number): boolean
  /** Replicas of all topics, or of one, on a broker. */
  count(broker: number, topic?: string): number
  /** Preferred leaders of all topics, or of one, on a broker. */
  leaders(broker: number, topic?: string): number
  /** On how many racks a replica set is. */
  spread(replicas: readonly number[]): number
  /** On how many racks a set of this size can be. */
  possibleSpread(size: number): number
  /** What a change of one replica costs: replicas to copy, and as a fraction below one the bytes of them. */
  moveCost(slot: Slot, from: number, to: number): number
  move(slot: Slot, from: number, to: number): void
  /** Gives a slot this replica set, in this order. */
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

/** A topic's name cannot have a space. */
function keyOf(broker: number, topic?: string): string {
  return topic === undefined ? `${broker}` : `${broker} ${topic}`
}

function add(counts: Map<string, number>, topic: string, broker: number, sign: 1 | -1): void {
  for (const key of [keyOf(broker), keyOf(broker, topic)]) counts.set(key, (counts.get(key) ?? 0) + sign)
}

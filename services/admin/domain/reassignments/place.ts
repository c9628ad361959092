import { evenOut, type Step } from './even-out.ts'
import { createLayout, type Layout, type Placement, type Seat, type Slot } from './layout.ts'

export interface PlaceOptions {
  /**
   * spread: also balance replicas and leaders. evacuate: move only replicas on brokers without a seat. Or the id of one
   * broker: only it receives.
   */
  goal: 'spread' | 'evacuate' | { fill: number }
}

export interface Placed {
  /** All partitions, changed and unchanged, in the given order. */
  placements: Placement[]
  /** Partitions with more replicas than seats: left unchanged. */
  impossible: Placement[]
  rackAware: boolean
}

/**
 * Finds a placement of replicas by these rules, in order: no replica on a broker without a seat; the replicas of a
 * partition on as many racks as possible; the replicas of each topic balanced over the seats, then those of all topics;
 * the fewest replicas copied for that, preferring smaller ones; preferred leaders balanced, for each topic and then for
 * all, by changing only the order. Never gives up racks for balance. Keeps the replication factor. Pure and
 * deterministic.
 */
export function place(placements: readonly Placement[], seats: readonly Seat[], { goal }: PlaceOptions): Placed {
  const fits = ({ replicas }: Placement) => replicas.length <= seats.length
  const layout = createLayout(placements.filter(fits), seats)
  const topics = [...Map.groupBy(layout.slots, ({ topic }) => topic)]
  const receives = (broker: number) => typeof goal === 'string' || broker === goal.fill
  if (typeof goal === 'string') for (const slot of layout.slots) evacuate(layout, slot)
  if (goal === 'spread') for (const slot of layout.slots) spreadRacks(layout, slot)
  if (goal !== 'evacuate') {
    for (const [topic, slots] of topics) evenReplicas(layout, slots, receives, topic)
    evenReplicas(layout, layout.slots, receives)
  }
  for (const slot of layout.slots) layout.arrange(slot, inOldOrder(slot))
  const isMoved = (slot: Slot) => !sameMembers(slot.original, slot.replicas)
  const leads = (slot: Slot) => goal !== 'evacuate' || isMoved(slot)
  // A new replica takes the position of the one that it replaces, often the first: whoever else has the partition may lead it, too.
  const takes = (slot: Slot, broker: number) => receives(broker) || isMoved(slot)
  for (const [topic, slots] of topics) evenLeaders(layout, slots.filter(leads), takes, topic)
  evenLeaders(layout, layout.slots.filter(leads), takes)
  let next = 0
  return {
    placements: placements.map((placement) =>
      fits(placement) ? { ...placement, replicas: layout.slots[next++]?.replicas ?? placement.replicas } : placement
    ),
    impossible: placements.filter((placement) => !fits(placement)),
    rackAware: layout.rackAware
  }
}

/** Replicas that stay keep their positions; new ones take the positions of removed ones. */
function inOldOrder({ original, replicas }: Slot): number[] {
  const coming = replicas.filter((broker) => !original.includes(broker))
  return original.flatMap((broker) => (replicas.includes(broker) ? [broker] : coming.splice(0, 1)))
}

export function sameMembers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((broker) => b.includes(broker))
}

function evacuate(layout: Layout, slot: Slot): void {
  for (const from of slot.replicas) {
    if (layout.isSeat(from)) continue
    const [to] = candidates(layout, slot, from)
    if (to !== undefined) layout.move(slot, from, to)
  }
}

function spreadRacks(layout: Layout, slot: Slot): void {
  const possible = layout.possibleSpread(slot.replicas.length)
  for (let tries = slot.replicas.length; tries > 0 && layout.spread(slot.replicas) < possible; tries--) {
    const now = layout.spread(slot.replicas)
    // The preferred leader stays if another replica can move.
    const better = slot.replicas.toReversed().flatMap((from) => {
      const [to] = candidates(layout, slot, from)
      return to !== undefined && layout.spread(exchanged(slot.replicas, from, to)) > now ? [{ from, to }] : []
    })
    const cheapest = better.sort((a, b) => layout.moveCost(slot, a.from, a.to) - layout.moveCost(slot, b.from, b.to))[0]
    if (cheapest === undefined) return
    layout.move(slot, cheapest.from, cheapest.to)
  }
}

/** Seats that could take a replica, best first: most racks, fewest replicas of the topic, fewest in all, lowest id. */
function candidates(layout: Layout, { topic, replicas }: Slot, from: number): number[] {
  return layout.seats
    .map(({ id }) => id)
    .filter((id) => !replicas.includes(id))
    .map((id) => ({
      id,
      rank: [-layout.spread(exchanged(replicas, from, id)), layout.count(id, topic), layout.count(id), id]
    }))
    .sort((a, b) => compare(a.rank, b.rank))
    .map(({ id }) => id)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, place) => value !== b[place])
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0)
}

function exchanged(replicas: readonly number[], from: number, to: number): number[] {
  return replicas.map((broker) => (broker === from ? to : broker))
}

function evenReplicas(
  layout: Layout,
  slots: readonly Slot[],
  receives: (broker: number) => boolean,
  topic?: string
): void {
  const brokers = layout.seats.map(({ id }) => id)
  const allowed = (slot: Slot, from: number, to: number) =>
    slot.replicas.includes(from) &&
    !slot.replicas.includes(to) &&
    layout.spread(exchanged(slot.replicas, from, to)) >= layout.spread(slot.replicas) &&
    // Balance over all topics must not cost the balance of one.
    (topic !== undefined || layout.count(from, slot.topic) > layout.count(to, slot.topic))
  evenOut({
    brokers,
    loadOf: (broker) => layout.count(broker, topic),
    steps(offer) {
      for (const slot of slots) {
        for (const from of slot.replicas) {
          for (const to of brokers) {
            if (receives(to) && allowed(slot, from, to)) {
              offer(from, to, moveStep(layout, slot, { from, to, allowed: () => allowed(slot, from, to) }))
            }
          }
        }
      }
    }
  })
}

function moveStep(
  layout: Layout,
  slot: Slot,
  { from, to, allowed }: { from: number; to: number; allowed: () => boolean }
): Step {
  return {
    cost: layout.moveCost(slot, from, to),
    apply() {
      if (!allowed()) return false
      layout.move(slot, from, to)
      return true
    },
    undo: () => layout.move(slot, to, from)
  }
}

function evenLeaders(
  layout: Layout,
  slots: readonly Slot[],
  takes: (slot: Slot, broker: number) => boolean,
  topic?: string
): void {
  evenOut({
    brokers: layout.seats.map(({ id }) => id),
    loadOf: (broker) => layout.leaders(broker, topic),
    steps(offer) {
      for (const slot of slots) {
        const [leader] = slot.replicas
        if (leader === undefined) continue
        for (const to of slot.replicas) {
          if (to === leader || !takes(slot, to) || !layout.isSeat(to)) continue
          if (topic === undefined && layout.leaders(leader, slot.topic) <= layout.leaders(to, slot.topic)) continue
          offer(leader, to, leadStep(layout, slot, to))
        }
      }
    }
  })
}

function leadStep(layout: Layout, slot: Slot, to: number): Step {
  const before = slot.replicas
  const leader = before[0]
  const wanted = slot.original[0]
  return {
    cost: Number(to !== wanted) - Number(leader !== wanted),
    apply() {
      if (slot.replicas !== before) return false
      layout.arrange(slot, [to, ...before.filter((broker) => broker !== to)])
      return true
    },
    undo: () => layout.arrange(slot, before)
  }
}

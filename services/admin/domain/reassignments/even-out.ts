/** One step that takes something from a broker and gives it to another. */
export interface Step {
  /** May be negative: the step takes back one that was made before. */
  cost: number
  /** Carries the step out if it is still possible, and says whether it was. */
  apply: () => boolean
  undo: () => void
}

export interface Evening {
  brokers: readonly number[]
  loadOf: (broker: number) => number
  /** Offers every step that is possible now to `offer`. */
  steps: (offer: (from: number, to: number, step: Step) => void) => void
}

/** Longer detours do not occur where replicas can move to most brokers. */
const longestPath = 5
/** A net below the arithmetic of costs: no plan needs more. */
const mostRounds = 100_000

/**
 * Makes the loads of brokers differ by one at most, as far as steps allow, at the least cost. Each round gives one unit from
 * a broker to one that has at least two less, over other brokers where no direct step is possible: the cheapest path,
 * found with Bellman-Ford because taking back an earlier step has a negative cost (successive shortest paths for the flow
 * of least cost; Ahuja, Magnanti, Orlin: Network Flows, chapter 9). Where two loads differ by one, a path that only lowers
 * the cost is taken too.
 */
export function evenOut(evening: Evening): void {
  const blocked = new Set<string>()
  for (let round = 0; round < mostRounds; round++) {
    const found = cheapest(evening, blocked)
    if (found === undefined) return
    if (applyAll(found.path)) blocked.clear()
    else blocked.add(found.pair)
  }
}

interface Reached {
  cost: number
  path: Step[]
}

function cheapest({ brokers, loadOf, steps }: Evening, blocked: ReadonlySet<string>) {
  const best = new Map<string, Step>()
  const edges: { from: number; to: number }[] = []
  steps((from, to, step) => {
    const key = `${from} ${to}`
    const known = best.get(key)
    if (known === undefined) edges.push({ from, to })
    if (known === undefined || step.cost < known.cost) best.set(key, step)
  })
  let chosen: { gain: number; cost: number; path: Step[]; pair: string } | undefined
  for (const source of brokers) {
    for (const [target, { cost, path }] of reach(source, edges, best)) {
      const gain = loadOf(source) - loadOf(target)
      const pair = `${source} ${target}`
      if (blocked.has(pair) || gain < 1 || (gain === 1 && cost > -epsilon)) continue
      if (chosen === undefined || gain > chosen.gain || (gain === chosen.gain && cost < chosen.cost - epsilon)) {
        chosen = { gain, cost, path, pair }
      }
    }
  }
  return chosen
}

const epsilon = 1e-12

/** The cheapest path to each broker that steps lead to. */
function reach(
  source: number,
  edges: readonly { from: number; to: number }[],
  best: ReadonlyMap<string, Step>
): Map<number, Reached> {
  const reached = new Map<number, Reached>([[source, { cost: 0, path: [] }]])
  let frontier = reached
  for (let length = 1; length <= longestPath; length++) {
    const next = new Map<number, Reached>()
    for (const { from, to } of edges) {
      const before = frontier.get(from)
      const step = best.get(`${from} ${to}`)
      if (before === undefined || step === undefined || to === source) continue
      const cost = before.cost + step.cost
      const known = Math.min(reached.get(to)?.cost ?? Infinity, next.get(to)?.cost ?? Infinity)
      if (cost < known - epsilon) next.set(to, { cost, path: [...before.path, step] })
    }
    if (next.size === 0) break
    for (const [to, value] of next) reached.set(to, value)
    frontier = next
  }
  reached.delete(source)
  return reached
}

/** All steps or none: two steps of one path may stand in each other's way. */
function applyAll(path: readonly Step[]): boolean {
  const done: Step[] = []
  for (const step of path) {
    if (!step.apply()) {
      for (const earlier of done.reverse()) earlier.undo()
      return false
    }
    done.push(step)
  }
  return true
}

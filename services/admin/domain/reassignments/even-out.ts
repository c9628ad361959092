/** One step that moves a unit of load from one broker to another. */
export interface Step {
  /** May be negative: the step reverts an earlier one. */
  cost: number
  /** Carries the step out if it is still possible, and returns whether it was. */
  apply: () => boolean
  undo: () => void
}

export interface Evening {
  brokers: readonly number[]
  loadOf: (broker: number) => number
  /** Passes every currently possible step to `offer`. */
  steps: (offer: (from: number, to: number, step: Step) => void) => void
}

/** Longer detours do not occur if replicas can move to most brokers. */
const longestPath = 5
/** Tolerance for rounding errors in costs: no plan needs more precision. */
const mostRounds = 100_000

/**
 * Makes the loads of brokers differ by at most one, as far as steps allow, at minimum cost. Each round moves one unit
 * from a broker to one with at least two less, through other brokers if no direct step is possible: along the cheapest
 * path, found with Bellman-Ford because reverting an earlier step has a negative cost (successive shortest paths for
 * minimum-cost flow; Ahuja, Magnanti, Orlin: Network Flows, chapter 9). Where two loads differ by one, it also takes a
 * path that only lowers the cost.
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

/** The cheapest path to each reachable broker. */
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

/** All steps or none: two steps of one path may conflict. */
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

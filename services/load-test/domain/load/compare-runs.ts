import type { ComparedRun, FigureName } from '#shared/contracts/compared-runs.ts'
import type { ComparisonVerdict, FigureComparison, LoadTestComparison } from '#shared/contracts/load-comparison.ts'
import { createRandom } from '#shared/seeded-random.ts'
import type { Comparison, Refusal } from '../statistics/comparison.ts'
import { comparePaired } from '../statistics/paired.ts'
import { compareUnpaired } from '../statistics/unpaired.ts'
import { judge } from '../statistics/verdict.ts'
import { counted, inWords, listed, type Reason, refusalsOfSide } from './comparable-runs.ts'
import { isNamed, type PartDifference, partDifferences } from './fingerprint.ts'
import { figures } from './run-figures.ts'

/** One side of a comparison. */
export interface Side {
  /** Of the baseline that it comes from. */
  baseline: string | null
  runs: readonly ComparedRun[]
}

type SideName = 'a' | 'b'
type Sides = Record<SideName, readonly ComparedRun[]>

/** Of the draws for more than 20 pairs: the same runs get the same answer. */
const seed = 1

/**
 * Compares two sets of runs, b with a: as pairs if both have as many and the runs were made in turn, two by two; otherwise as two
 * sets. Refuses to, with every reason, where the answer could be about something else than the runs: an environment that is not
 * the same, several workloads on one side, runs that did not complete.
 * @param varying parts of the fingerprint that may differ between the sides, because they are what is compared
 */
export function compareRuns(a: Side, b: Side, { varying }: { varying: readonly string[] }): LoadTestComparison {
  const sides: Sides = { a: byTime(a.runs), b: byTime(b.runs) }
  const differing = differencesBetween(sides)
  const pairs = pairsOf(sides)
  const { shown, leftOut } = figuresOf(sides)
  const refusals = refusalsOf(sides, { differing, varying, shown })
  const common = {
    design: pairs ? ('paired' as const) : ('unpaired' as const),
    refusals,
    a: sideOf(a, sides.a),
    b: sideOf(b, sides.b),
    differing,
    leftOut
  }
  if (refusals.length > 0) return { ...common, design: null, verdict: null, figures: [], notes: [] }
  const compared = compareFigures(sides, pairs, shown)
  return { ...common, verdict: overall(compared), figures: compared, notes: notesOf(sides, pairs) }
}

function byTime(runs: readonly ComparedRun[]): ComparedRun[] {
  return runs.toSorted((one, other) => orderOf(one).localeCompare(orderOf(other)))
}

function orderOf({ createdAt, id }: ComparedRun): string {
  return `${createdAt}~${id}`
}

interface RunPair {
  a: ComparedRun
  b: ComparedRun
}

/** Runs of the two sides that were made one after the other; undefined if some run has no partner. */
function pairsOf({ a, b }: Sides): RunPair[] | undefined {
  if (a.length !== b.length) return undefined
  const inTurn = byTime([...a, ...b])
  const pairs = a.flatMap((run, nth) => {
    const partner = b[nth]
    return partner ? [{ a: run, b: partner }] : []
  })
  const adjacent = pairs.every((pair, nth) => {
    const places = [inTurn[2 * nth], inTurn[2 * nth + 1]]
    return places.includes(pair.a) && places.includes(pair.b)
  })
  return adjacent ? pairs : undefined
}

function differencesBetween({ a, b }: Sides): PartDifference[] {
  const [first, second] = [a[0]?.fingerprint, b[0]?.fingerprint]
  return first && second ? partDifferences(first.parts, second.parts) : []
}

/** The figures that every run shows. */
function figuresOf({ a, b }: Sides): Pick<LoadTestComparison, 'leftOut'> & { shown: typeof figures } {
  const all = [...a, ...b]
  const missing = (figure: FigureName) => all.filter((run) => run.figures[figure] === null).length
  return {
    shown: figures.filter(({ name }) => missing(name) === 0),
    leftOut: figures.flatMap(({ name }) => {
      const without = missing(name)
      return without === 0 ? [] : [{ figure: name, reason: `${without} of ${all.length} runs do not show it` }]
    })
  }
}

function refusalsOf(
  sides: Sides,
  { differing, varying, shown }: { differing: PartDifference[]; varying: readonly string[]; shown: typeof figures }
): Reason[] {
  const refusals = (['a', 'b'] as const).flatMap((side) => refusalsOfSide(side, sides[side]))
  const sameWorkload = sides.a[0]?.workloadHash === sides.b[0]?.workloadHash
  // Another workload may ask for another topic: that is what is compared.
  const unasked = differing.filter(({ part }) => !isNamed(part, sameWorkload ? varying : [...varying, 'topic']))
  if (unasked.length > 0) {
    refusals.push({ reason: 'environmentDiffers', message: `The environments differ: ${inWords(unasked)}` })
  }
  const isUnconfirmed = (run: ComparedRun) => run.unconfirmed === true
  if (sides.a.some(isUnconfirmed) !== sides.b.some(isUnconfirmed)) {
    const message = 'The runs of one side have acks=none: they measured the network, and not what the cluster answers'
    refusals.push({ reason: 'acknowledgementsDiffer', message })
  }
  if (shown.length === 0) refusals.push({ reason: 'noFigure', message: 'There is no figure that every run shows' })
  return refusals
}

function compareFigures({ a, b }: Sides, pairs: RunPair[] | undefined, shown: typeof figures): FigureComparison[] {
  const compare = (name: FigureName): Comparison | Refusal =>
    pairs
      ? comparePaired(
          pairs.map((pair) => ({ baseline: figureOf(pair.a, name), candidate: figureOf(pair.b, name) })),
          createRandom(seed)
        )
      : compareUnpaired(
          a.map((run) => figureOf(run, name)),
          b.map((run) => figureOf(run, name))
        )
  const metrics = shown.map(({ name, better }) => ({ name, better, comparison: compare(name) }))
  const judgements = judge(metrics)
  return metrics.flatMap(({ name, better, comparison }, nth) => {
    const judgement = judgements[nth]
    if (!judgement) return []
    const { ratio, interval, p } =
      comparison.status === 'compared' ? comparison : { ratio: null, interval: null, p: null }
    return {
      figure: name,
      better,
      a: median(a.map((run) => figureOf(run, name))),
      b: median(b.map((run) => figureOf(run, name))),
      ratio,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      level: interval?.level ?? null,
      p,
      adjustedP: judgement.adjustedP,
      verdict: judgement.verdict,
      because: judgement.verdict === 'inconclusive' ? judgement.because : null
    }
  })
}

function figureOf({ figures }: ComparedRun, name: FigureName): number {
  return figures[name] ?? Number.NaN
}

function median(values: readonly number[]): number {
  const ascending = values.toSorted((one, other) => one - other)
  const at = (index: number) => ascending[index] ?? Number.NaN
  const last = ascending.length - 1
  return (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2
}

/** A run that is slower in one figure is a step back, even if others are faster. */
function overall(compared: readonly FigureComparison[]): ComparisonVerdict {
  const some = (verdict: ComparisonVerdict) => compared.some((each) => each.verdict === verdict)
  if (some('slower')) return 'slower'
  if (some('faster')) return 'faster'
  return some('inconclusive') ? 'inconclusive' : 'equivalent'
}

function notesOf(sides: Sides, pairs: RunPair[] | undefined): string[] {
  const notes: string[] = []
  for (const side of ['a', 'b'] as const) {
    const runs = sides[side]
    const note = (text: string, holds: (run: ComparedRun) => boolean) => {
      const found = runs.filter(holds).length
      if (found > 0) notes.push(`${found} of ${counted(runs.length)} of ${side} ${text}`)
    }
    const client = "were limited by the client: their figures are the producers', not the cluster's"
    note(client, ({ limitedBy }) => limitedBy === 'client')
    note('reached no steady state', ({ steadyState }) => steadyState === 'noSteadyState')
    note('have records that were not acknowledged', ({ failed }) => failed > 0)
  }
  const aFirst = pairs?.filter((pair) => orderOf(pair.a) < orderOf(pair.b)).length
  if (pairs && (aFirst === 0 || aFirst === pairs.length)) {
    const first = aFirst === 0 ? 'b' : 'a'
    notes.push(`${first} came first in every pair, so that an effect of the order looks like a difference`)
  }
  const unknown = Object.entries(sides.a[0]?.fingerprint?.parts ?? {}).flatMap(([part, value]) =>
    value === null ? [part] : []
  )
  if (unknown.length > 0) notes.push(`Not known of the environment, which may differ in it: ${listed(unknown)}`)
  return notes
}

function sideOf({ baseline }: Side, runs: readonly ComparedRun[]): LoadTestComparison['a'] {
  const [first] = runs
  return {
    runs: runs.map(({ id }) => id),
    baseline,
    workload: first?.workload ?? null,
    workloadHash: first?.workloadHash ?? null
  }
}

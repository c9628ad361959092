import t from 'tap'
import { compareRuns } from '#services/load-test/domain/load/compare-runs.ts'
import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { ComparedRun, Figures } from '#shared/contracts/compared-runs.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { comparedRun, parts } from './compared-runs.ts'

type Change = (nth: number) => { run?: Partial<ComparedRun>; figures?: Partial<Figures> }
const none: Change = () => ({})
const indices = (length: number) => Array.from({ length }, (_, nth) => nth)

/** Pairs of runs two minutes apart, each side first in half of them. */
function pairs(length: number, { a = none, b = none }: { a?: Change; b?: Change } = {}) {
  const side = (change: Change, offset: number) =>
    indices(length).map((nth) => {
      const { run, figures } = change(nth)
      return comparedRun(4 * nth + (nth % 2 === 0 ? offset : 1 - offset), run, figures)
    })
  return { a: side(a, 0), b: side(b, 1) }
}

/** All runs of a, and after them those of b. */
function sets(ofA: number, ofB: number, { a = none, b = none }: { a?: Change; b?: Change } = {}) {
  const side = (length: number, change: Change, first: number) =>
    indices(length).map((nth) => comparedRun(first + nth, change(nth).run, change(nth).figures))
  return { a: side(ofA, a, 0), b: side(ofB, b, ofA) }
}

function compare({ a, b }: { a: ComparedRun[]; b: ComparedRun[] }, varying: string[] = []) {
  return compareRuns({ baseline: null, runs: a }, { baseline: null, runs: b }, { varying })
}

/** A factor for every figure: throughput by its inverse. */
const slowed = (by: number, spread = 0.01): Change => {
  const random = createRandom(Math.round(by * 1000))
  return () => {
    const noise = 1 + spread * (random() - 0.5)
    const time = 10 * by * noise
    const times = { responseP50: time, responseP99: time, serviceP99: time, clientCost: time }
    return { figures: { throughput: (1000 / by) * noise, ...times } }
  }
}

const verdicts: { name: string; by: number; spread?: number; verdict: string }[] = [
  { name: 'as good as the same', by: 1.001, verdict: 'equivalent' },
  { name: 'a tenth slower', by: 1.1, verdict: 'slower' },
  { name: 'a tenth faster', by: 1 / 1.1, verdict: 'faster' },
  { name: 'too noisy to say', by: 1.001, spread: 0.4, verdict: 'inconclusive' }
]
for (const { name, by, spread, verdict } of verdicts) {
  for (const made of [
    { design: 'paired', runs: pairs(8, { a: slowed(1, spread), b: slowed(by, spread) }) },
    { design: 'unpaired', runs: sets(8, 10, { a: slowed(1, spread), b: slowed(by, spread) }) }
  ]) {
    t.test(`${made.design} runs that are ${name}: ${verdict}`, async (t) => {
      const compared = compare(made.runs)
      t.match(compared, { design: made.design, verdict, refusals: [], leftOut: [], differing: [], notes: [] })
      t.same(
        compared.figures.map(({ figure }) => figure),
        ['throughput', 'responseP50', 'responseP99', 'serviceP99', 'clientCost']
      )
      for (const figure of compared.figures) {
        t.equal(figure.verdict, verdict, figure.figure)
        t.equal(figure.because !== null, verdict === 'inconclusive')
        const expected = figure.better === 'higher' ? 1 / by : by
        t.ok(Math.abs((figure.ratio ?? 0) / expected - 1) < (spread ?? 0.01))
        t.ok(Math.abs(figure.b / figure.a / expected - 1) < (spread ?? 0.01))
        t.ok((figure.low ?? 9) <= (figure.ratio ?? 0) && (figure.ratio ?? 9) <= (figure.high ?? 0))
        t.ok((figure.level ?? 0) >= 0.9 && (figure.p ?? 2) <= (figure.adjustedP ?? 0))
      }
    })
  }
}

t.test('one figure that is slower makes the whole slower, whatever else is faster', async (t) => {
  const noisy = slowed(1)
  const b: Change = (nth) => ({ figures: { ...noisy(nth).figures, responseP50: 5, responseP99: 20 + nth / 100 } })
  const { verdict, figures } = compare(pairs(8, { a: slowed(1), b }))
  t.equal(verdict, 'slower')
  t.match(Object.fromEntries(figures.map((each) => [each.figure, each.verdict])), {
    responseP50: 'faster',
    responseP99: 'slower',
    throughput: 'equivalent'
  })
})

t.test('the order in which runs are named does not matter: partners are those that were made in turn', async (t) => {
  const { a, b } = pairs(8, { a: slowed(1), b: slowed(1.1) })
  t.same(compare({ a: a.toReversed(), b: [...b.slice(3), ...b.slice(0, 3)] }), compare({ a, b }))
  t.equal(compare(sets(8, 8)).design, 'unpaired', 'as many on both sides are no pairs')
})

const environment =
  (change: Record<string, string | null>): Change =>
  () => ({
    run: { fingerprint: fingerprintOf({ ...parts, ...change }) }
  })
const only =
  (index: number, change: Change): Change =>
  (nth) =>
    nth === index ? change(nth) : {}

const refusals: { name: string; runs: { a: ComparedRun[]; b: ComparedRun[] }; reasons: string[]; message: RegExp }[] = [
  {
    name: 'an environment that differs between the sides',
    runs: pairs(8, { b: environment({ 'broker.num.io.threads': '16' }) }),
    reasons: ['environmentDiffers'],
    message: /^The environments differ: broker\.num\.io\.threads \(8, 16\)$/
  },
  {
    name: 'a part that is known of one side only',
    runs: pairs(8, { b: environment({ 'client.node': null }) }),
    reasons: ['environmentDiffers'],
    message: /client\.node \(v24, unknown\)/
  },
  {
    name: 'an environment that differs within a side',
    runs: pairs(8, { b: only(2, environment({ 'topic.partitions': '6' })) }),
    reasons: ['environmentMixed'],
    message: /^The runs of b were not made in one environment: topic\.partitions \(12, 6\)$/
  },
  {
    name: 'runs whose records nobody acknowledged',
    runs: pairs(8, { b: () => ({ run: { unconfirmed: true } }) }),
    reasons: ['acknowledgementsDiffer'],
    message: /acks=none/
  },
  {
    name: 'a run that did not complete',
    runs: pairs(8, { a: only(1, () => ({ run: { status: 'aborted' } })) }),
    reasons: ['notCompleted'],
    message: /^Not all runs of a are completed: run-5 \(aborted\)$/
  },
  {
    name: 'a run of an earlier version',
    runs: pairs(8, { a: only(0, () => ({ run: { fingerprint: null, workloadHash: null } })) }),
    reasons: ['noFingerprint', 'workloadsMixed'],
    message: /what these runs of a were made in: run-0$/
  },
  {
    name: 'two workloads on one side',
    runs: pairs(8, { b: only(7, () => ({ run: { workload: 'spike', workloadHash: 'fedcba9876543210' } })) }),
    reasons: ['workloadsMixed'],
    message: /^b has several workloads: steady \(0123456789abcdef\), spike \(fedcba9876543210\)$/
  },
  {
    name: 'four pairs',
    runs: pairs(4),
    reasons: ['tooFewRuns', 'tooFewRuns'],
    message: /^a has 4 runs, and a comparison needs 5 on each side$/
  },
  { name: 'four runs against nine', runs: sets(9, 4), reasons: ['tooFewRuns'], message: /^b has 4 runs/ },
  {
    name: 'no figure that all have',
    runs: pairs(8, {
      a: only(0, () => ({ figures: { throughput: null, responseP50: null, clientCost: null } })),
      b: only(0, () => ({ figures: { responseP99: null, serviceP99: null } }))
    }),
    reasons: ['noFigure'],
    message: /no figure/
  }
]
for (const { name, runs, reasons, message } of refusals) {
  t.test(`refused: ${name}`, async (t) => {
    const compared = compare(runs)
    t.match(compared, { design: null, verdict: null, figures: [] })
    t.same(
      compared.refusals.map(({ reason }) => reason),
      reasons
    )
    t.match(compared.refusals[0]?.message, message)
  })
}

t.test('what is compared may differ: named parts, and the topic of another workload', async (t) => {
  const threads = pairs(8, { b: environment({ 'broker.num.io.threads': '16', 'client.node': 'v25' }) })
  t.match(compare(threads, ['broker.num.io.threads']).refusals, [{ message: /differ: client\.node/ }])
  const named = compare(threads, ['broker', 'client.node'])
  t.match(named, { verdict: 'equivalent', refusals: [] })
  t.same(named.differing, [
    { part: 'broker.num.io.threads', a: '8', b: '16' },
    { part: 'client.node', a: 'v24', b: 'v25' }
  ])
  t.equal(compare(threads, ['brok', 'client']).verdict, null, 'a part is named whole')

  const other: Change = (nth) => ({
    run: { ...environment({ 'topic.partitions': '6' })(nth).run, workload: 'six', workloadHash: 'fedcba9876543210' }
  })
  t.match(compare(pairs(8, { b: other })), { verdict: 'equivalent', differing: [{ part: 'topic.partitions' }] })
})

t.test('a figure that some run does not show is left out with the reason', async (t) => {
  const { verdict, leftOut, figures } = compare(
    pairs(8, { b: (nth) => ({ figures: nth < 3 ? { responseP99: null } : {} }) })
  )
  t.equal(verdict, 'equivalent')
  t.same(leftOut, [{ figure: 'responseP99', reason: '3 of 16 runs do not show it' }])
  t.equal(figures.length, 4)
})

t.test('what limits a comparison without forbidding it is noted', async (t) => {
  const a: Change = (nth) => ({ run: nth < 2 ? { limitedBy: 'client' } : { steadyState: 'noSteadyState', failed: 1 } })
  const unknown = { fingerprint: fingerprintOf({ ...parts, 'broker.num.io.threads': null }) }
  const noted = compare(pairs(6, { a }))
  t.match(noted.notes, [
    /^2 of 6 runs of a were limited by the client/,
    /^4 of 6 runs of a reached no steady state/,
    /^4 of 6 runs of a have records that were not acknowledged/
  ])
  t.equal(noted.notes.length, 3)
  const inOrder = indices(8).map((nth) => ({
    a: comparedRun(2 * nth, unknown),
    b: comparedRun(2 * nth + 1, unknown)
  }))
  const ordered = compare({ a: inOrder.map((pair) => pair.a), b: inOrder.map((pair) => pair.b) })
  t.match(ordered, { design: 'paired', notes: [/^a came first in every pair/, /Not known.*broker\.num\.io\.threads/] })
})

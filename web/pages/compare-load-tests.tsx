import { useMemo, useState } from 'preact/hooks'
import type { LoadTestComparison } from '#shared/contracts/load-comparison.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { comparisonHead, comparisonNotes, comparisonRow, sideInWords } from '#shared/load-report/comparison-facts.ts'
import { query, setQuery } from '../app/location.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { Plot } from '../plot/plot.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { TextTable } from '../ui/text-table.tsx'
import { inSentence } from './capacity-figures.ts'
import { CompareChoice } from './compare-choice.tsx'
import {
  type ComparedSides,
  comparisonQuery,
  overlayCharts,
  runHead,
  runRow,
  type Side,
  sideNames,
  sidesOf,
  toggled
} from './compare-runs.ts'

const listed = { query: { limit: 200 } }
/** Runs that have ended do not change. */
const everyMs = 60_000

/** Judges runs against others as `kops load compare` does, and lays one of each side over the other. */
export function CompareLoadTestsPage() {
  const sides = sidesOf(query.value)
  const asked = comparisonQuery(sides)
  const runs = useReading('GET /api/loadtest/runs', listed, everyMs)
  const completed = runs.value?.runs.filter(({ status }) => status === 'completed') ?? []
  // Whoever comes with a comparison wants to see that; whoever chooses goes on choosing.
  const [isChoosing, setChoosing] = useState(asked === undefined)
  return (
    <>
      <p class="crumbs">
        <a href="/load">Load tests</a>
      </p>
      <PageHeader title="Compare load tests">
        <CopyShownCall />
      </PageHeader>
      {asked === undefined && (
        <p class="muted">
          Choose the runs to compare with (a) and those to judge (b). One of each shows their figures; a judgement needs
          several of one workload.
        </p>
      )}
      {asked && <Judgement asked={asked} sides={sides} runs={completed} />}
      <details
        class="compare-choice"
        open={isChoosing}
        onToggle={({ currentTarget }) => setChoosing(currentTarget.open)}
      >
        <summary>Choose runs</summary>
        {isChoosing && (
          <ReadingView reading={runs} what="the load tests">
            {() => <CompareChoice sides={sides} runs={completed} />}
          </ReadingView>
        )}
      </details>
      {asked && <Overlay key={`${sides.a[0]} ${sides.b[0]}`} a={sides.a[0]} b={sides.b[0]} />}
    </>
  )
}

interface JudgementProps {
  asked: NonNullable<ReturnType<typeof comparisonQuery>>
  sides: ComparedSides
  runs: readonly LoadTestRun[]
}

function Judgement({ asked, sides, runs }: JudgementProps) {
  const parts = { query: asked }
  const reading = useReading('GET /api/loadtest/compare', parts, everyMs)
  useShownCall('GET /api/loadtest/compare', parts)
  const chosen = sideNames.flatMap((side) =>
    sides[side].flatMap((id) => runs.filter((run) => run.id === id).map((run) => runRow(side, run)))
  )
  return (
    <>
      <ReadingView reading={reading} what="the comparison">
        {(comparison) => <Verdict comparison={comparison} sides={sides} />}
      </ReadingView>
      {chosen.length > 0 && (
        <>
          <h2>The runs by themselves</h2>
          <TextTable label="The runs by themselves" head={runHead} rows={chosen} numbersFrom={3} />
        </>
      )}
    </>
  )
}

const marks = { faster: 'healthy', equivalent: 'healthy', slower: 'down', inconclusive: 'degraded' } as const

function Verdict({ comparison, sides }: { comparison: LoadTestComparison; sides: ComparedSides }) {
  const { verdict, design, a, b, refusals, figures, differing } = comparison
  const isOfEnvironment = refusals.some(({ reason }) => reason === 'environmentDiffers')
  return (
    <>
      <section class="status-panel" aria-label="Verdict">
        <p class="status-line">
          {verdict === null ? (
            <StatusMark mark="unknown" word="not compared" />
          ) : (
            <StatusMark mark={marks[verdict]} word={`b is ${verdict}`} />
          )}
        </p>
        <p>a: {sideInWords(a)}</p>
        <p>
          b: {sideInWords(b)}
          {design === 'paired' && ', in turn with a'}
        </p>
        {refusals.map(({ message }) => (
          <p key={message}>{message}</p>
        ))}
        {isOfEnvironment && (
          <>
            <p>If that is what you compare, say so:</p>
            <ul class="chips">
              {differing.map(({ part, a: ofA, b: ofB }) => (
                <li key={part}>
                  <button type="button" onClick={() => setQuery(toggled(sides, 'varying', part))}>
                    {part} may differ ({ofA ?? 'unknown'}, {ofB ?? 'unknown'})
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
        {sides.varying.length > 0 && (
          <ul class="chips">
            {sides.varying.map((part) => (
              <li key={part}>
                <button type="button" aria-pressed={true} onClick={() => setQuery(toggled(sides, 'varying', part))}>
                  {part} may differ
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
      {figures.length > 0 && (
        <TextTable
          label="Figures"
          head={comparisonHead(figures).map(inSentence)}
          rows={figures.map(comparisonRow)}
          numbersFrom={1}
        />
      )}
      <ul class="plain-list">
        {comparisonNotes(comparison).map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  )
}

/** The first run of each side, second by second. */
function Overlay({ a, b }: Record<Side, string | undefined>) {
  // Of a baseline its figures are kept, and no seconds.
  return a === undefined || b === undefined ? null : <Seconds a={a} b={b} />
}

function Seconds({ a, b }: Record<Side, string>) {
  const ofA = useReading('GET /api/loadtest/runs/{id}/report', { params: { id: a } }, everyMs)
  const ofB = useReading('GET /api/loadtest/runs/{id}/report', { params: { id: b } }, everyMs)
  const charts = useMemo(
    () => (ofA.value && ofB.value ? overlayCharts(ofA.value, ofB.value) : undefined),
    [ofA.value, ofB.value]
  )
  if (charts === undefined) {
    const reading = ofA.value ? ofB : ofA
    return (
      <ReadingView reading={{ ...reading, value: undefined }} what="the seconds of the runs">
        {() => null}
      </ReadingView>
    )
  }
  return (
    <>
      <h2>Second by second, the first run of each side</h2>
      {charts.length === 0 && <p class="muted">The seconds of one of them are not kept.</p>}
      {charts.map((chart) => (
        <Plot key={chart.id} chart={chart} />
      ))}
    </>
  )
}

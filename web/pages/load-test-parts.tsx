import { useState } from 'preact/hooks'
import type { RateSearch } from '#shared/contracts/load-search.ts'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { partitionHead, partitionRows } from '#shared/load-report/detail-charts.ts'
import {
  factsOf,
  percentileHead,
  percentileRows,
  rateInWords,
  steadyStateInWords,
  thresholdRows,
  whyNoIntervals
} from '#shared/load-report/run-facts.ts'
import { trialHead, trialInWords, trialRows } from '#shared/load-report/search-facts.ts'
import { formatCount, formatShare } from '../format/numbers.ts'
import { StatusMark } from '../ui/status-mark.tsx'
import { ScrollFrame, TextTable } from '../ui/text-table.tsx'
import { Explained, Figure, Trouble } from '../ui/values.tsx'
import { achievedOf, type Cell, secondRows, timeRows } from './load-test-rows.ts'

/** What the run is judged by, and whether it met that. */
export function Thresholds({ run: { workload, result } }: { run: LoadTestRun }) {
  const judged = result ? thresholdRows(result) : []
  const open = judged.length > 0 ? [] : (workload?.thresholds ?? [])
  if (judged.length + open.length === 0) return null
  return (
    <>
      <h2>Thresholds</h2>
      <ul class="plain-list">
        {judged.map(([verdict, threshold = '', measured]) => (
          <li key={threshold}>
            <StatusMark
              mark={verdict === 'passed' ? 'healthy' : 'down'}
              word={verdict === 'passed' ? 'kept' : 'missed'}
            />{' '}
            <code>{threshold}</code> <span class="muted">measured: {measured}</span>
          </li>
        ))}
        {open.map((threshold) => (
          <li key={threshold}>
            <StatusMark mark="progress" word="judged at the end" /> <code>{threshold}</code>
          </li>
        ))}
      </ul>
    </>
  )
}

const limits = { cluster: 'the cluster', client: 'the client', rate: 'the target rate', unknown: 'not known' } as const
const verifications = { clean: 'healthy', faulty: 'down', incomplete: 'degraded' } as const

/** Rates, counts, and what they mean. */
export function LoadTestFigures({ run, seconds }: { run: LoadTestRun; seconds: readonly LoadTestSecond[] }) {
  const { workload, result, progress } = run
  const { perSecond, share } = achievedOf(run, seconds)
  const { steadyState, limitedBy, verification } = result ?? {}
  const now = seconds.at(-1)?.targetPerSecond ?? null
  const counts = result ?? progress
  return (
    <dl class="figures">
      <Figure name="Target">
        {targetOf(workload)}
        {!result && now !== null && workload?.rate?.kind !== 'constant' && `, now ${formatCount(Math.round(now))}/s`}
      </Figure>
      <Figure name={result ? 'Achieved' : 'Achieved now'}>
        {perSecond === null ? '—' : `${formatCount(Math.round(perSecond))}/s`}
        {share !== null && ` (${formatShare(share)})`}
      </Figure>
      {counts?.unconfirmed === undefined ? (
        <Figure name="Acknowledged">{counts ? formatCount(counts.acknowledged) : '—'}</Figure>
      ) : (
        <Figure name="Handed over, unconfirmed">{formatCount(counts.unconfirmed)}</Figure>
      )}
      <Figure name="Failed">
        <Trouble value={counts?.failed ?? null} level="down" />
      </Figure>
      {limitedBy && <Figure name="Limited by">{limits[limitedBy]}</Figure>}
      {verification && (
        <Figure name="Read back">
          <StatusMark mark={verifications[verification.verdict]} word={verification.verdict} />
        </Figure>
      )}
      {steadyState && <Figure name="Steady state">{steadyStateInWords(steadyState)}</Figure>}
      {progress?.trial && !result && <Figure name="Search">{trialInWords(progress.trial)}</Figure>}
      {progress?.phase && !result && (
        <Figure name="Now">
          {progress.phase === 'draining'
            ? 'only consumers go on'
            : `${formatCount(progress.read ?? 0)} records read back`}
        </Figure>
      )}
    </dl>
  )
}

function targetOf(workload: LoadTestRun['workload']): string {
  const rate = workload?.rate ?? { kind: 'closed' as const }
  if (!workload) return '—'
  return rate.kind === 'constant' && rate.arrivals !== 'poisson'
    ? `${formatCount(rate.perSecond)}/s`
    : rateInWords(rate)
}

/** Percentiles of each time: of the whole run, or of the last second of one that goes on. */
export function Times({ run: { result }, last }: { run: LoadTestRun; last: LoadTestSecond | undefined }) {
  const rows = result ? timeRows(result) : last ? secondRows(last) : []
  if (rows.length === 0) return null
  const what = result ? (result.search ? 'Times of the soak' : 'Times') : 'Times of the last second'
  const intervals = result && whyNoIntervals(result)
  return (
    <>
      <h2>{what}</h2>
      <ScrollFrame label={what}>
        <table class="facts-table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              {['p50', 'p99', 'p99.9', 'Longest'].map((head) => (
                <th scope="col" class="end" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, p50, p99, p999, max }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {Object.entries({ p50, p99, p999, max }).map(([id, cell]) => (
                  <td class="end" key={id}>
                    <Known {...cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollFrame>
      {result && (result.percentiles?.length ?? 0) > 0 && (
        <details>
          <summary>All percentiles, with their certainty</summary>
          {intervals !== undefined && <p class="muted">{intervals}</p>}
          <TextTable label="All percentiles" head={percentileHead} rows={percentileRows(result)} numbersFrom={2} />
        </details>
      )}
    </>
  )
}

function Known({ text, why }: Cell) {
  return why === undefined ? <>{text}</> : <Explained text={why}>{text}</Explained>
}

export function Trials({ search }: { search: RateSearch }) {
  return (
    <>
      <h2>Trials</h2>
      <TextTable label="Trials" head={trialHead} rows={trialRows(search)} numbersFrom={1} />
    </>
  )
}

/** All that a reader of the report asks, in words: as `kops load show` prints it. */
export function LoadTestFacts({ run }: { run: LoadTestRun }) {
  return (
    <>
      <h2>In words</h2>
      <dl class="facts">
        {factsOf(run).map(([name, text]) => (
          <Figure key={`${name} ${text}`} name={name}>
            {text}
          </Figure>
        ))}
      </dl>
    </>
  )
}

export function Partitions({ report }: { report: LoadTestReport }) {
  const { rows, leftOut } = partitionRows(report)
  if (rows.length === 0) return null
  return (
    <details>
      <summary>Partitions</summary>
      {leftOut > 0 && (
        <p class="muted">Those with the most errors, and then the slowest; {leftOut} more are in the JSON report.</p>
      )}
      <TextTable label="Partitions" head={partitionHead} rows={rows} numbersFrom={1} />
    </details>
  )
}

/** The workload as YAML, to repeat it; written when it is opened. */
export function WorkloadFile({ run: { workload } }: { run: LoadTestRun }) {
  const [text, setText] = useState<string | undefined>(undefined)
  if (!workload) return null
  const open = async () => {
    const { workloadText } = await import('#shared/load-report/workload-text.ts')
    setText(workloadText(workload))
  }
  return (
    <details onToggle={({ currentTarget }) => currentTarget.open && void open()}>
      <summary>Workload</summary>
      {text !== undefined && <pre>{text}</pre>}
    </details>
  )
}

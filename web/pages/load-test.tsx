import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { partitionCharts, spectrumChart } from '#shared/load-report/detail-charts.ts'
import { chartsOf } from '#shared/load-report/run-charts.ts'
import { ownProblem, problemOf } from '../api/problem.ts'
import { addressOf } from '../app/pages.ts'
import { call, refusal } from '../app/runtime.ts'
import { useLoadTest } from '../app/use-load-test.ts'
import { useShownCall } from '../app/use-reading.ts'
import { Plot } from '../plot/plot.tsx'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Action, ErrorState, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Lasted } from '../ui/values.tsx'
import { runState } from './job-states.ts'
import {
  LoadTestFacts,
  LoadTestFigures,
  Partitions,
  Thresholds,
  Times,
  Trials,
  WorkloadFile
} from './load-test-parts.tsx'

const stop = 'DELETE /api/loadtest/runs/{id}'

/** One load test: its verdict, what it measured, and each second of it; live while it goes on. */
export function LoadTestPage({ id }: { id: string }) {
  const reading = useLoadTest(id)
  useShownCall('GET /api/loadtest/runs/{id}', { params: { id } })
  const report = reading.value
  const run = report?.run
  const isUnderWay = run?.finishedAt === null
  return (
    <>
      <p class="crumbs">
        <a href="/load">Load tests</a>
      </p>
      <PageHeader title={run?.workload?.name ?? id} asOf={reading.asOf} everyMs={2000}>
        <CopyShownCall />
        {report && !isUnderWay && <Download report={report} />}
        {isUnderWay && <Stop id={id} onDone={() => void reading.refresh()} />}
      </PageHeader>
      <ReadingView reading={reading} what="the load test" lines={10}>
        {(value) => <Report report={value} />}
      </ReadingView>
    </>
  )
}

/** Ends the run. What it has measured is kept, so that nothing needs to be confirmed. */
function Stop({ id, onDone }: { id: string; onDone: () => void }) {
  const [isEnding, setEnding] = useState(false)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const act = async () => {
    setEnding(true)
    setProblem(undefined)
    try {
      await call(stop, { params: { id } }, { timeoutMs: 60_000 })
      onDone()
    } catch (error) {
      setProblem(problemOf(error))
      setEnding(false)
    }
  }
  return (
    <>
      {isEnding ? (
        <span role="status">Stopping …</span>
      ) : (
        <Action label="Stop" why={refusal(stop)} onClick={() => void act()} kind="danger" />
      )}
      {problem && <ErrorState problem={problem} />}
    </>
  )
}

/** The report as one HTML file, made here: `kops load report --format html` writes the same. */
function Download({ report }: { report: LoadTestReport }) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const save = async () => {
    try {
      const { htmlReport } = await import('#shared/load-report/report-html.ts')
      const address = URL.createObjectURL(new Blob([htmlReport(report)], { type: 'text/html' }))
      const link = document.createElement('a')
      link.href = address
      link.download = `load-test-${report.run.id}.html`
      link.click()
      URL.revokeObjectURL(address)
    } catch (error) {
      setProblem(ownProblem('report_not_made', 'The report could not be made', String(error)))
    }
  }
  return (
    <>
      <button type="button" onClick={() => void save()}>
        Download the report
      </button>
      {problem && <ErrorState problem={problem} />}
    </>
  )
}

function Report({ report }: { report: LoadTestReport }) {
  const { run, seconds } = report
  const { id, createdAt, finishedAt, failure, result, status, workload } = run
  return (
    <>
      <p class="status-line">
        <StatusMark {...runState(run)} />
        <Lasted from={createdAt} to={finishedAt} />
        <CommandLine text={finishedAt === null ? `kops load watch ${id}` : `kops load report ${id}`} />
        <a href={addressOf(['load'], { workload: workload?.name, pick: id })}>Compare with another run</a>
      </p>
      {failure !== undefined && <p class={status === 'failed' ? 'notice notice-down' : 'notice'}>{failure}</p>}
      <Thresholds run={run} />
      <LoadTestFigures run={run} seconds={seconds} />
      <Times run={run} last={seconds.at(-1)} />
      <Plots report={report} />
      {result?.search && <Trials search={result.search} />}
      <LoadTestFacts run={run} />
      <Partitions report={report} />
      <WorkloadFile run={run} />
    </>
  )
}

/** Pixels of a plot for each point: more points would be on each other. */
const pixelsPerPoint = 2

/** Each second, taken together as far as there are more of them than pixels. */
function Plots({ report }: { report: LoadTestReport }) {
  const frame = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(600)
  useEffect(() => {
    if (!frame.current) return
    // In steps: dragging the edge of a window makes no points anew for each pixel.
    const resized = new ResizeObserver(([entry]) => setWidth(Math.ceil((entry?.contentRect.width ?? 600) / 200) * 200))
    resized.observe(frame.current)
    return () => resized.disconnect()
  }, [])
  const { run, seconds, partitions, spectrum } = report
  const charts = useMemo(
    () => chartsOf(report, Math.max(100, Math.floor(width / pixelsPerPoint))),
    [seconds, run.result, run.finishedAt, width]
  )
  const details = useMemo(
    () => [spectrumChart(report), ...partitionCharts(report)].filter((chart) => chart !== undefined),
    [partitions, spectrum]
  )
  return (
    <section aria-label="Second by second" ref={frame}>
      <h2>Second by second</h2>
      {charts.length === 0 && (
        <p class="empty">{run.finishedAt === null ? 'The first second is not over yet.' : 'No seconds were kept.'}</p>
      )}
      {charts.some(({ warmUpSeconds = 0 }) => warmUpSeconds > 0) && (
        <p class="muted">The shaded part is the warm-up, which the figures leave out.</p>
      )}
      <div class="plots">
        {[...charts, ...details].map((chart) => (
          <Plot key={chart.id} chart={chart} />
        ))}
      </div>
    </section>
  )
}

import type { DrillCounts } from '#shared/contracts/drill-verdict.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { comparedNames, phaseOf } from '#shared/drill-timeline.ts'
import { addresses } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { formatSeconds } from '../format/numbers.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Count, Lasted, Since } from '../ui/values.tsx'
import { Abort } from './drill-abort.tsx'
import { Guards } from './drill-guards.tsx'
import { DrillTimeline } from './drill-lanes.tsx'
import { Prediction } from './drill-prediction.tsx'
import { bandText, comparedOf } from './drill-timeline.ts'
import { Evidence, Findings } from './drill-verdict.tsx'
import { drillState, isUnderWay } from './job-states.ts'

/** How often one that runs publishes its lanes. */
const liveMs = 1000
const endedMs = 60_000

/** One drill: while it runs, what happens; then its verdict, with what it rests on. */
export function DrillPage({ id }: { id: string }) {
  const parts = { params: { id } }
  const known = useReading('GET /api/drills/{id}', parts, endedMs)
  const isLive = known.value !== undefined && isUnderWay(known.value)
  const reading = useReading('GET /api/drills/{id}', parts, isLive ? liveMs : endedMs)
  useShownCall('GET /api/drills/{id}', parts)
  const drill = reading.value
  return (
    <>
      <p class="crumbs">
        <a href="/drills">Drills</a>
      </p>
      <PageHeader title={drill ? `${drill.kind} on ${drill.node}` : id}>
        {drill && isUnderWay(drill) && <Abort route="POST /api/drills/{id}/abort" id={id} />}
        {drill && !isUnderWay(drill) && drill.request && (
          <a class="button" href={addresses.newDrill({ kind: drill.kind, repeat: id })}>
            Run again
          </a>
        )}
        <CopyShownCall />
      </PageHeader>
      <ReadingView reading={reading} what="the drill" lines={8}>
        {(value) => <DrillReport drill={value} />}
      </ReadingView>
    </>
  )
}

function DrillReport({ drill }: { drill: Drill }) {
  const { id, verdict, failure, guards = [], prediction, progress, load, request } = drill
  const compared = comparedOf(drill)
  return (
    <>
      <StatusLine drill={drill} />
      {failure && !verdict?.reasons.includes(failure) && <p class="notice notice-down">{failure}</p>}
      {verdict && (
        <ul class="reasons-list" aria-label="Reasons of the verdict">
          {verdict.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {!verdict && progress && (
        <dl class="figures">
          <Figure name="Acknowledged" value={progress.acknowledged} />
          <Figure name="Failed" value={progress.failed} bad />
          <Figure name="Without an answer" value={progress.indeterminate} />
        </dl>
      )}
      <DrillTimeline drill={drill} />
      {verdict?.counts && <Counts counts={verdict.counts} />}
      {verdict && <Findings verdict={verdict} />}
      {compared.length > 0 && verdict && <Compared compared={compared} />}
      <Evidence drill={drill} />
      {request?.topic && (
        <p>
          Topic: <a href={addresses.topic(request.topic)}>{request.topic}</a>, which others use, too.
        </p>
      )}
      {load && (
        <p>
          Beside it ran the <a href={`/load/${encodeURIComponent(load.run)}`}>load test {load.run}</a>.
        </p>
      )}
      {guards.length > 0 && (
        <details class="named">
          <summary>Guards, as they were read before</summary>
          <Guards guards={guards} />
        </details>
      )}
      {prediction && (
        <details class="named" open={!verdict}>
          <summary>Prediction</summary>
          <Prediction prediction={prediction} />
        </details>
      )}
      <p class="todo">
        <CommandLine text={`kops drill report ${id} -o drill.html`} />
      </p>
    </>
  )
}

/** Verdict or phase, since when, and how long. */
function StatusLine({ drill }: { drill: Drill }) {
  const { createdAt, finishedAt } = drill
  const phase = phaseOf(drill)
  return (
    <p class="status-line">
      <span aria-live="polite">
        <StatusMark {...drillState(drill)} />
      </span>
      {isUnderWay(drill) && (
        <strong>
          {phase.what} for <Since at={phase.since} />
        </strong>
      )}
      <Lasted from={createdAt} to={finishedAt} />
    </p>
  )
}

function Figure({ name, value, bad = false }: { name: string; value: number | undefined; bad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={bad && value !== undefined && value > 0 ? 'text-down' : ''}>
        <Count value={value} />
      </dd>
    </div>
  )
}

/** Records by what became of them. */
function Counts({ counts }: { counts: DrillCounts }) {
  return (
    <>
      <h2>Records</h2>
      <dl class="figures">
        <Figure name="Acknowledged" value={counts.acknowledged} />
        <Figure name="Lost" value={counts.ackedLost} bad />
        <Figure name="Corrupt" value={counts.corrupt} bad />
        <Figure name="Duplicates" value={counts.duplicates} />
        <Figure name="Reordered" value={counts.reordered} />
        <Figure name="Refused" value={counts.failed} />
        <Figure name="Without an answer" value={counts.indeterminate} />
        <Figure name="Not seen" value={counts.unseen} />
      </dl>
    </>
  )
}

function Compared({ compared }: { compared: ReturnType<typeof comparedOf> }) {
  return (
    <>
      <h2>Measured beside predicted</h2>
      <section class="wide" tabIndex={0} aria-label="Measured and predicted times">
        <table class="plan stacked" aria-label="Measured beside predicted">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Predicted</th>
              <th scope="col">Measured</th>
              <th scope="col">Because</th>
            </tr>
          </thead>
          <tbody>
            {compared.map(({ name, predicted, measuredSeconds, within, ...rest }) => (
              <tr key={name}>
                <th scope="row" class="below">
                  {comparedNames[name]}
                </th>
                <td data-label="Predicted">{predicted ? bandText(predicted) : '—'}</td>
                <td data-label="Measured">
                  {measuredSeconds === null ? '—' : formatSeconds(measuredSeconds)}{' '}
                  {within !== null && (
                    <StatusMark mark={within ? 'healthy' : 'degraded'} word={within ? 'within' : 'outside'} />
                  )}
                </td>
                <td class="muted below">{'explanation' in rest ? rest.explanation : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

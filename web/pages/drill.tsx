import { useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { problemOf } from '../api/problem.ts'
import { call, refusal } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { formatCount, formatSeconds } from '../format/numbers.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Action, ErrorState, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Since, Time } from '../ui/values.tsx'
import { drillState, isUnderWay } from './job-states.ts'

const abort = 'POST /api/drills/{id}/abort'

/** One drill: verdict or phase, guards, what was measured, and what happened when. */
export function DrillPage({ id }: { id: string }) {
  const parts = { params: { id } }
  const reading = useReading('GET /api/drills/{id}', parts, 2000)
  useShownCall('GET /api/drills/{id}', parts)
  const drill = reading.value
  return (
    <>
      <p class="crumbs">
        <a href="/drills">Drills</a>
      </p>
      <PageHeader title={drill ? `${drill.kind} on ${drill.node}` : id}>
        <CopyShownCall />
        {drill && isUnderWay(drill) && <Abort id={id} onDone={() => void reading.refresh()} />}
      </PageHeader>
      <ReadingView reading={reading} what="the drill" lines={8}>
        {(value) => <DrillReport drill={value} />}
      </ReadingView>
    </>
  )
}

function Abort({ id, onDone }: { id: string; onDone: () => void }) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const act = async () => {
    try {
      await call(abort, { params: { id } })
      onDone()
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  return (
    <>
      <Action label="Abort" why={refusal(abort)} onClick={() => void act()} kind="danger" />
      {problem && <ErrorState problem={problem} />}
    </>
  )
}

function DrillReport({ drill }: { drill: Drill }) {
  const { id, createdAt, finishedAt, verdict, failure, guards = [], timeline, progress } = drill
  const measured = verdict?.measurements
  return (
    <>
      <p class="status-line">
        <StatusMark {...drillState(drill)} />
        <span>
          <Time at={createdAt} named />
          {finishedAt === null ? (
            <>
              , for <Since at={createdAt} />
            </>
          ) : (
            `, took ${formatSeconds((Date.parse(finishedAt) - Date.parse(createdAt)) / 1000)}`
          )}
        </span>
        <CommandLine text={`kops drill report ${id}`} />
      </p>
      {failure && <p class="notice notice-down">{failure}</p>}
      {verdict && (
        <ul class="plain-list">
          {verdict.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <dl class="figures">
        <Measured name="Other leaders in" ms={measured?.timeToNewLeadersMs} />
        <Measured name="Longest gap" ms={measured?.longestAckGapMs} />
        <Measured name="Fault lasted" ms={measured?.faultDurationMs} />
        <Measured name="Full ISR in" ms={measured?.timeToFullIsrMs} />
        {Object.entries(verdict?.counts ?? progress ?? {}).map(([name, count]) => (
          <div key={name}>
            <dt>{name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}</dt>
            <dd>{formatCount(Number(count))}</dd>
          </div>
        ))}
      </dl>
      {guards.length > 0 && (
        <>
          <h2>Guards</h2>
          <ul class="plain-list">
            {guards.map(({ name, passed, forced, reading, limit }) => (
              <li key={name}>
                <StatusMark
                  mark={passed ? 'healthy' : 'down'}
                  word={passed ? 'passed' : forced ? 'overridden' : 'refused'}
                />{' '}
                <code>{name}</code> {reading} <span class="muted">(allowed: {limit})</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>What happened</h2>
      <ol class="plain-list">
        {timeline.map(({ at, event, detail }) => (
          <li key={`${at}${event}${detail}`}>
            <Time at={at} ms /> <strong>{event}</strong> {detail}
          </li>
        ))}
      </ol>
    </>
  )
}

function Measured({ name, ms }: { name: string; ms: number | null | undefined }) {
  if (ms === undefined || ms === null) return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>{formatSeconds(ms / 1000)}</dd>
    </div>
  )
}

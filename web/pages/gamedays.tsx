import type { DrillScheduleState } from '#shared/contracts/drill-schedules.ts'
import type { GameDay, GameDayStepResult } from '#shared/contracts/gamedays.ts'
import { addresses } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { formatSeconds } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, ReadingView } from '../ui/states.tsx'
import { type Mark, StatusMark } from '../ui/status-mark.tsx'
import { Lasted, Since, Time } from '../ui/values.tsx'
import { Abort } from './drill-abort.tsx'
import { DrillTabs } from './drill-tabs.tsx'
import { drillState } from './job-states.ts'

const stepMarks: Record<GameDayStepResult['state'], Mark> = {
  waiting: 'unknown',
  running: 'progress',
  passed: 'healthy',
  failed: 'down',
  inconclusive: 'degraded',
  aborted: 'unknown',
  skipped: 'unknown'
}
const listed = { query: { limit: 100 } }

const columns: readonly Column<GameDay>[] = [
  {
    id: 'name',
    label: 'Game day',
    phone: 'title',
    cell: ({ id, name }) => (
      <a href={addresses.gameDay(id)} data-row-link>
        {name}
      </a>
    )
  },
  { id: 'verdict', label: 'Verdict', phone: 'side', cell: (gameDay) => <StatusMark {...drillState(gameDay)} /> },
  {
    id: 'steps',
    label: 'Steps passed',
    phone: 'detail',
    cell: ({ steps }) => `${steps.filter(({ state }) => state === 'passed').length} of ${steps.length}`
  },
  { id: 'started', label: 'Started', phone: 'detail', cell: ({ createdAt }) => <Time at={createdAt} /> }
]

/** Drills one after the other, and those that start by themselves. */
export function GameDaysPage() {
  const gameDays = useReading('GET /api/gamedays', listed, 5000)
  const schedules = useReading('GET /api/drills/schedules', undefined, 30_000)
  useShownCall('GET /api/gamedays', listed)
  return (
    <>
      <PageHeader title="Game days">
        <a class="button" href={addresses.newGameDay()}>
          New game day
        </a>
        <CopyShownCall />
      </PageHeader>
      <DrillTabs at="/drills/gamedays" />
      <ReadingView reading={gameDays} what="the game days" lines={4}>
        {(value) =>
          value.gameDays.length === 0 ? (
            <Empty what="game days" filtered={false} />
          ) : (
            <DataTable label="Game days" columns={columns} rows={value.gameDays} keyOf={({ id }) => id} />
          )
        }
      </ReadingView>
      <h2>Schedules</h2>
      <ReadingView reading={schedules} what="the schedules" lines={3}>
        {(value) =>
          value.schedules.length === 0 ? (
            <p class="muted">
              There are none: <code>KOPS_DRILL_SCHEDULES</code> of load-test-service names their file.
            </p>
          ) : (
            <ul class="evidence">
              {value.schedules.map((schedule) => (
                <Schedule key={schedule.name} schedule={schedule} />
              ))}
            </ul>
          )
        }
      </ReadingView>
    </>
  )
}

function Schedule({ schedule: { name, what, cron, timeZone, next, last, verdict } }: { schedule: DrillScheduleState }) {
  const link = last?.drill ? addresses.drill(last.drill) : last?.gameDay ? addresses.gameDay(last.gameDay) : undefined
  const words = last && `${last.outcome}${verdict === null ? '' : `: ${verdict}`}`
  return (
    <li>
      <strong>{name}</strong> {what},{' '}
      <span class="muted">
        {cron} {timeZone}
      </span>
      <br />
      Next: {next[0] ? <Time at={next[0]} named /> : 'never'}.{' '}
      {last && (
        <>
          Last: <Time at={last.dueAt} named />, {link ? <a href={link}>{words}</a> : words}
          {last.detail && ` (${last.detail})`}.
        </>
      )}
    </li>
  )
}

/** One game day: its steps, what became of each, and the verdict. */
export function GameDayPage({ id }: { id: string }) {
  const parts = { params: { id } }
  const reading = useReading('GET /api/gamedays/{id}', parts, 2000)
  useShownCall('GET /api/gamedays/{id}', parts)
  const gameDay = reading.value
  return (
    <>
      <p class="crumbs">
        <a href={addresses.gameDays}>Game days</a>
      </p>
      <PageHeader title={gameDay?.name ?? id}>
        {gameDay?.status === 'running' && <Abort route="POST /api/gamedays/{id}/abort" id={id} />}
        {gameDay && gameDay.status !== 'running' && (
          <a class="button" href={addresses.newGameDay({ again: id })}>
            Run again
          </a>
        )}
        <CopyShownCall />
      </PageHeader>
      <ReadingView reading={reading} what="the game day" lines={8}>
        {(value) => <GameDayReport gameDay={value} />}
      </ReadingView>
    </>
  )
}

function GameDayReport({ gameDay }: { gameDay: GameDay }) {
  const { createdAt, finishedAt, plan, steps, verdict, failure } = gameDay
  return (
    <>
      <p class="status-line">
        <span aria-live="polite">
          <StatusMark {...drillState(gameDay)} />
        </span>
        <Lasted from={createdAt} to={finishedAt} />
      </p>
      {plan.description && <p>{plan.description}</p>}
      {failure && <p class="notice notice-down">{failure}</p>}
      {verdict && (
        <ul class="reasons-list" aria-label="Reasons of the verdict">
          {verdict.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <h2>Steps</h2>
      <ol class="evidence">
        {steps.map((step, nth) => (
          <Step key={nth} step={step} number={nth + 1} />
        ))}
      </ol>
    </>
  )
}

function Step({ step, number }: { step: GameDayStepResult; number: number }) {
  const { what, state, startedAt, finishedAt, drill, run, detail } = step
  return (
    <li>
      <StatusMark mark={stepMarks[state]} word={state} /> <strong>{number}.</strong> {what}{' '}
      <span class="muted">
        {startedAt !== null &&
          (finishedAt === null ? (
            <>
              for <Since at={startedAt} />
            </>
          ) : (
            `after ${formatSeconds((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)}`
          ))}
      </span>{' '}
      {drill && <a href={addresses.drill(drill)}>its drill</a>}
      {run && <a href={`/load/${encodeURIComponent(run)}`}>its load test</a>}
      {detail && <div class="muted">{detail}</div>}
    </li>
  )
}

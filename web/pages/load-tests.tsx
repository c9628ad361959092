import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { milliseconds } from '#shared/reports/figures.ts'
import { runActions } from '../app/actions.ts'
import { query, setQuery } from '../app/location.ts'
import { addresses, addressOf } from '../app/pages.ts'
import { refusal } from '../app/runtime.ts'
import { useGrowingList } from '../app/use-growing-list.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, linkColumn, numberColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Count, Time, Trouble, Unknown } from '../ui/values.tsx'
import { runState } from './job-states.ts'
import {
  comparisonAddress,
  type LoadListQuery,
  loadListQuery,
  matchingRuns,
  pickedOf,
  states,
  togglePick,
  verdicts,
  workloadsOf
} from './load-list-query.ts'

const nameOf = ({ id, workload }: LoadTestRun) => workload?.name ?? id

const columns = (picked: readonly string[]): readonly Column<LoadTestRun>[] => [
  linkColumn('run', 'Run', (run) => [nameOf(run), addressOf(['load', run.id])]),
  { id: 'state', label: 'State', phone: 'side', cell: (run) => <StatusMark {...runState(run)} /> },
  {
    id: 'pick',
    label: 'Compare',
    phone: 'detail',
    cell: (run) => (
      <input
        type="checkbox"
        aria-label={`Compare ${nameOf(run)}, ${run.id}`}
        checked={picked.includes(run.id)}
        onChange={() => setQuery({ pick: togglePick(picked, run.id).join(',') })}
      />
    )
  },
  { id: 'topic', label: 'Topic', phone: 'none', cell: ({ topic }) => <a href={addresses.topic(topic)}>{topic}</a> },
  { id: 'started', label: 'Started', phone: 'detail', cell: ({ createdAt }) => <Time at={createdAt} /> },
  numberColumn('rate', 'Records/s', (run) => <Rate run={run} />),
  numberColumn('p99', 'Response p99', ({ result }) =>
    result?.responseTimeMs ? `${milliseconds(result.responseTimeMs.p99)} ms` : <Unknown reason="not_measured" />
  ),
  numberColumn('failed', 'Failed', ({ result, progress }) => (
    <Trouble value={result?.failed ?? progress?.failed ?? null} level="down" />
  ))
]

/** What it achieved; of a search the rate that the cluster sustains, and of a run that goes on that of its last second. */
function Rate({ run: { result, progress } }: { run: LoadTestRun }) {
  const { acknowledged = null, unconfirmed } = progress?.second ?? {}
  const measured = result?.search
    ? result.search.highestPass
    : result
      ? (result.steadyState?.eventsPerSecond ?? result.eventsPerSecond)
      : (unconfirmed ?? acknowledged)
  return <Count value={measured === null ? null : Math.round(measured)} />
}

/** The load tests, newest first; two of them can be compared. */
export function LoadTestsPage() {
  const { limit, onNearEnd } = useGrowingList()
  // The service lists at most a thousand at once.
  const parts = { query: { limit: Math.min(1000, limit) } }
  const runs = useReading('GET /api/loadtest/runs', parts, 5000)
  useShownCall('GET /api/loadtest/runs', parts)
  const asked = loadListQuery(query.value)
  const picked = pickedOf(query.value.get('pick'))
  const filtered = Object.values(asked).some((each) => each !== null)
  return (
    <>
      <PageHeader title="Load tests">
        <a class="button primary" href={addressOf(['load', 'new'])}>
          {refusal('POST /api/loadtest/runs') === undefined ? 'New load test' : 'Plan a load test'}
        </a>
        <CopyShownCall />
      </PageHeader>
      <ReadingView reading={runs} what="the load tests" lines={8}>
        {(value) => {
          const shown = matchingRuns(value.runs, asked)
          return (
            <>
              <Filters asked={asked} workloads={workloadsOf(value.runs)} />
              <p class="toolbar" role="status">
                <span class="muted">{counted(shown.length, 'load test')}</span>
                <Comparison picked={picked} runs={value.runs} />
              </p>
              {shown.length === 0 ? (
                <Empty
                  what="load tests"
                  filtered={filtered}
                  onClear={() => setQuery({ state: undefined, verdict: undefined, workload: undefined })}
                />
              ) : (
                <DataTable
                  label="Load tests"
                  columns={columns(picked)}
                  rows={shown}
                  keyOf={({ id }) => id}
                  actions={runActions}
                  onNearEnd={limit < 1000 ? onNearEnd(value.runs.length, value.nextCursor) : undefined}
                />
              )}
            </>
          )
        }}
      </ReadingView>
    </>
  )
}

function Comparison({ picked, runs }: { picked: readonly string[]; runs: readonly LoadTestRun[] }) {
  const address = comparisonAddress(picked, runs)
  if (address !== undefined) {
    return (
      <a class="button" href={address}>
        Compare the two
      </a>
    )
  }
  return <span class="muted">{picked.length === 1 ? 'Tick one more to compare it' : 'Tick two to compare them'}</span>
}

function Filters({ asked, workloads }: { asked: LoadListQuery; workloads: string[] }) {
  return (
    <div class="toolbar">
      <Chips name="state" legend="State" values={states.map((state) => [state, state])} chosen={asked.state} />
      <Chips name="verdict" legend="Verdict" values={Object.entries(verdicts)} chosen={asked.verdict} />
      <label>
        Workload{' '}
        <select
          value={asked.workload ?? ''}
          onChange={({ currentTarget }) => setQuery({ workload: currentTarget.value })}
        >
          <option value="">all</option>
          {workloads.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </div>
  )
}

interface ChipsProps {
  /** Of the parameter in the address. */
  name: string
  legend: string
  values: readonly (readonly [value: string, label: string])[]
  chosen: string | null
}

function Chips({ name, legend, values, chosen }: ChipsProps) {
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">{legend}</legend>
      {values.map(([value, label]) => (
        <button
          key={value}
          type="button"
          aria-pressed={chosen === value}
          onClick={() => setQuery({ [name]: chosen === value ? undefined : value })}
        >
          {label}
        </button>
      ))}
    </fieldset>
  )
}

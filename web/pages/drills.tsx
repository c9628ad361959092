import type { Drill } from '#shared/contracts/drills.ts'

import { drillActions } from '../app/actions.ts'

import { query, setQuery } from '../app/location.ts'
import { addresses } from '../app/pages.ts'
import { refusal } from '../app/runtime.ts'

import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted, formatSeconds } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, linkColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Empty, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Time, Trouble } from '../ui/values.tsx'
import { type DrillFilter, drillFilters, filterOf, matchingDrills } from './drill-list-query.ts'
import { DrillTabs } from './drill-tabs.tsx'
import { drillState } from './job-states.ts'

const parts = { query: { limit: 200 } }

const columns: readonly Column<Drill>[] = [
  linkColumn('drill', 'Drill', ({ kind, node, id }) => [`${kind} on ${node}`, addresses.drill(id)]),
  { id: 'verdict', label: 'Verdict', phone: 'side', cell: (drill) => <StatusMark {...drillState(drill)} /> },
  { id: 'started', label: 'Started', phone: 'detail', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    id: 'leaders',
    label: 'Other leaders in',
    align: 'end',
    phone: 'none',
    cell: ({ verdict }) => milliseconds(verdict?.measurements.timeToNewLeadersMs)
  },
  {
    id: 'gap',
    label: 'Longest gap',
    align: 'end',
    phone: 'detail',
    cell: ({ verdict }) => milliseconds(verdict?.measurements.longestAckGapMs)
  },
  {
    id: 'lost',
    label: 'Acknowledged and lost',
    align: 'end',
    phone: 'none',
    cell: ({ verdict }) => <Trouble value={verdict?.counts?.ackedLost ?? null} level="down" />
  }
]

function milliseconds(value: number | null | undefined): string {
  return value === null || value === undefined ? '—' : formatSeconds(value / 1000)
}

/** The rehearsals of failures, newest first. */
export function DrillsPage() {
  const drills = useReading('GET /api/drills', parts, 5000)
  useShownCall('GET /api/drills', parts)
  const [q, verdict] = [query.value.get('q') ?? '', query.value.get('verdict')]
  return (
    <>
      <PageHeader title="Drills">
        <NewDrill />
        <CopyShownCall />
      </PageHeader>
      <DrillTabs at="/drills" />
      <ReadingView reading={drills} what="the drills" lines={8}>
        {(value) => {
          const shown = matchingDrills(value.drills, { q, verdict })
          const filtered = q !== '' || verdict !== null
          return (
            <>
              <div class="toolbar">
                <SearchField
                  label="Drills whose kind, node or topic has"
                  value={q}
                  onChange={(text) => setQuery({ q: text })}
                />
                <Verdicts drills={value.drills} verdict={verdict} />
                <span class="muted" role="status">
                  {counted(shown.length, 'drill')}
                </span>
              </div>
              {shown.length === 0 ? (
                <Empty
                  what="drills"
                  filtered={filtered}
                  onClear={() => setQuery({ q: undefined, verdict: undefined })}
                />
              ) : (
                <DataTable
                  label="Drills"
                  columns={columns}
                  rows={shown}
                  keyOf={({ id }) => id}
                  actions={drillActions}
                  freezes
                />
              )}
            </>
          )
        }}
      </ReadingView>
    </>
  )
}

function NewDrill() {
  const why = refusal('POST /api/drills')
  // Whoever may not start one may still look at what it would do.
  return (
    <a class="button primary" href={addresses.newDrill()}>
      {why === undefined ? 'New drill' : 'Plan a drill'}
    </a>
  )
}

function Verdicts({ drills, verdict }: { drills: readonly Drill[]; verdict: string | null }) {
  const counts = Map.groupBy(drills, filterOf)
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">Verdict</legend>
      {Object.entries(drillFilters).map(([name, label]) => (
        <button
          key={name}
          type="button"
          aria-pressed={verdict === name}
          onClick={() => setQuery({ verdict: verdict === name ? undefined : name })}
        >
          {label} {counts.get(name as DrillFilter)?.length ?? 0}
        </button>
      ))}
    </fieldset>
  )
}

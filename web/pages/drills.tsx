import type { Drill } from '#shared/contracts/drills.ts'
import { drillActions } from '../app/actions.ts'
import { addressOf } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { formatSeconds } from '../format/numbers.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Time, Trouble } from '../ui/values.tsx'
import { drillState } from './job-states.ts'

const parts = { query: { limit: 200 } }

const columns: readonly Column<Drill>[] = [
  {
    id: 'drill',
    label: 'Drill',
    phone: 'title',
    cell: ({ id, kind, node }) => (
      <a href={addressOf(['drills', id])} data-row-link>
        {kind} on {node}
      </a>
    )
  },
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
  return (
    <>
      <PageHeader title="Drills">
        <CopyShownCall />
      </PageHeader>
      <p class="todo">
        <CommandLine text="kops drill plan broker-stop --node kafka-1" />
        <CommandLine text="kops drill scorecard" />
      </p>
      <ReadingView reading={drills} what="the drills" lines={8}>
        {(value) =>
          value.drills.length === 0 ? (
            <Empty what="drills" filtered={false} />
          ) : (
            <DataTable
              label="Drills"
              columns={columns}
              rows={value.drills}
              keyOf={({ id }) => id}
              actions={drillActions}
            />
          )
        }
      </ReadingView>
    </>
  )
}

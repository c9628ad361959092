import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { runActions } from '../app/actions.ts'
import { addresses } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { formatCount, formatSeconds } from '../format/numbers.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Time, Trouble } from '../ui/values.tsx'
import { runState } from './job-states.ts'

const parts = { query: { limit: 200 } }

const columns: readonly Column<LoadTestRun>[] = [
  {
    id: 'run',
    label: 'Run',
    phone: 'title',
    cell: ({ id, workload }) => (
      <a href={`/load/${id}`} data-row-link>
        {workload?.name ?? id}
      </a>
    )
  },
  { id: 'state', label: 'State', phone: 'side', cell: (run) => <StatusMark {...runState(run)} /> },
  { id: 'topic', label: 'Topic', phone: 'none', cell: ({ topic }) => <a href={addresses.topic(topic)}>{topic}</a> },
  { id: 'started', label: 'Started', phone: 'detail', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    id: 'rate',
    label: 'Records/s',
    align: 'end',
    phone: 'detail',
    cell: ({ result }) => (result ? formatCount(Math.round(result.eventsPerSecond)) : '—')
  },
  {
    id: 'p99',
    label: 'Response p99',
    align: 'end',
    phone: 'none',
    cell: ({ result }) => (result?.responseTimeMs ? formatSeconds(result.responseTimeMs.p99 / 1000) : '—')
  },
  {
    id: 'failed',
    label: 'Failed',
    align: 'end',
    phone: 'none',
    cell: ({ result }) => <Trouble value={result?.failed ?? null} level="down" />
  }
]

/** The load tests, newest first. */
export function LoadTestsPage() {
  const runs = useReading('GET /api/loadtest/runs', parts, 5000)
  useShownCall('GET /api/loadtest/runs', parts)
  return (
    <>
      <PageHeader title="Load tests">
        <CopyShownCall />
      </PageHeader>
      <p class="todo">
        <CommandLine text="kops load workloads" />
        <CommandLine text="kops load run workloads/steady.yaml" />
      </p>
      <ReadingView reading={runs} what="the load tests" lines={8}>
        {(value) =>
          value.runs.length === 0 ? (
            <Empty what="load tests" filtered={false} />
          ) : (
            <DataTable
              label="Load tests"
              columns={columns}
              rows={value.runs}
              keyOf={({ id }) => id}
              actions={runActions}
            />
          )
        }
      </ReadingView>
    </>
  )
}

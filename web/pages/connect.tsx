import type { Connector } from '#shared/contracts/connectors.ts'
import type { OfferedAction } from '../app/actions.ts'
import { addressOf } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, linkColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { connectorState } from './connector-state.ts'

const everyMs = 5000

const columns: readonly Column<Connector>[] = [
  linkColumn('name', 'Connector', ({ name }) => [name, addressOf(['connect', name])]),
  { id: 'state', label: 'State', phone: 'side', cell: (connector) => <StatusMark {...connectorState(connector)} /> },
  { id: 'type', label: 'Kind', phone: 'detail', cell: ({ type }) => type },
  { id: 'tasks', label: 'Tasks', align: 'end', phone: 'detail', cell: ({ tasks }) => tasks.length },
  {
    id: 'letters',
    label: 'Dead letters',
    phone: 'none',
    cell: ({ deadLetterTopic }) =>
      deadLetterTopic === null ? (
        <span class="muted">none</span>
      ) : (
        <a href={addressOf(['dead-letters', deadLetterTopic])}>{deadLetterTopic}</a>
      )
  },
  {
    id: 'error',
    label: 'Error',
    phone: 'none',
    cell: ({ error, tasks }) => (
      <span class="cut">{error ?? tasks.find((task) => task.error !== null)?.error ?? '—'}</span>
    )
  }
]

/** What can be done with a connector: each opens its plan on the connector's page. */
export function connectorActions({ name, state }: Pick<Connector, 'name' | 'state'>): OfferedAction[] {
  const at = (action: string) => addressOf(['connect', name], { do: action })
  return [
    { label: 'Restart what failed', to: at('restart'), route: 'POST /api/connectors/{name}/restart' },
    state === 'PAUSED'
      ? { label: 'Resume', to: at('resume'), route: 'POST /api/connectors/{name}/resume' }
      : { label: 'Pause', to: at('pause'), route: 'POST /api/connectors/{name}/pause' },
    { label: 'Delete', to: at('delete'), route: 'DELETE /api/connectors/{name}', danger: true }
  ]
}

/** The connectors of Kafka Connect. */
export function ConnectPage() {
  const reading = useReading('GET /api/connectors', {}, everyMs)
  useShownCall('GET /api/connectors', {})
  return (
    <>
      <PageHeader title="Kafka Connect">
        <CopyShownCall />
      </PageHeader>
      {reading.problem?.code === 'connect_not_configured' ? (
        <div class="notice">
          <p>
            <strong>No Kafka Connect is configured.</strong> A worker runs beside the cluster with
          </p>
          <p class="todo">
            <CommandLine text="./setup.sh --with connect" />
          </p>
          <p>
            or set <code>KOPS_CONNECT_URL</code> to one that you have.
          </p>
        </div>
      ) : (
        <ReadingView reading={reading} what="the connectors" lines={6}>
          {({ connectors }) =>
            connectors.length === 0 ? (
              <>
                <Empty what="connectors" filtered={false} />
                <p class="todo">
                  <CommandLine text="kops connect apply audit-logs-to-file --dry-run" />
                </p>
              </>
            ) : (
              <DataTable
                label="Connectors"
                columns={columns}
                rows={connectors}
                keyOf={({ name }) => name}
                actions={connectorActions}
              />
            )
          }
        </ReadingView>
      )}
    </>
  )
}

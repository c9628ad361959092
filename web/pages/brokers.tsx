import type { Broker } from '#shared/contracts/brokers.ts'
import { brokerActions } from '../app/actions.ts'
import { addresses } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { formatSeconds } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, numberColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Bytes, Trouble } from '../ui/values.tsx'

const everyMs = 5000

const columns: readonly Column<Broker>[] = [
  {
    id: 'broker',
    label: 'Broker',
    phone: 'title',
    cell: ({ id, controller }) => (
      <>
        <a href={addresses.broker(id)} data-row-link>
          kafka-{id}
        </a>
        {controller && <span class="badge">controller</span>}
      </>
    )
  },
  {
    id: 'state',
    label: 'State',
    phone: 'side',
    cell: ({ reachable, outOfSync }) =>
      !reachable ? (
        <StatusMark mark="down" word="does not answer" />
      ) : outOfSync > 0 ? (
        <StatusMark mark="degraded" word="catching up" />
      ) : (
        <StatusMark mark="healthy" word="in sync" />
      )
  },
  { id: 'rack', label: 'Rack', phone: 'detail', cell: ({ rack }) => rack ?? '—' },
  {
    id: 'address',
    label: 'Address',
    phone: 'none',
    cell: ({ host, port }) => (host === null ? '—' : `${host}:${port}`)
  },
  numberColumn('leaders', 'Leaders', ({ leaders }) => leaders, { phone: 'detail' }),
  numberColumn('preferred', 'Preferred', ({ preferredLeaders }) => preferredLeaders),
  numberColumn('replicas', 'Replicas', ({ replicas }) => replicas, { phone: 'detail' }),
  numberColumn('out', 'Out of sync', ({ outOfSync }) => <Trouble value={outOfSync} level="degraded" />),
  numberColumn('size', 'Size', ({ sizeBytes }) => <Bytes value={sizeBytes} reason="broker_unreachable" />),
  numberColumn('answers', 'Answers in', ({ responseTimeMs }) =>
    responseTimeMs === null ? '—' : formatSeconds(responseTimeMs / 1000)
  )
]

export function BrokersPage() {
  const brokers = useReading('GET /api/brokers', {}, everyMs)
  useShownCall('GET /api/brokers', {})
  return (
    <>
      <PageHeader title="Brokers" asOf={brokers.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
      </PageHeader>
      <ReadingView reading={brokers} what="the brokers">
        {(value) => (
          <>
            <Partial warnings={value.warnings} />
            <DataTable
              label="Brokers"
              columns={columns}
              rows={value.brokers}
              keyOf={({ id }) => `kafka-${id}`}
              actions={({ id }) => brokerActions(id)}
            />
          </>
        )}
      </ReadingView>
    </>
  )
}

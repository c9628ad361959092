import type { GroupPartitionHealth } from '#shared/contracts/group-health.ts'
import { addresses } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, linkColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, Partial, ReadingView } from '../ui/states.tsx'
import { Count, Figure, Seconds } from '../ui/values.tsx'
import { lagColumns, Verdict } from './lag-columns.tsx'
import { ResetGroup } from './reset-offsets.tsx'

const everyMs = 5000

const columns: readonly Column<GroupPartitionHealth>[] = [
  linkColumn('partition', 'Partition', ({ topic, partition }) => [`${topic}-${partition}`, addresses.topic(topic)]),
  ...lagColumns,
  {
    id: 'committed',
    label: 'Committed',
    align: 'end',
    phone: 'none',
    cell: ({ committedOffset, lagReason }) => <Count value={committedOffset} reason={lagReason} />
  },
  {
    id: 'end',
    label: 'Log end',
    align: 'end',
    phone: 'none',
    cell: ({ logEndOffset }) => <Count value={logEndOffset} reason="partition_unavailable" />
  },
  {
    id: 'margin',
    label: 'Ahead of retention',
    align: 'end',
    phone: 'none',
    cell: ({ retentionMarginRecords }) => <Count value={retentionMarginRecords} />
  },
  {
    id: 'member',
    label: 'Member',
    phone: 'detail',
    cell: ({ clientId, host, memberId }) =>
      memberId === null ? <span class="muted">nobody</span> : `${clientId ?? memberId} ${host ?? ''}`
  }
]

/** A group, partition by partition, the worst first. */
export function GroupPage({ group }: { group: string }) {
  const parts = { params: { group } }
  const reading = useReading('GET /api/health/groups/{group}', parts, everyMs)
  useShownCall('GET /api/health/groups/{group}', parts)
  return (
    <>
      <p class="crumbs">
        <a href="/groups">Consumer groups</a>
      </p>
      <PageHeader title={group} asOf={reading.value?.asOf} everyMs={30_000}>
        <CopyShownCall />
        {reading.value && (
          <ResetGroup
            group={group}
            topics={[...new Set(reading.value.partitions.map(({ topic }) => topic))].sort()}
            onDone={() => void reading.refresh()}
          />
        )}
      </PageHeader>
      <ReadingView reading={reading} what="the consumer group" lines={10}>
        {({
          state,
          members,
          lag,
          lagReason,
          lagSeconds,
          lagSecondsReason,
          verdict,
          verdictReason,
          partitions,
          warnings
        }) => (
          <>
            <dl class="figures">
              <Figure name="Verdict">
                <Verdict verdict={verdict} {...(verdictReason && { verdictReason })} />
              </Figure>
              <Figure name="State">{state}</Figure>
              <Figure name="Members">
                <Count value={members} />
              </Figure>
              <Figure name="Lag">
                <Count value={lag} reason={lagReason} />
              </Figure>
              <Figure name="Behind">
                <Seconds value={lagSeconds} reason={lagSecondsReason} />
              </Figure>
            </dl>
            <Partial warnings={warnings} />
            {partitions.length === 0 ? (
              <Empty what="partitions with a commit or a member" filtered={false} />
            ) : (
              <DataTable
                label={`Partitions of ${group}`}
                columns={columns}
                rows={worstFirst(partitions)}
                keyOf={({ topic, partition }) => `${topic}-${partition}`}
                freezes
              />
            )}
          </>
        )}
      </ReadingView>
    </>
  )
}

function worstFirst(partitions: readonly GroupPartitionHealth[]): GroupPartitionHealth[] {
  const severity = ['OK', 'WARN', 'STALL', 'STOP', 'REWIND', 'ERR']
  const rank = ({ verdict }: GroupPartitionHealth) => (verdict === null ? 0.5 : severity.indexOf(verdict))
  return partitions.toSorted((a, b) => rank(b) - rank(a) || (b.lag ?? -1) - (a.lag ?? -1))
}

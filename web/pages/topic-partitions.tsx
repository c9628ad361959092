import type { Partition, TopicDetail } from '#shared/contracts/topics.ts'
import { addresses, addressOf } from '../app/pages.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Bytes, Count } from '../ui/values.tsx'

/** The partitions: who leads, who follows, who has fallen behind. */
export function TopicPartitions({ topic: { name, partitions } }: { topic: TopicDetail }) {
  const columns: readonly Column<Partition>[] = [
    {
      id: 'partition',
      label: 'Partition',
      phone: 'title',
      cell: ({ partition }) => (
        <a href={addressOf(['topics', name, 'messages'], { p: partition })} data-row-link>
          {partition}
        </a>
      )
    },
    {
      id: 'state',
      label: 'State',
      phone: 'side',
      cell: ({ leader, isr, replicas }) =>
        leader === null ? (
          <StatusMark mark="down" word="no leader" />
        ) : isr.length < replicas.length ? (
          <StatusMark mark="degraded" word={`${isr.length} of ${replicas.length} in sync`} />
        ) : (
          <StatusMark mark="healthy" word="in sync" />
        )
    },
    {
      id: 'leader',
      label: 'Leader',
      phone: 'none',
      cell: ({ leader }) => (leader === null ? '—' : <a href={addresses.broker(leader)}>kafka-{leader}</a>)
    },
    {
      id: 'replicas',
      label: 'Replicas',
      phone: 'detail',
      cell: ({ leader, isr, replicas }) => (
        <span class="replicas">
          {replicas.map((id) => (
            <span
              key={id}
              class={`replica ${isr.includes(id) ? '' : 'is-out'} ${id === leader ? 'is-leader' : ''}`}
              title={`kafka-${id}: ${id === leader ? 'leader' : isr.includes(id) ? 'in sync' : 'not in sync'}`}
            >
              {isr.includes(id) ? '' : '▲'}
              {id}
              <span class="visually-hidden">
                {id === leader ? ' leader' : isr.includes(id) ? ' in sync' : ' not in sync'}
              </span>
            </span>
          ))}
        </span>
      )
    },
    {
      id: 'start',
      label: 'Start',
      align: 'end',
      phone: 'none',
      cell: ({ logStartOffset, offsetsReason }) => <Count value={logStartOffset} reason={offsetsReason} />
    },
    {
      id: 'end',
      label: 'End',
      align: 'end',
      phone: 'none',
      cell: ({ logEndOffset, offsetsReason }) => <Count value={logEndOffset} reason={offsetsReason} />
    },
    {
      id: 'records',
      label: 'Records',
      align: 'end',
      phone: 'detail',
      cell: ({ logStartOffset, logEndOffset, offsetsReason }) => (
        <Count
          value={logStartOffset === null || logEndOffset === null ? null : logEndOffset - logStartOffset}
          reason={offsetsReason}
        />
      )
    },
    {
      id: 'size',
      label: 'Size',
      align: 'end',
      phone: 'detail',
      cell: ({ sizeBytes, sizeReason }) => <Bytes value={sizeBytes} reason={sizeReason} />
    }
  ]
  return (
    <DataTable
      label={`Partitions of ${name}`}
      columns={columns}
      rows={partitions}
      keyOf={({ partition }) => String(partition)}
    />
  )
}

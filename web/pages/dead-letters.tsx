import type { DeadLetterQueue } from '#shared/contracts/dead-letters.ts'
import type { OfferedAction } from '../app/actions.ts'
import { addresses, addressOf } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, linkColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Count, Since, Trouble, Unknown } from '../ui/values.tsx'

const everyMs = 10_000

const columns: readonly Column<DeadLetterQueue>[] = [
  linkColumn('queue', 'Queue', ({ topic }) => [topic, addressOf(['dead-letters', topic])]),
  { id: 'state', label: 'State', phone: 'side', cell: (queue) => <QueueState queue={queue} /> },
  {
    id: 'undecided',
    label: 'Undecided',
    align: 'end',
    phone: 'detail',
    cell: ({ undecided }) => <Trouble value={undecided} level="degraded" />
  },
  {
    id: 'oldest',
    label: 'Oldest',
    align: 'end',
    phone: 'detail',
    cell: ({ oldestUndecidedAt, undecided }) =>
      oldestUndecidedAt !== null ? (
        <Since at={oldestUndecidedAt} />
      ) : undecided === 0 ? (
        <span class="muted">none</span>
      ) : (
        <Unknown />
      )
  },
  { id: 'hour', label: 'Last hour', align: 'end', phone: 'none', cell: ({ lastHour }) => <Count value={lastHour} /> },
  {
    id: 'unconfirmed',
    label: 'Unconfirmed',
    align: 'end',
    phone: 'none',
    cell: ({ unconfirmed }) => <Trouble value={unconfirmed} level="down" />
  },
  { id: 'letters', label: 'Letters', align: 'end', phone: 'none', cell: ({ letters }) => <Count value={letters} /> },
  {
    id: 'origin',
    label: 'Of topic',
    phone: 'none',
    cell: ({ originTopic }) =>
      originTopic === null ? <span class="muted">—</span> : <a href={addresses.topic(originTopic)}>{originTopic}</a>
  }
]

function QueueState({ queue: { undecided, unconfirmed } }: { queue: DeadLetterQueue }) {
  if (undecided === null || unconfirmed === null) return <StatusMark mark="unknown" word="not known" />
  if (unconfirmed > 0) return <StatusMark mark="down" word="interrupted" />
  return undecided > 0 ? (
    <StatusMark mark="degraded" word="to decide" />
  ) : (
    <StatusMark mark="healthy" word="nothing to do" />
  )
}

function queueActions(queue: string): OfferedAction[] {
  const at = (action: string) => addressOf(['dead-letters', queue], { do: action })
  return [
    { label: 'Replay letters', to: at('replay'), route: 'POST /api/dead-letters/{topicName}/replay' },
    { label: 'Discard letters', to: at('discard'), route: 'POST /api/dead-letters/{topicName}/discard', danger: true },
    { label: 'The topic', to: addresses.topic(queue) }
  ]
}

/** The queues of dead letters: how many letters nobody has decided on, and since when. */
export function DeadLettersPage() {
  const queues = useReading('GET /api/dead-letters', {}, everyMs)
  useShownCall('GET /api/dead-letters', {})
  return (
    <>
      <PageHeader title="Dead letters" asOf={queues.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
      </PageHeader>
      <ReadingView reading={queues} what="the queues" lines={8}>
        {({ queues: rows, patterns, warnings }) => (
          <>
            <Partial warnings={warnings} />
            {rows.length === 0 ? (
              <div class="empty">
                <p>There are no queues: no topic has a name like {patterns.split(',').join(', ')}.</p>
                <p>
                  Is yours called otherwise? Add its name to <code>KOPS_DEAD_LETTER_QUEUES</code>.
                </p>
              </div>
            ) : (
              <DataTable
                label="Queues of dead letters"
                columns={columns}
                rows={rows.toSorted((a, b) => (b.undecided ?? Infinity) - (a.undecided ?? Infinity) || 0)}
                keyOf={({ topic }) => topic}
                actions={({ topic }) => queueActions(topic)}
                freezes
              />
            )}
          </>
        )}
      </ReadingView>
    </>
  )
}

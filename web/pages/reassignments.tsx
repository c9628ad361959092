import type { ReassignmentList, ReassignmentProgress } from '#shared/contracts/reassignment-progress.ts'
import { query } from '../app/location.ts'
import { addresses, addressOf } from '../app/pages.ts'
import { readings } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted, formatBytes, formatSeconds, formatShare } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, linkColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { PlannedAction } from '../ui/planned-change.tsx'
import { Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Bytes, Figure, Since, Unknown } from '../ui/values.tsx'
import { BalanceBrokers } from './balance-brokers.tsx'
import { ChangeFactor, DrainBroker, ElectPreferred, RefillBroker } from './reassignment-plans.tsx'
import { cancelQuery, copiedShare, moveState } from './reassignment-requests.ts'

const everyMs = 2000
const cancel = 'DELETE /api/reassignments'
const parts = { query: { limit: 1000 } }

const brokersOf = (ids: readonly number[]) => (ids.length === 0 ? '—' : ids.map((id) => `kafka-${id}`).join(', '))

const columns: readonly Column<ReassignmentProgress>[] = [
  linkColumn('partition', 'Partition', ({ topic, partition }) => [`${topic}-${partition}`, addresses.topic(topic)]),
  { id: 'state', label: 'State', phone: 'side', cell: (move) => <StatusMark {...moveState(move)} /> },
  { id: 'copied', label: 'Copied', phone: 'detail', cell: (move) => <Copied of={move} /> },
  {
    id: 'rate',
    label: 'Bytes/s',
    align: 'end',
    phone: 'none',
    cell: ({ bytesPerSec }) => (bytesPerSec === null ? <Unknown reason="not_measured" /> : formatBytes(bytesPerSec))
  },
  { id: 'adding', label: 'To', phone: 'none', cell: ({ adding }) => brokersOf(adding) },
  { id: 'removing', label: 'Off', phone: 'none', cell: ({ removing }) => brokersOf(removing) }
]

function Copied({ of: { copiedBytes, totalBytes } }: { of: Pick<ReassignmentList, 'copiedBytes' | 'totalBytes'> }) {
  const share = copiedShare({ copiedBytes, totalBytes })
  if (share === undefined) return <Unknown reason="broker_unreachable" />
  return (
    <span class="copied">
      <meter value={share} aria-label="Copied">
        {formatShare(share)}
      </meter>{' '}
      {Math.floor(share * 100)} % <span class="muted">of {formatBytes(totalBytes ?? 0)}</span>
    </span>
  )
}

/** Partitions that move between brokers, and what can be moved. */
export function ReassignmentsPage() {
  const reading = useReading('GET /api/reassignments', parts, everyMs)
  useShownCall('GET /api/reassignments', {})
  const changed = () => {
    readings.refresh('/api/reassignments')
    readings.refresh('/api/brokers')
  }
  return (
    <>
      <PageHeader title="Reassignments" asOf={reading.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
        <CancelMoves any={(reading.value?.partitions ?? 0) > 0} onDone={changed} />
      </PageHeader>
      <ReadingView reading={reading} what="the reassignments" lines={6}>
        {(list) => (
          <>
            <Partial warnings={list.warnings} />
            <Sums list={list} />
            {list.reassignments.length > 0 && (
              <DataTable
                label="Running reassignments"
                columns={columns}
                rows={list.reassignments}
                keyOf={({ topic, partition }) => `${topic}-${partition}`}
                actions={({ topic, partition }) => [
                  { label: 'The topic', to: addresses.topic(topic) },
                  {
                    label: 'Cancel',
                    to: addressOf(['reassignments'], { do: 'cancel', topic, partition }),
                    route: cancel,
                    danger: true
                  }
                ]}
                freezes
              />
            )}
          </>
        )}
      </ReadingView>
      <h2>Move something</h2>
      <p class="muted">Each shows its plan first: what is copied where, how much, and how long that takes at least.</p>
      <div class="buttons">
        <DrainBroker onDone={changed} />
        <RefillBroker onDone={changed} />
        <BalanceBrokers onDone={changed} />
        <ChangeFactor onDone={changed} />
        <ElectPreferred onDone={changed} />
      </div>
    </>
  )
}

/** All moves in one line, and their throttle. */
function Sums({ list }: { list: ReassignmentList }) {
  const { partitions, bytesPerSec, etaSeconds, throttle } = list
  if (partitions === null) {
    return <StatusMark mark="unknown" word="Not known whether anything moves: no controller has answered" />
  }
  return (
    <>
      {partitions === 0 ? (
        <p>
          <StatusMark mark="healthy" word="Nothing is moving" />
        </p>
      ) : (
        <dl class="figures">
          <Figure name="Moving">{counted(partitions, 'partition')}</Figure>
          <Figure name="Copied">
            <Copied of={list} />
          </Figure>
          <Figure name="Bytes/s">
            <Bytes value={bytesPerSec} reason="not_measured" />
          </Figure>
          <Figure name="Left">{etaSeconds === null ? <Unknown /> : formatSeconds(Math.ceil(etaSeconds))}</Figure>
        </dl>
      )}
      {throttle && (
        <p>
          Throttled to <strong>{formatBytes(throttle.bytesPerSec)}/s</strong> a broker for <Since at={throttle.since} />
          , on {brokersOf(throttle.brokers)}; it goes when the last move ends.
        </p>
      )}
    </>
  )
}

function CancelMoves({ any, onDone }: { any: boolean; onDone: () => void }) {
  return (
    <PlannedAction
      action="cancel"
      about={['topic', 'partition']}
      label="Cancel all"
      offered={any}
      title="Cancel moves"
      kind="danger"
      route={cancel}
      parts={{ query: cancelQuery(query.value) }}
      verb="Cancel them"
      lacks={({ cancelled }) => (cancelled.length === 0 ? 'Nothing of this is moving.' : undefined)}
      onDone={onDone}
    >
      {({ cancelled, refused, warnings }) => (
        <>
          <Partial warnings={warnings} />
          <p>{counted(cancelled.length, 'partition')} would stay where they were; what was copied is thrown away.</p>
          <ul class="plain-list">
            {cancelled.slice(0, 50).map(({ topic, partition, backTo }) => (
              <li key={`${topic}-${partition}`}>
                {topic}-{partition}: stays on {brokersOf(backTo)}
              </li>
            ))}
            {refused.map(({ topic, partition, detail }) => (
              <li key={`${topic}-${partition}`} class="text-down">
                {topic}-{partition}: {detail}
              </li>
            ))}
          </ul>
          {cancelled.length > 50 && <p class="muted">and {cancelled.length - 50} more</p>}
        </>
      )}
    </PlannedAction>
  )
}

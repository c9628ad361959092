import { useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import type { RecreatePlan } from '#shared/contracts/topic-recreation.ts'
import { problemOf } from '../api/problem.ts'
import { addresses } from '../app/pages.ts'
import { call, readings, refusal } from '../app/runtime.ts'
import { useReading } from '../app/use-reading.ts'
import { counted, formatCount } from '../format/numbers.ts'
import { durationSince } from '../format/time.ts'
import { serverNow } from '../state/clock.ts'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { Action, Partial } from '../ui/states.tsx'
import { Time } from '../ui/values.tsx'

const cancel = 'DELETE /api/topics/deletions/{id}'
const recreate = 'POST /api/topics/{topicName}/recreate'

/** A deletion of this topic that is still to come, with the time that is left to cancel it. */
export function DeletionNotice({ topic }: { topic: string }) {
  const deletions = useReading('GET /api/topics/deletions', { query: { limit: 100 } }, 10_000)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const coming = deletions.value?.deletions.find(
    (deletion) => deletion.topic === topic && (deletion.status === 'scheduled' || deletion.status === 'deleting')
  )
  if (coming === undefined) return null
  const stop = async () => {
    setProblem(undefined)
    try {
      await call(cancel, { params: { id: coming.id } })
      await deletions.refresh()
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  const left = new Date(coming.dueAt).getTime() - serverNow()
  return (
    <div class="notice notice-down" role="status">
      <p>
        <strong>
          {coming.status === 'deleting' || left <= 0
            ? 'This topic is being deleted'
            : `This topic will be deleted in ${durationSince(serverNow(), new Date(coming.dueAt).getTime())}`}
        </strong>
        , at <Time at={coming.dueAt} named />, by {coming.requestedBy}
        {coming.reason && `: “${coming.reason}”`}.{' '}
        <a href={addresses.audit({ target: topic, action: 'topic.delete' })}>Audit</a>
      </p>
      {problem && <p class="text-down">{`${problem.title}: ${problem.detail}`}</p>}
      {coming.status === 'scheduled' && left > 0 && (
        <p class="buttons">
          <Action label="Cancel the deletion" why={refusal(cancel)} onClick={() => void stop()} kind="primary" />
        </p>
      )}
    </div>
  )
}

/** For a topic that does not exist: it may have been deleted here, and can come back without its records. */
export function RecreateTopic({ topic: topicName, onDone }: { topic: string; onDone: () => void }) {
  const [open, setOpen] = useState(false)
  const parts = { params: { topicName }, query: {} }
  return (
    <div class="empty">
      <p>
        There is no topic <strong>{topicName}</strong>.
      </p>
      <p>If it was deleted through kops, it can be recreated: empty, with its settings, ACLs and groups.</p>
      <p>
        <Action label="Recreate" why={refusal(recreate)} onClick={() => setOpen(true)} />
      </p>
      {open && (
        <ChangeDialog<RecreatePlan>
          title={`Recreate ${topicName}`}
          route={recreate}
          parts={parts}
          make={(dryRun) => call(recreate, { ...parts, query: { dryRun } }, { timeoutMs: 60_000 })}
          verb="Recreate"
          onDone={() => {
            readings.refresh('/api/topics')
            onDone()
          }}
          onClose={() => setOpen(false)}
        >
          {({ topic, deletedAt, recordsLost, committedOffsets, acls, warnings }) => (
            <>
              <p>
                Deleted at <Time at={deletedAt} named />. {recordsLost === null ? 'Its' : formatCount(recordsLost)}{' '}
                records stay lost.
              </p>
              <ul>
                <li>
                  {counted(topic.partitions, 'partition')} × {counted(topic.replicationFactor, 'replica')},{' '}
                  {counted(Object.keys(topic.configs ?? {}).length, 'setting')}
                </li>
                <li>{counted(new Set(committedOffsets.map(({ group }) => group)).size, 'group')} at offset 0</li>
                {acls && <li>{counted(acls.filter(({ restored }) => restored).length, 'ACL')} restored</li>}
              </ul>
              <Partial warnings={warnings} />
            </>
          )}
        </ChangeDialog>
      )}
    </div>
  )
}

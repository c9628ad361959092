import { useState } from 'preact/hooks'
import type { DeleteTopicPlan, TopicDeletion } from '#shared/contracts/topic-deletions.ts'
import { navigate } from '../app/location.ts'
import { useOpened } from '../app/opened.ts'
import { addresses } from '../app/pages.ts'
import { call, readings, refusal } from '../app/runtime.ts'
import { useReading } from '../app/use-reading.ts'
import { counted, formatCount } from '../format/numbers.ts'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { Action, Partial } from '../ui/states.tsx'
import { Bytes, Count, Figure, Since, Time } from '../ui/values.tsx'
import { type Choices, deletionQuery, graces, lacksToDelete } from './deletion.ts'

const route = 'DELETE /api/topics/{topicName}'

/** Deletes a topic: what would be lost, time to think again, and its name to be typed. */
export function DeleteTopic({ topic: topicName }: { topic: string }) {
  const { open, show, close } = useOpened('delete', route)
  return (
    <>
      <Action label="Delete" why={refusal(route)} onClick={show} kind="danger" />
      {open && <DeleteDialog topicName={topicName} onClose={close} />}
    </>
  )
}

function DeleteDialog({ topicName, onClose }: { topicName: string; onClose: () => void }) {
  const [choices, setChoices] = useState<Choices>({ grace: '15m', reason: '', force: false, typed: '' })
  const [plan, setPlan] = useState<DeleteTopicPlan | undefined>(undefined)
  const query = deletionQuery(choices)
  const make = async (dryRun: boolean) => {
    // The plan is the same whatever is chosen: only the real call takes the choices.
    const answer = await call(
      route,
      { params: { topicName }, query: dryRun ? { dryRun } : { ...query } },
      { timeoutMs: 60_000 }
    )
    if (dryRun && 'obstacles' in answer) setPlan(answer)
    return answer
  }
  const done = () => {
    readings.refresh('/api/topics')
    if (query.grace === undefined) navigate('/topics')
  }
  const set = (changed: PartOf<Choices>) => setChoices({ ...choices, ...changed })
  return (
    <ChangeDialog<DeleteTopicPlan | TopicDeletion>
      title={`Delete ${topicName}`}
      route={route}
      parts={{ params: { topicName }, query }}
      planKey={topicName}
      make={make}
      verb={query.grace === undefined ? 'Delete now' : `Delete in ${graces[query.grace]}`}
      lacks={plan && lacksToDelete(topicName, choices, plan.obstacles.length > 0)}
      onDone={done}
      onClose={onClose}
    >
      {(shown) =>
        'obstacles' in shown && (
          <>
            <Impact topicName={topicName} plan={shown} />
            <div class="fields-form">
              <label for="grace">When</label>
              <select
                id="grace"
                value={choices.grace}
                onChange={({ currentTarget }) => set({ grace: currentTarget.value })}
              >
                {Object.entries(graces).map(([value, words]) => (
                  <option key={value} value={value}>
                    in {words}; cancellable until then
                  </option>
                ))}
                <option value="">now</option>
              </select>
              <label for="reason">Reason, for the audit trail</label>
              <input
                id="reason"
                value={choices.reason}
                onInput={({ currentTarget }) => set({ reason: currentTarget.value })}
              />
              {shown.obstacles.length > 0 && (
                <label>
                  <input
                    type="checkbox"
                    checked={choices.force}
                    onChange={({ currentTarget }) => set({ force: currentTarget.checked })}
                  />{' '}
                  Delete it although it is in use
                </label>
              )}
              <label for="typed-name">
                Type <strong>{topicName}</strong> to confirm
              </label>
              <input
                id="typed-name"
                value={choices.typed}
                spellcheck={false}
                autoComplete="off"
                onInput={({ currentTarget }) => set({ typed: currentTarget.value })}
              />
            </div>
          </>
        )
      }
    </ChangeDialog>
  )
}

type PartOf<T> = { [K in keyof T]?: T[K] }

/** What would be gone, and who would notice. */
function Impact({ topicName, plan }: { topicName: string; plan: DeleteTopicPlan }) {
  const { topic, records, sizeBytes, sizeReason, lastWriteAt, groups, acls, obstacles, warnings } = plan
  const lags = useReading('GET /api/health/groups', { query: { topic: topicName } }, 30_000)
  const lagOf = (name: string) => lags.value?.groups.find(({ group }) => group === name)?.lag
  return (
    <>
      {obstacles.map(({ code, message }) => (
        <p key={`${code}${message}`} class="notice notice-down">
          ■ {message}
        </p>
      ))}
      <Partial warnings={warnings} />
      <dl class="pairs">
        <Figure name="Records">
          <strong>
            <Count value={records} />
          </strong>
          , gone for ever
        </Figure>
        <Figure name="Size">
          <Bytes value={sizeBytes} reason={sizeReason} /> in {counted(topic.partitions, 'partition')}
        </Figure>
        <Figure name="Last write">
          {lastWriteAt === null ? (
            'none is known'
          ) : (
            <>
              <Since at={lastWriteAt} /> ago, <Time at={lastWriteAt} named />
            </>
          )}
        </Figure>
        <Figure name="Readers">
          {groups.length === 0
            ? 'none'
            : groups.map(({ group, members }) => {
                const lag = lagOf(group)
                return (
                  <div key={group}>
                    <a href={addresses.group(group)}>{group}</a>{' '}
                    <span class="muted">
                      {members === null ? 'members not known' : counted(members, 'member')}
                      {lag === undefined || lag === null ? '' : `, lag ${formatCount(lag)}`}
                    </span>
                  </div>
                )
              })}
        </Figure>
        <Figure name="ACLs">
          {acls === undefined || acls === null ? 'none: the cluster has no authorizer' : `${acls.length}, which stay`}
        </Figure>
        <Figure name="Recreate">brings back partitions, settings, ACLs and groups at offset 0; not the records</Figure>
      </dl>
    </>
  )
}

import { useState } from 'preact/hooks'
import type { ResetOffsets, ResetPartition, ResetPlan } from '#shared/contracts/group-changes.ts'
import { useOpened } from '../app/opened.ts'
import { call, refusal } from '../app/runtime.ts'
import { counted, formatCount } from '../format/numbers.ts'
import { preferences } from '../state/preferences.ts'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { Action, Partial } from '../ui/states.tsx'
import { Unknown } from '../ui/values.tsx'
import { type ResetChoice, resetRequest } from './reset-request.ts'

const route = 'POST /api/groups/{group}/reset-offsets'

const targets: Record<ResetChoice['to'], string> = {
  earliest: 'the oldest records that are left',
  latest: 'the end: what is unread is skipped',
  timestamp: 'the first records from a time on',
  shiftBy: 'so many records on, or back'
}

interface ResetOffsetsProps {
  group: string
  topics: readonly string[]
  onDone: () => void
}

/** Moves a group to other offsets: where to, what that means for each partition, then the change. */
export function ResetGroup({ group, topics, onDone }: ResetOffsetsProps) {
  const opened = useOpened('reset', route)
  const { open } = opened
  const [body, setBody] = useState<ResetOffsets | undefined>(undefined)
  const close = () => {
    opened.close()
    setBody(undefined)
  }
  const parts = { params: { group }, ...(body && { body }) }
  return (
    <>
      <Action label="Reset offsets" why={refusal(route)} onClick={opened.show} />
      {open && body === undefined && <TargetForm group={group} topics={topics} onReady={setBody} onClose={close} />}
      {open && body && (
        <ChangeDialog<ResetPlan>
          title={`Reset offsets of ${group}`}
          route={route}
          parts={parts}
          make={(dryRun) => call(route, { params: { group }, query: { dryRun }, body }, { timeoutMs: 60_000 })}
          verb="Reset"
          onDone={onDone}
          onClose={close}
        >
          {(plan) => <Moves plan={plan} />}
        </ChangeDialog>
      )}
    </>
  )
}

interface TargetFormProps {
  group: string
  topics: readonly string[]
  onReady: (body: ResetOffsets) => void
  onClose: () => void
}

function TargetForm({ group, topics, onReady, onClose }: TargetFormProps) {
  const [choice, setChoice] = useState<ResetChoice>({ to: 'earliest', text: '', topic: '' })
  const [message, setMessage] = useState<string | undefined>(undefined)
  const needsText = choice.to === 'timestamp' || choice.to === 'shiftBy'
  const submit = () => {
    const asked = resetRequest(choice, preferences.value.zone)
    if ('body' in asked) onReady(asked.body)
    else setMessage(asked.message)
  }
  return (
    <FormDialog
      title={`Reset offsets of ${group}`}
      wrong={message && `${choice.text || 'Nothing'} ${message}`}
      onSubmit={submit}
      onClose={onClose}
    >
      <label for="reset-to">It goes on with</label>
      <select
        id="reset-to"
        value={choice.to}
        onChange={({ currentTarget }) => setChoice({ ...choice, to: currentTarget.value as ResetChoice['to'] })}
      >
        {Object.entries(targets).map(([to, words]) => (
          <option key={to} value={to}>
            {words}
          </option>
        ))}
      </select>
      {needsText && (
        <>
          <label for="reset-text">
            {choice.to === 'shiftBy'
              ? 'Records; back if negative'
              : `Time, in ${preferences.value.zone === 'utc' ? 'UTC' : 'the zone of this machine'}`}
          </label>
          <input
            id="reset-text"
            value={choice.text}
            placeholder={choice.to === 'shiftBy' ? '-100' : '2026-01-31 12:34'}
            aria-invalid={message !== undefined}
            onInput={({ currentTarget }) => setChoice({ ...choice, text: currentTarget.value })}
          />
        </>
      )}
      <label for="reset-topic">Topics</label>
      <select
        id="reset-topic"
        value={choice.topic}
        onChange={({ currentTarget }) => setChoice({ ...choice, topic: currentTarget.value })}
      >
        <option value="">all that it has committed</option>
        {topics.map((topic) => (
          <option key={topic} value={topic}>
            {topic}
          </option>
        ))}
      </select>
    </FormDialog>
  )
}

/** Rows of a plan that are shown; the rest is counted. */
const shownRows = 50

function Moves({ plan: { partitions, changes, warnings } }: { plan: ResetPlan }) {
  return (
    <>
      <Partial warnings={warnings} />
      <p>
        {counted(changes, 'partition')} of {formatCount(partitions.length)} would move.
      </p>
      <div class="plan-rows">
        <table class="plan" aria-label="What moves">
          <thead>
            <tr>
              <th scope="col">Partition</th>
              <th scope="col" class="end">
                From
              </th>
              <th scope="col" class="end">
                To
              </th>
              <th scope="col">Means</th>
            </tr>
          </thead>
          <tbody>
            {partitions.slice(0, shownRows).map((move) => (
              <tr key={`${move.topic}-${move.partition}`}>
                <td>
                  {move.topic}-{move.partition}
                </td>
                <td class="end">{move.oldOffset === null ? 'none' : formatCount(move.oldOffset)}</td>
                <td class="end">
                  {move.newOffset === null ? (
                    <Unknown reason={move.reason} />
                  ) : (
                    <strong>{formatCount(move.newOffset)}</strong>
                  )}
                </td>
                <td>{meaningOf(move)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {partitions.length > shownRows && <p class="muted">and {partitions.length - shownRows} more</p>}
    </>
  )
}

function meaningOf({ oldOffset, newOffset, clamped, error }: ResetPartition): string {
  if (error) return error
  const edge = clamped === null ? '' : clamped === 'toLogStart' ? ', the start of the log' : ', the end of the log'
  if (newOffset === null) return 'unchanged'
  if (oldOffset === null) return `begins there${edge}`
  const by = newOffset - oldOffset
  if (by === 0) return `unchanged${edge}`
  return by > 0 ? `skips ${formatCount(by)}${edge}` : `reads ${formatCount(-by)} again${edge}`
}

import type { DiscardResult, ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import { query } from '../app/location.ts'
import { addresses } from '../app/pages.ts'
import { asking } from '../format/asked.ts'
import { counted, formatBytes } from '../format/numbers.ts'
import { TextField, TickField } from '../ui/ask-dialog.tsx'
import { PlannedAction } from '../ui/planned-change.tsx'
import { Partial } from '../ui/states.tsx'
import { discardRequest, replayRequest } from './letter-requests.ts'

const replay = 'POST /api/dead-letters/{topicName}/replay'
const discard = 'POST /api/dead-letters/{topicName}/discard'
/** A call takes 30 s at most, and some more. */
const timeoutMs = 90_000

interface DecisionProps {
  queue: string
  onDone: () => void
}

/** Writes letters to the topics they came from: which, how many, how fast; then what that would do. */
export function ReplayLetters({ queue, onDone }: DecisionProps) {
  return (
    <PlannedAction
      action="replay"
      about={['letters']}
      label="Replay"
      title={`Replay letters of ${queue}`}
      route={replay}
      read={(text) => asking(replayRequest(text), (body) => ({ params: { topicName: queue }, query: {}, body }))}
      fields={
        <>
          <WhichLetters />
          <TextField name="rate" label="Letters a second, at most" value="100" numeric />
          <TextField name="to" label="To the topic" placeholder="the one that the headers name" />
          <TickField name="unconfirmed" label="also interrupted ones, which may arrive twice" />
          <TickField name="force" label="also letters that are decided on, or came back too often" />
          <TextField name="reason" label="Reason, for the audit trail" />
        </>
      }
      verb="Replay"
      timeoutMs={timeoutMs}
      lacks={({ selected }) => (selected === 0 ? 'There is nothing to replay.' : undefined)}
      after={(done) => <Replayed result={done} />}
      onDone={onDone}
    >
      {(plan) => (
        <>
          <p>
            <strong>{counted(plan.selected, 'letter')}</strong> would be written. Records that are written cannot be
            taken back.
          </p>
          <Targets result={plan} />
          <Rest result={plan} />
        </>
      )}
    </PlannedAction>
  )
}

/** Marks letters as discarded. */
export function DiscardLetters({ queue, onDone }: DecisionProps) {
  return (
    <PlannedAction
      action="discard"
      about={['letters']}
      label="Discard"
      kind="danger"
      title={`Discard letters of ${queue}`}
      route={discard}
      read={(text) =>
        text('reason') === ''
          ? { message: 'the reason is missing' }
          : asking(discardRequest(text), (body) => ({ params: { topicName: queue }, query: {}, body }))
      }
      fields={
        <>
          <WhichLetters />
          <TickField name="unconfirmed" label="also those whose replay was interrupted" />
          <TextField name="reason" label="Reason, kept with the letters" />
        </>
      }
      verb="Discard"
      timeoutMs={timeoutMs}
      lacks={({ selected }) => (selected === 0 ? 'There is nothing to discard.' : undefined)}
      after={(done) => (
        <>
          <p>{counted(done.selected, 'letter')} discarded.</p>
          <Rest result={done} />
        </>
      )}
      onDone={onDone}
    >
      {(plan) => (
        <>
          <p>
            <strong>{counted(plan.selected, 'letter')}</strong> would count no longer. They stay in the topic until its
            retention removes them; until then, a forced replay of their offsets brings them back.
          </p>
          <Rest result={plan} />
        </>
      )}
    </PlannedAction>
  )
}

/** The filters of the page are those of the decision: what is seen is what is decided on. */
function WhichLetters() {
  const search = query.value
  return (
    <>
      <TextField
        name="letters"
        label="Letters, by partition:offset"
        value={search.get('letters') ?? ''}
        placeholder="every undecided one; or 0:12-40 2:7"
      />
      <TextField name="error" label="Only where the error has" value={search.get('error') ?? ''} />
      <TextField name="origin" label="Only of the topic" value={search.get('origin') ?? ''} />
      <TextField name="p" label="Only of the partition" value={search.get('p') ?? ''} placeholder="all" numeric />
      <TextField name="limit" label="How many, at most; the oldest first" value="100" numeric />
    </>
  )
}

function Replayed({ result }: { result: ReplayResult }) {
  const { replayed, refused, unconfirmed, error } = result
  return (
    <>
      <p>
        <strong>{counted(replayed, 'letter')}</strong> replayed.
      </p>
      {refused > 0 && (
        <p class="notice notice-down">■ {counted(refused, 'letter')} refused by Kafka: they stay undecided.</p>
      )}
      {unconfirmed > 0 && (
        <p class="notice notice-down">■ {counted(unconfirmed, 'letter')} unconfirmed: they may have been written.</p>
      )}
      {error && (
        <p class="notice notice-down">
          {error.detail} (<code>{error.code}</code>)
        </p>
      )}
      <Targets result={result} />
      <Rest result={result} />
    </>
  )
}

function Targets({ result: { targets } }: { result: ReplayResult }) {
  return (
    <ul class="plain-list" aria-label="Where letters go">
      {targets.map(({ topic, letters, bytes, retimed }) => (
        <li key={topic}>
          {counted(letters, 'letter')} to <a href={addresses.topic(topic)}>{topic}</a>, {formatBytes(bytes)}
          {retimed > 0 && `; ${counted(retimed, 'letter')} with the present time instead of their own`}
        </li>
      ))}
    </ul>
  )
}

const ends = { limit: 'at the limit', time: 'when its time was over', refused: 'at the error' } as const

/** What is left out, and whether there is more. */
function Rest({ result: { skipped, cutBy, dryRun, warnings } }: { result: ReplayResult | DiscardResult }) {
  return (
    <>
      {skipped.length > 0 && (
        <ul class="notice notice-degraded" aria-label="What is skipped">
          {skipped.map(({ reason, detail, letters, examples }) => (
            <li key={`${reason}${detail}`}>
              {counted(letters, 'letter')} skipped: {detail}{' '}
              <span class="muted">
                ({examples.map(({ partition, offset }) => `${partition}:${offset}`).join(', ')})
              </span>
            </li>
          ))}
        </ul>
      )}
      {cutBy !== null && (
        <p class="muted">
          It {dryRun ? 'would end' : 'ended'} {ends[cutBy]}: {dryRun ? 'there may be more' : 'repeat it to go on'}.
        </p>
      )}
      <Partial warnings={warnings} />
    </>
  )
}

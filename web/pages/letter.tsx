import type { DeadLetterOrigin, Letter } from '#shared/contracts/dead-letters.ts'
import { query } from '../app/location.ts'
import { addresses, addressOf } from '../app/pages.ts'
import { refusal } from '../app/runtime.ts'
import { counted } from '../format/numbers.ts'
import { type Mark, StatusMark } from '../ui/status-mark.tsx'
import { Time } from '../ui/values.tsx'
import { shortClass } from './letter-requests.ts'

const marks: Record<Letter['status'], Mark> = {
  undecided: 'degraded',
  unconfirmed: 'down',
  replayed: 'healthy',
  discarded: 'unknown'
}

/** Where a letter comes from, why it died, what was decided on it, and what can be. */
export function LetterLine({ queue, letter }: { queue: string; letter: Letter }) {
  const { partition, offset, status, decidedAt, decidedBy, decidedBecause, origin } = letter
  const at = (action: string) =>
    addressOf(['dead-letters', queue], {
      ...Object.fromEntries(query.value),
      do: action,
      letters: `${partition}:${offset}`
    })
  const open = status === 'undecided' || status === 'unconfirmed'
  return (
    <div class="letter">
      <p class="record-line">
        <StatusMark mark={marks[status]} word={status} />
        <strong title={origin.errorClass ?? undefined}>
          {origin.errorClass === null ? (origin.message ?? 'its headers name no error') : shortClass(origin.errorClass)}
        </strong>
        {origin.errorClass !== null && origin.message !== null && <span>{origin.message}</span>}
      </p>
      <p class="record-line muted">
        <OriginPlace origin={origin} />
        {origin.group !== null && (
          <span>
            group <a href={addresses.group(origin.group)}>{origin.group}</a>
          </span>
        )}
        {origin.connector !== null && (
          <span>
            connector <a href={addressOf(['connect', origin.connector])}>{origin.connector}</a>
            {origin.task !== null && `, task ${origin.task}`}
          </span>
        )}
        {origin.stage !== null && <span>{origin.stage}</span>}
        {origin.deliveries !== null && <span>tried {counted(origin.deliveries, 'time')}</span>}
        {origin.replays > 0 && <span>replayed {origin.replays === 1 ? 'once' : `${origin.replays} times`} before</span>}
        {origin.format !== null && <span>headers: {origin.format}</span>}
      </p>
      {decidedAt !== null && (
        <p class="muted">
          {status} <Time at={decidedAt} named />
          {decidedBy !== null && ` by ${decidedBy}`}
          {decidedBecause !== null && `: ${decidedBecause}`}
        </p>
      )}
      {open && (
        <p class="buttons">
          {refusal('POST /api/dead-letters/{topicName}/replay') === undefined && <a href={at('replay')}>Replay</a>}
          {refusal('POST /api/dead-letters/{topicName}/discard') === undefined && <a href={at('discard')}>Discard</a>}
        </p>
      )}
    </div>
  )
}

function OriginPlace({ origin: { topic, partition, offset, timestamp } }: { origin: DeadLetterOrigin }) {
  if (topic === null) return <span>its headers name no topic</span>
  const place = `${topic}${partition === null ? '' : `-${partition}`}${offset === null ? '' : `:${offset}`}`
  const to =
    partition === null || offset === null ? addresses.topic(topic) : addresses.message(topic, partition, offset)
  return (
    <span>
      from <a href={to}>{place}</a>
      {timestamp !== null && (
        <>
          {' '}
          of <Time at={timestamp} />
        </>
      )}
    </span>
  )
}

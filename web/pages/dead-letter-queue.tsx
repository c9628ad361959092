import { useState } from 'preact/hooks'
import type { DeadLetterOrigin, Letter, LetterQuery } from '#shared/contracts/dead-letters.ts'
import { query, setQuery } from '../app/location.ts'
import { addresses, addressOf } from '../app/pages.ts'
import { call, refusal } from '../app/runtime.ts'
import { usePages } from '../app/use-pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted, formatCount } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, ErrorState, Forbidden, Loading, Partial } from '../ui/states.tsx'
import { type Mark, StatusMark } from '../ui/status-mark.tsx'
import { Count, Since, Time, Trouble } from '../ui/values.tsx'
import { DiscardLetters, ReplayLetters } from './letter-decisions.tsx'
import { errorClasses, letterQuery, letterStatuses, shortClass } from './letter-requests.ts'
import { RecordItem } from './records.tsx'

const route = 'GET /api/dead-letters/{topicName}/letters'

/** One queue: its letters, each with where it comes from and why it died, and what to do with them. */
export function QueuePage({ queue }: { queue: string }) {
  const [decisions, setDecisions] = useState(0)
  const queues = useReading('GET /api/dead-letters', {}, 10_000)
  const found = queues.value?.queues.find(({ topic }) => topic === queue)
  const asked = letterQuery(query.value)
  const why = refusal(route)
  useShownCall(route, { params: { topicName: queue }, query: asked })
  const decided = () => {
    void queues.refresh()
    setDecisions(decisions + 1)
  }
  return (
    <>
      <p class="crumbs">
        <a href="/dead-letters">Dead letters</a>
      </p>
      <PageHeader title={queue} asOf={queues.value?.asOf} everyMs={10_000}>
        <CopyShownCall />
        <ReplayLetters queue={queue} onDone={decided} />
        <DiscardLetters queue={queue} onDone={decided} />
      </PageHeader>
      {queues.value && !found && (
        <p class="notice notice-degraded">
          No topic of this name is a queue: <code>KOPS_DEAD_LETTER_QUEUES</code> says which are.
        </p>
      )}
      {found && (
        <dl class="figures">
          <div>
            <dt>Undecided</dt>
            <dd>
              <Trouble value={found.undecided} level="degraded" />
            </dd>
          </div>
          <div>
            <dt>Oldest of them</dt>
            <dd>{found.oldestUndecidedAt === null ? '—' : <Since at={found.oldestUndecidedAt} />}</dd>
          </div>
          <div>
            <dt>Unconfirmed</dt>
            <dd>
              <Trouble value={found.unconfirmed} level="down" />
            </dd>
          </div>
          <div>
            <dt>In the last hour</dt>
            <dd>
              <Count value={found.lastHour} />
            </dd>
          </div>
          <div>
            <dt>In the log</dt>
            <dd>
              <Count value={found.letters} />
            </dd>
          </div>
        </dl>
      )}
      {why === undefined ? (
        <>
          <LetterFilters />
          <Letters key={JSON.stringify([asked, decisions])} queue={queue} asked={asked} />
        </>
      ) : (
        <Forbidden label="Read letters" why={why} />
      )}
    </>
  )
}

function LetterFilters() {
  const search = query.value
  const status = search.get('status') ?? 'undecided'
  const submit = (event: Event) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    setQuery({ error: text('error'), origin: text('origin'), p: text('p'), from: text('from') })
  }
  return (
    <>
      <fieldset class="chips toolbar">
        <legend class="visually-hidden">Decision</legend>
        {letterStatuses.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={status === each}
            onClick={() => setQuery({ status: each === 'undecided' ? undefined : each })}
          >
            {each}
          </button>
        ))}
      </fieldset>
      <form class="message-search" onSubmit={submit} key={search.toString()} aria-label="Choose letters">
        <label>
          Error has
          <input name="error" type="search" defaultValue={search.get('error') ?? ''} />
        </label>
        <label>
          Of topic
          <input name="origin" defaultValue={search.get('origin') ?? ''} spellcheck={false} />
        </label>
        <label>
          Partition
          <input name="p" inputMode="numeric" placeholder="all" size={5} defaultValue={search.get('p') ?? ''} />
        </label>
        <label>
          Order
          <select name="from">
            <option value="">oldest first</option>
            <option value="latest" selected={search.get('from') === 'latest'}>
              newest first
            </option>
          </select>
        </label>
        <button type="submit" class="primary">
          Search
        </button>
      </form>
    </>
  )
}

function Letters({ queue, asked }: { queue: string; asked: LetterQuery }) {
  const { pages, problem, busy, readNext } = usePages((cursor) =>
    call(route, { params: { topicName: queue }, query: { ...asked, ...(cursor && { cursor }) } }, { timeoutMs: 70_000 })
  )
  const letters = pages.flatMap((page) => page.letters)
  const last = pages.at(-1)
  const scanned = pages.reduce((sum, page) => sum + page.scanned.records, 0)
  return (
    <>
      {last && <Partial warnings={last.warnings} />}
      {problem && <ErrorState problem={problem} onRetry={readNext} />}
      {last && letters.length === 0 && !busy && (
        <Empty
          what={`${asked.status ?? 'undecided'} letters`.replace('all ', '')}
          filtered={asked.error !== undefined || asked.originTopic !== undefined}
        />
      )}
      {letters.length > 0 && (
        <>
          <p class="scan" role="status">
            {counted(letters.length, 'letter')}; {formatCount(scanned)} read
            {last?.nextCursor ? '; there are more' : ''}
          </p>
          <ErrorClasses letters={letters} />
        </>
      )}
      <ol class="records">
        {letters.map((letter) => (
          <RecordItem key={`${letter.partition}:${letter.offset}`} topic={queue} message={letter}>
            <LetterLine queue={queue} letter={letter} />
          </RecordItem>
        ))}
      </ol>
      {busy ? (
        <Loading what="Reading letters" />
      ) : (
        last?.nextCursor && (
          <button type="button" onClick={readNext}>
            Continue
          </button>
        )
      )}
    </>
  )
}

/** What the letters that are shown died of; each is a filter. */
function ErrorClasses({ letters }: { letters: readonly Letter[] }) {
  const chosen = query.value.get('error')
  return (
    <ul class="error-classes" aria-label="Errors of these letters">
      {errorClasses(letters).map(({ errorClass, letters: count }) => (
        <li key={errorClass}>
          {errorClass === null ? (
            <span class="muted">no class named</span>
          ) : (
            <button
              type="button"
              class="small"
              title={errorClass}
              aria-pressed={chosen === errorClass}
              onClick={() => setQuery({ error: chosen === errorClass ? undefined : errorClass })}
            >
              {shortClass(errorClass)}
            </button>
          )}{' '}
          {formatCount(count)}
        </li>
      ))}
    </ul>
  )
}

const marks: Record<Letter['status'], Mark> = {
  undecided: 'degraded',
  unconfirmed: 'down',
  replayed: 'healthy',
  discarded: 'unknown'
}

/** Where a letter comes from, why it died, what was decided on it, and what can be. */
function LetterLine({ queue, letter }: { queue: string; letter: Letter }) {
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

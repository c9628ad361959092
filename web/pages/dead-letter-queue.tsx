import { useState } from 'preact/hooks'
import type { Letter, LetterQuery } from '#shared/contracts/dead-letters.ts'
import { query, setQuery } from '../app/location.ts'
import { call, refusal } from '../app/runtime.ts'
import { usePages } from '../app/use-pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted, formatCount } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchForm, type SearchInput } from '../ui/search-form.tsx'
import { Empty, ErrorState, Forbidden, Loading, Partial } from '../ui/states.tsx'
import { Count, Figure, Since, Trouble } from '../ui/values.tsx'
import { LetterLine } from './letter.tsx'
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
          <Figure name="Undecided">
            <Trouble value={found.undecided} level="degraded" />
          </Figure>
          <Figure name="Oldest of them">
            {found.oldestUndecidedAt === null ? '—' : <Since at={found.oldestUndecidedAt} />}
          </Figure>
          <Figure name="Unconfirmed">
            <Trouble value={found.unconfirmed} level="down" />
          </Figure>
          <Figure name="In the last hour">
            <Count value={found.lastHour} />
          </Figure>
          <Figure name="In the log">
            <Count value={found.letters} />
          </Figure>
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

const searchFields: readonly SearchInput[] = [
  { name: 'error', label: 'Error has', main: true },
  { name: 'origin', label: 'Of topic' },
  { name: 'p', label: 'Partition', placeholder: 'all', numeric: true },
  {
    name: 'from',
    label: 'Order',
    choices: [
      ['', 'oldest first'],
      ['latest', 'newest first']
    ]
  }
]

function LetterFilters() {
  const status = query.value.get('status') ?? 'undecided'
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
      <SearchForm label="Choose letters" fields={searchFields} />
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

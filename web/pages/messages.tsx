import { useState } from 'preact/hooks'
import type { BrowseQuery, Message, MessagePage } from '#shared/contracts/messages.ts'
import { query } from '../app/location.ts'
import { call, refusal } from '../app/runtime.ts'
import { usePages } from '../app/use-pages.ts'
import { useShownCall } from '../app/use-reading.ts'
import { counted, formatBytes, formatCount, formatSeconds } from '../format/numbers.ts'
import type { Zone } from '../format/time.ts'
import { preferences } from '../state/preferences.ts'
import { SearchForm, type SearchInput } from '../ui/search-form.tsx'
import { Empty, ErrorState, Forbidden, Loading, Partial } from '../ui/states.tsx'
import { browseQuery, messageLimits, messageSearch } from './message-query.ts'
import { Records } from './records.tsx'
import { Tail } from './tail.tsx'
import { WriteRecord } from './write-record.tsx'

const route = 'GET /api/topics/{topicName}/messages'

interface MessagesTabProps {
  topic: string
  /** One record. */
  partition?: number
  offset?: number
}

/** The records of a topic. */
export function MessagesTab({ topic, partition, offset }: MessagesTabProps) {
  const why = refusal(route)
  const [tailing, setTailing] = useState(false)
  const [round, setRound] = useState(0)
  if (why !== undefined) return <Forbidden label="Read messages" why={why} />
  if (partition !== undefined && offset !== undefined) {
    return <Found topic={topic} asked={{ from: 'offset', partition, offset, limit: 1, format: 'text' }} single />
  }
  const search = messageSearch(query.value)
  const asked = browseQuery(search, preferences.value.zone)
  return (
    <>
      <SearchForm
        label="Search messages"
        fields={searchFields(preferences.value.zone)}
        wrong={'field' in asked ? { ...asked, name: asked.field === 'partition' ? 'p' : asked.field } : undefined}
        disabled={tailing}
      />
      <p class="buttons">
        <button type="button" aria-pressed={tailing} onClick={() => setTailing(!tailing)}>
          {tailing ? 'Stop following' : 'Follow new records'}
        </button>
        <WriteRecord topic={topic} onDone={() => setRound(round + 1)} />
      </p>
      {tailing ? (
        <Tail topic={topic} search={search} />
      ) : (
        'query' in asked && <Found key={JSON.stringify([asked.query, round])} topic={topic} asked={asked.query} />
      )}
    </>
  )
}

function searchFields(zone: Zone): SearchInput[] {
  return [
    {
      name: 'from',
      label: 'From',
      otherwise: 'latest',
      suggestions: ['latest', 'earliest'],
      hint: `latest, earliest, @offset, or a time in ${zone === 'utc' ? 'UTC' : 'local time'}`
    },
    { name: 'p', label: 'Partition', placeholder: 'all', numeric: true },
    { name: 'key', label: 'Key has' },
    { name: 'value', label: 'Value has', main: true },
    { name: 'limit', label: 'At most', otherwise: '50', choices: messageLimits.map((limit) => [limit, limit]) }
  ]
}

/** The records that were found so far, how much was read for them, and what is left. */
function Found({ topic, asked, single = false }: { topic: string; asked: BrowseQuery; single?: boolean }) {
  useShownCall(route, { params: { topicName: topic }, query: asked })
  const { pages, problem, busy, readNext } = usePages((cursor) =>
    call(route, { params: { topicName: topic }, query: { ...asked, ...(cursor && { cursor }) } }, { timeoutMs: 70_000 })
  )
  const last = pages.at(-1)
  const messages: Message[] = pages.flatMap((page) => page.messages)
  return (
    <>
      {last && !single && <ScanLine pages={pages} last={last} />}
      {last && <Partial warnings={last.warnings} />}
      {problem && <ErrorState problem={problem} onRetry={readNext} />}
      {last && messages.length === 0 && !busy && (
        <Empty
          what="messages"
          filtered={asked.keyContains !== undefined || asked.valueContains !== undefined || single}
        />
      )}
      <Records topic={topic} messages={messages} />
      {busy ? (
        <Loading what="Reading messages" />
      ) : (
        last?.nextCursor &&
        !single && (
          <button type="button" onClick={readNext}>
            Continue
          </button>
        )
      )}
    </>
  )
}

const cuts = {
  limit: 'as many as asked for',
  bytes: 'it had read its share of bytes',
  time: 'its time was over'
} as const

function ScanLine({ pages, last }: { pages: readonly MessagePage[]; last: MessagePage }) {
  const sum = (of: (page: MessagePage) => number) => pages.reduce((total, page) => total + of(page), 0)
  const inLog = last.partitions.reduce(
    (total, { logStartOffset, logEndOffset }) => total + ((logEndOffset ?? 0) - (logStartOffset ?? 0)),
    0
  )
  return (
    <p class="scan" role="status">
      {counted(
        sum(({ messages }) => messages.length),
        'message'
      )}
      ; {formatCount(sum(({ scanned }) => scanned.records))} of {formatCount(inLog)} records read (
      {formatBytes(sum(({ scanned }) => scanned.bytes))} in{' '}
      {formatSeconds(sum(({ scanned }) => scanned.durationMs) / 1000)})
      {last.cutBy ? `; stopped: ${cuts[last.cutBy]}` : '; nothing is left in this direction'}
    </p>
  )
}

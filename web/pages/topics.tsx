import type { TopicListQuery, TopicSummary } from '#shared/contracts/topics.ts'
import { topicActions } from '../app/actions.ts'
import { query, setQuery } from '../app/location.ts'
import { addresses } from '../app/pages.ts'
import { useGrowingList } from '../app/use-growing-list.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, numberColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Empty, Partial, ReadingView } from '../ui/states.tsx'
import { type Mark, StatusMark } from '../ui/status-mark.tsx'
import { Bytes, Trouble } from '../ui/values.tsx'
import { CreateTopic } from './create-topic.tsx'
import { topicListQuery } from './topic-list-query.ts'

const everyMs = 10_000

const columns: readonly Column<TopicSummary>[] = [
  {
    id: 'name',
    label: 'Topic',
    sort: 'name',
    phone: 'title',
    cell: ({ name, internal }) => (
      <>
        <a href={addresses.topic(name)} data-row-link>
          {name}
        </a>
        {internal && <span class="badge quiet">internal</span>}
      </>
    )
  },
  {
    id: 'state',
    label: 'State',
    sort: 'trouble',
    phone: 'side',
    cell: (topic) => <StatusMark {...stateOf(topic)} />
  },
  numberColumn('partitions', 'Partitions', ({ partitions }) => partitions, { sort: 'partitions', phone: 'detail' }),
  numberColumn('rf', 'Replicas', ({ replicationFactor }) => replicationFactor),
  numberColumn('under', 'Under-replicated', ({ underReplicated }) => (
    <Trouble value={underReplicated} level="degraded" />
  )),
  numberColumn('offline', 'No leader', ({ offline }) => <Trouble value={offline} level="down" />),
  numberColumn('size', 'Size', ({ sizeBytes, sizeReason }) => <Bytes value={sizeBytes} reason={sizeReason} />, {
    ...{ sort: 'size', phone: 'detail' }
  })
]

function stateOf({ offline, underReplicated }: TopicSummary): { mark: Mark; word: string } {
  if (offline > 0) return { mark: 'down', word: `${offline} without leader` }
  if (underReplicated > 0) return { mark: 'degraded', word: `${underReplicated} under-replicated` }
  return { mark: 'healthy', word: 'in sync' }
}

const troubles: readonly [value: TopicListQuery['trouble'], label: string][] = [
  [undefined, 'All'],
  ['offline', 'No leader'],
  ['under_replicated', 'Under-replicated']
]

/** The topics: searched, filtered and sorted by the service. */
export function TopicsPage() {
  const { limit, startOver, onNearEnd } = useGrowingList()
  const asked = topicListQuery(query.value)
  const parts = { query: { ...asked, limit } }
  const topics = useReading('GET /api/topics', parts, everyMs)
  const trouble = useReading('GET /api/topics', { query: { trouble: 'any' as const, limit: 1 } }, everyMs)
  useShownCall('GET /api/topics', { query: asked })
  const filtered = asked.name !== undefined || asked.trouble !== undefined
  const { sort = 'name', order = 'asc' } = asked

  const onSort = (by: string) => {
    const first = by === 'name' ? 'asc' : 'desc'
    const next = by !== sort ? first : order === 'asc' ? 'desc' : 'asc'
    setQuery({ sort: by, order: next })
  }

  return (
    <>
      <PageHeader title="Topics" asOf={topics.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
        <CreateTopic />
      </PageHeader>
      <div class="toolbar">
        <SearchField
          label="Topics whose name has"
          value={asked.name ?? ''}
          onChange={(name) => {
            startOver()
            setQuery({ q: name })
          }}
        />
        <fieldset class="chips">
          <legend class="visually-hidden">In trouble</legend>
          {troubles.map(([value, label]) => (
            <button
              key={label}
              type="button"
              aria-pressed={asked.trouble === value}
              onClick={() => setQuery(value === undefined ? { trouble: undefined } : { trouble: value })}
            >
              {label}
            </button>
          ))}
          <label>
            <input
              type="checkbox"
              checked={asked.internal ?? false}
              onChange={({ currentTarget }) => setQuery({ internal: currentTarget.checked ? 'true' : undefined })}
            />{' '}
            internal
          </label>
        </fieldset>
        {(trouble.value?.total ?? 0) > 0 && asked.trouble === undefined && (
          <a class="text-degraded" href="/topics?trouble=any&sort=trouble&order=desc">
            ▲ {counted(trouble.value?.total ?? 0, 'topic')} in trouble
          </a>
        )}
      </div>
      <ReadingView reading={topics} what="the topics" lines={12}>
        {({ topics: rows, total, warnings, nextCursor }) => (
          <>
            <Partial warnings={warnings} />
            {rows.length === 0 ? (
              <Empty
                what="topics"
                filtered={filtered}
                onClear={() => setQuery({ q: undefined, trouble: undefined, internal: undefined })}
              />
            ) : (
              <>
                <p class="muted" aria-live="polite">
                  {counted(total, 'topic')}
                </p>
                <DataTable
                  label="Topics"
                  columns={columns}
                  rows={rows}
                  keyOf={({ name }) => name}
                  actions={({ name }) => topicActions(name)}
                  total={total}
                  sort={{ by: sort, order, onSort }}
                  freezes={sort !== 'name'}
                  onNearEnd={onNearEnd(rows.length, nextCursor)}
                />
              </>
            )}
          </>
        )}
      </ReadingView>
    </>
  )
}

import type { GroupHealthListQuery, GroupVerdict } from '#shared/contracts/group-health.ts'
import { query, setQuery } from '../app/location.ts'
import { useGrowingList } from '../app/use-growing-list.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Empty, Partial, ReadingView } from '../ui/states.tsx'
import { GroupTable } from './group-table.tsx'

const everyMs = 5000
const verdicts: readonly GroupVerdict[] = ['ERR', 'REWIND', 'STOP', 'STALL', 'WARN', 'OK']

/** The groups, the worst first. */
export function GroupsPage() {
  const { limit, onNearEnd } = useGrowingList()
  const name = query.value.get('q') || undefined
  const verdict = verdicts.find((each) => each === query.value.get('verdict'))
  const asked: GroupHealthListQuery = { ...(name && { name }), ...(verdict && { verdict }) }
  const groups = useReading('GET /api/health/groups', { query: { ...asked, sort: 'worst' as const, limit } }, everyMs)
  useShownCall('GET /api/health/groups', { query: asked })
  return (
    <>
      <PageHeader title="Consumer groups" asOf={groups.value?.asOf} everyMs={30_000}>
        <CopyShownCall />
      </PageHeader>
      <div class="toolbar">
        <SearchField label="Groups whose name has" value={name ?? ''} onChange={(text) => setQuery({ q: text })} />
        <fieldset class="chips">
          <legend class="visually-hidden">Verdict</legend>
          <button type="button" aria-pressed={verdict === undefined} onClick={() => setQuery({ verdict: undefined })}>
            All
          </button>
          {verdicts.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={verdict === each}
              onClick={() => setQuery({ verdict: each })}
            >
              {each}
            </button>
          ))}
        </fieldset>
      </div>
      <ReadingView reading={groups} what="the consumer groups" lines={12}>
        {({ groups: rows, warnings, nextCursor }) => (
          <>
            <Partial warnings={warnings} />
            {rows.length === 0 ? (
              <Empty
                what="consumer groups"
                filtered={name !== undefined || verdict !== undefined}
                onClear={() => setQuery({ q: undefined, verdict: undefined })}
              />
            ) : (
              <>
                <p class="muted" aria-live="polite">
                  {nextCursor ? `the worst ${rows.length}` : counted(rows.length, 'group')}
                </p>
                <GroupTable label="Consumer groups" groups={rows} onNearEnd={onNearEnd(rows.length, nextCursor)} />
              </>
            )}
          </>
        )}
      </ReadingView>
    </>
  )
}

import { useEffect, useState } from 'preact/hooks'
import type { Catalog, CatalogResult } from '#shared/contracts/catalog.ts'
import type { Problem } from '#shared/contracts/common.ts'
import { problemOf } from '../api/problem.ts'
import type { OfferedAction } from '../app/actions.ts'
import { addresses, addressOf } from '../app/pages.ts'
import { call } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, linkColumn, numberColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Time } from '../ui/values.tsx'
import { catalogState } from './catalog-diff.ts'

/** What comparing a catalog with the cluster gave. */
type Compared = CatalogResult | Problem | undefined

interface Row {
  catalog: Catalog
  compared: Compared
}

const columns: readonly Column<Row>[] = [
  linkColumn('catalog', 'Catalog', ({ catalog: { name } }) => [name, addressOf(['catalogs', name])]),
  { id: 'state', label: 'Cluster', phone: 'side', cell: ({ compared }) => <State compared={compared} /> },
  numberColumn('topics', 'Topics', ({ catalog: { topics } }) => topics.length, { phone: 'detail' }),
  numberColumn('drift', 'With other overrides', ({ compared }) => (isResult(compared) ? compared.drift.length : '—')),
  numberColumn('remove', 'To remove', ({ catalog: { remove = [] } }) => remove.length),
  {
    id: 'policy',
    label: 'Policy',
    phone: 'none',
    cell: ({ catalog: { policy } }) =>
      policy === undefined ? (
        <span class="muted">none</span>
      ) : policy.enforce ? (
        `enforces ${policy.enforce.join(', ')}`
      ) : (
        'warns'
      )
  },
  {
    id: 'description',
    label: 'For',
    phone: 'none',
    cell: ({ catalog: { description = '' } }) => <span class="muted cut">{description.split('\n')[0]}</span>
  }
]

function isResult(compared: Compared): compared is CatalogResult {
  return compared !== undefined && 'changes' in compared
}

function State({ compared }: { compared: Compared }) {
  if (compared === undefined) return <StatusMark mark="progress" word="comparing …" />
  if (isResult(compared)) return <StatusMark {...catalogState(compared)} />
  // A catalog of another cluster is none of this one's.
  return <StatusMark mark={compared.code === 'cluster_mismatch' ? 'unknown' : 'down'} word={compared.title} />
}

function catalogActions({ name, remove = [] }: Catalog): OfferedAction[] {
  const label = remove.length > 0 ? 'Apply, or remove topics' : 'Apply'
  return [
    { label: 'What differs', to: addressOf(['catalogs', name]) },
    { label, to: addressOf(['catalogs', name], { do: 'apply' }), route: 'POST /api/catalog/apply' }
  ]
}

/** The installed catalogs, each compared with the cluster, and the topics that none of them names. */
export function CatalogsPage() {
  const reading = useReading('GET /api/catalog', {}, 60_000)
  useShownCall('GET /api/catalog', {})
  const catalogs = reading.value?.catalogs
  const [compared, setCompared] = useState<Record<string, Compared>>({})
  const key = JSON.stringify(catalogs)
  useEffect(() => {
    let ended = false
    const compare = async () => {
      // One after the other: each reads the configuration of all of its topics.
      for (const body of catalogs ?? []) {
        const answer = await call('POST /api/catalog/plan', { body }, { timeoutMs: 60_000 }).catch(problemOf)
        if (ended) return
        setCompared((before) => ({ ...before, [body.name]: answer }))
      }
    }
    setCompared({})
    void compare()
    return () => {
      ended = true
    }
  }, [key])
  const results = Object.values(compared).filter(isResult)
  return (
    <>
      <PageHeader title="Catalogs" asOf={results.at(-1)?.asOf} everyMs={600_000}>
        <CopyShownCall />
      </PageHeader>
      <ReadingView reading={reading} what="the catalogs" lines={6}>
        {({ catalogs, warnings }) => (
          <>
            <Partial warnings={warnings} />
            {catalogs.length === 0 ? (
              <div class="empty">
                <p>
                  No catalog is installed: admin-service reads YAML files from <code>KOPS_CATALOG_DIR</code>.
                </p>
              </div>
            ) : (
              <DataTable
                label="Catalogs"
                columns={columns}
                rows={catalogs.map((catalog) => ({ catalog, compared: compared[catalog.name] }))}
                keyOf={({ catalog: { name } }) => name}
                actions={({ catalog }) => catalogActions(catalog)}
              />
            )}
          </>
        )}
      </ReadingView>
      {results.length > 0 && <Undeclared result={results.at(-1)} />}
    </>
  )
}

/** Topics that no catalog names: applying one leaves them alone. */
function Undeclared({ result }: { result: CatalogResult | undefined }) {
  if (result === undefined) return null
  const { unmanaged, own, asOf } = result
  return (
    <>
      <h2>In no catalog</h2>
      <p class="muted">
        {unmanaged.length === 0 ? 'Every topic is in a catalog' : `${counted(unmanaged.length, 'topic')}, which stay`}
        {', as of '}
        <Time at={asOf} />
      </p>
      <TopicNames names={unmanaged} />
      {own.length > 0 && (
        <>
          <h3>kops’ own</h3>
          <TopicNames names={own} />
        </>
      )}
    </>
  )
}

const mostNames = 200

function TopicNames({ names }: { names: readonly string[] }) {
  return (
    <ul class="topic-names">
      {names.slice(0, mostNames).map((name) => (
        <li key={name}>
          <a href={addresses.topic(name)}>{name}</a>
        </li>
      ))}
      {names.length > mostNames && <li class="muted">and {names.length - mostNames} more</li>}
    </ul>
  )
}

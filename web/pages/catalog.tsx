import { useEffect, useState } from 'preact/hooks'
import type { Catalog, CatalogChange, CatalogResult } from '#shared/contracts/catalog.ts'
import type { Problem } from '#shared/contracts/common.ts'
import { problemOf } from '../api/problem.ts'
import { addresses } from '../app/pages.ts'
import { call } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { asking } from '../format/asked.ts'
import { counted } from '../format/numbers.ts'
import { TextField, TickField } from '../ui/ask-dialog.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { PlannedAction } from '../ui/planned-change.tsx'
import { Empty, ErrorState, Loading, Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { applyChoice, catalogDiff, catalogState, changesToMake, type TopicDiff } from './catalog-diff.ts'

const apply = 'POST /api/catalog/apply'
/** Many topics, each with the time that a broker may take. */
const timeoutMs = 300_000

/** One catalog: what differs from the cluster, topic by topic, and applying it. */
export function CatalogPage({ name }: { name: string }) {
  const reading = useReading('GET /api/catalog', {}, 60_000)
  return (
    <>
      <p class="crumbs">
        <a href="/catalogs">Catalogs</a>
      </p>
      <ReadingView reading={reading} what="the catalog" lines={6}>
        {({ catalogs }) => {
          const catalog = catalogs.find((each) => each.name === name)
          return catalog === undefined ? (
            <>
              <PageHeader title={name} />
              <Empty what={`catalogs of this name in KOPS_CATALOG_DIR`} filtered={false} />
            </>
          ) : (
            <Compared key={JSON.stringify(catalog)} catalog={catalog} />
          )
        }}
      </ReadingView>
    </>
  )
}

function Compared({ catalog }: { catalog: Catalog }) {
  const [plan, setPlan] = useState<CatalogResult | undefined>(undefined)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const { name, description, policy, topics, remove = [] } = catalog
  const parts = { body: catalog }
  useShownCall('GET /api/catalog', {})
  const compare = async () => {
    setProblem(undefined)
    try {
      setPlan(await call('POST /api/catalog/plan', parts, { timeoutMs }))
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  useEffect(() => {
    void compare()
  }, [])
  return (
    <>
      <PageHeader title={name} asOf={plan?.asOf} everyMs={600_000}>
        <CopyShownCall />
        <button type="button" onClick={() => void compare()}>
          Compare again
        </button>
        <ApplyCatalog catalog={catalog} onDone={() => void compare()} />
      </PageHeader>
      {description && <p>{description}</p>}
      <p class="muted">
        {counted(topics.length, 'topic')}
        {remove.length > 0 && `, ${remove.length} to remove`}
        {policy && `; its policy enforces ${policy.enforce?.join(', ') ?? 'nothing, and warns'}`}
      </p>
      {problem && <ErrorState problem={problem} onRetry={() => void compare()} />}
      {plan === undefined && problem === undefined && <Loading what="Comparing with the cluster" lines={8} />}
      {plan && (
        <>
          <p class="health-line">
            <StatusMark {...catalogState(plan)} />
            <span class="muted">{counted(catalogDiff(plan).same, 'topic')} as declared</span>
          </p>
          <Differences result={plan} />
        </>
      )}
    </>
  )
}

function ApplyCatalog({ catalog, onDone }: { catalog: Catalog; onDone: () => void }) {
  const { name, remove = [] } = catalog
  return (
    <PlannedAction
      action="apply"
      label="Apply"
      title={`Apply ${name}`}
      kind="primary"
      route={apply}
      timeoutMs={timeoutMs}
      read={(text) => asking(applyChoice(name, text), (query) => ({ query, body: catalog }))}
      fields={
        <>
          <TextField name="reason" label="Reason, for the audit trail" />
          {remove.length > 0 && (
            <>
              <TickField
                name="delete"
                label={`delete ${counted(remove.length, 'topic')} with all records: ${remove.join(', ')}`}
              />
              <TextField name="name" label={`For that, type ${name}`} />
            </>
          )}
          <TickField name="force" label="add very many partitions, and delete what is in use" />
        </>
      }
      verb="Apply"
      lacks={(plan, { query }) =>
        changesToMake(plan, query?.allowDelete === true) === 0 ? 'There is nothing to change.' : undefined
      }
      after={(done) => (
        <>
          <p>{counted(done.changes.filter(({ applied }) => applied).length, 'change')} made.</p>
          <Differences result={done} />
        </>
      )}
      onDone={onDone}
    >
      {(plan) => <Differences result={plan} />}
    </PlannedAction>
  )
}

/** A plan as a diff by topic and setting, with what stays although the catalog does not name it. */
function Differences({ result }: { result: CatalogResult }) {
  const { topics, warnings } = catalogDiff(result)
  return (
    <>
      <Partial warnings={warnings} />
      <ul class="diff catalog-diff" aria-label="What differs">
        {topics.map((diff) => (
          <TopicDifference key={diff.topic} diff={diff} />
        ))}
      </ul>
      {topics.length === 0 && <p class="muted">Every topic is as the catalog says.</p>}
    </>
  )
}

function TopicDifference({ diff: { topic, changes, drift, warnings } }: { diff: TopicDiff }) {
  return (
    <li>
      <a href={addresses.topic(topic)}>{topic}</a>
      {changes.map((change) => (
        <Change key={change.action} change={change} />
      ))}
      {drift.map(([name, value]) => (
        <p key={name} class="kept">
          <span aria-hidden="true">= </span>
          {name}={value} <span class="muted">stays: the catalog does not set it</span>
        </p>
      ))}
      {warnings.map(({ code, message }) => (
        <p key={code} class="text-degraded">
          ▲ {message}
        </p>
      ))}
    </li>
  )
}

const verbs: Record<CatalogChange['action'], string> = {
  create: 'create',
  'add-partitions': 'add partitions',
  'alter-config': 'set',
  delete: 'delete',
  none: '',
  refuse: 'left as it is'
}

function Change({ change: { action, detail, settings, applied } }: { change: CatalogChange }) {
  const done = applied && <span class="text-healthy"> ✓ done</span>
  if (action === 'refuse')
    return (
      <p class="text-down">
        ■ {verbs.refuse}: {detail}
      </p>
    )
  if (settings) {
    return (
      <>
        {settings.map(({ name, before, after }) => (
          <div key={name}>
            {before !== null && (
              <del>
                <span aria-hidden="true">− </span>
                {name}={before}
              </del>
            )}
            <ins>
              <span aria-hidden="true">+ </span>
              {name}={after}
              {before === null && <span class="muted"> (not set on the topic yet)</span>}
              {done}
            </ins>
          </div>
        ))}
      </>
    )
  }
  const Line = action === 'delete' ? 'del' : 'ins'
  return (
    <Line>
      <span aria-hidden="true">{action === 'delete' ? '− ' : '+ '}</span>
      {verbs[action]}: {detail}
      {done}
    </Line>
  )
}

import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import type { DrillKindInfo, DrillKinds, DrillPlan } from '#shared/contracts/drills.ts'
import { problemOf } from '../api/problem.ts'
import { query, setQuery } from '../app/location.ts'
import { call } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { CopyCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ErrorState, Loading, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { type FieldSection, sectionsFor } from './drill-fields.ts'
import { askedDrill, readyLoad, repeats, type TypedDrill, typedDrill } from './drill-form.ts'
import { DrillInput } from './drill-input.tsx'
import { DrillLoad } from './drill-load.tsx'
import { PlannedDrill } from './drill-plan.tsx'
import { TargetMap } from './drill-target.tsx'

/** A rehearsal of a failure: what breaks where, the check of it, and its start. */
export function NewDrillPage() {
  const kinds = useReading('GET /api/drills/kinds', undefined, 60_000)
  useShownCall('GET /api/drills/kinds', undefined)
  return (
    <>
      <p class="crumbs">
        <a href="/drills">Drills</a>
      </p>
      <PageHeader title="New drill" />
      <ReadingView reading={kinds} what="the kinds of drills" lines={8}>
        {(value) => <NewDrill known={value} />}
      </ReadingView>
    </>
  )
}

function NewDrill({ known }: { known: DrillKinds }) {
  const { kinds } = known
  const chosen = query.value.get('kind')
  const info = kinds.find(({ kind }) => kind === chosen) ?? kinds.find(({ available }) => available) ?? kinds[0]
  const repeated = query.value.get('repeat') ?? undefined
  if (info === undefined) return <p>There are no kinds of drills.</p>
  return (
    <>
      <KindChoice known={known} info={info} />
      {info.available ? (
        <DrillForm key={`${info.kind} ${repeated}`} info={info} repeated={repeated} />
      ) : (
        <p class="notice notice-degraded" role="status">
          <strong>Not possible here.</strong> It needs: {info.detail}
        </p>
      )}
    </>
  )
}

function KindChoice({ known: { kinds, runtime, mode }, info }: { known: DrillKinds; info: DrillKindInfo }) {
  const [possible, others] = [kinds.filter(({ available }) => available), kinds.filter(({ available }) => !available)]
  return (
    <div class="fields-form kind-choice">
      <label for="kind">What happens</label>
      <select
        id="kind"
        value={info.kind}
        onChange={({ currentTarget }) => setQuery({ kind: currentTarget.value, node: undefined, repeat: undefined })}
      >
        {possible.map(({ kind, title }) => (
          <option key={kind} value={kind}>
            {kind}: {title}
          </option>
        ))}
        <optgroup label={`Not possible here (${runtime}, ${mode === 'kraft' ? 'KRaft' : 'ZooKeeper'})`}>
          {others.map(({ kind, title }) => (
            <option key={kind} value={kind}>
              {kind}: {title}
            </option>
          ))}
        </optgroup>
      </select>
      <p class="kind-title">
        {info.title}. {info.available && info.detail !== '' && <span class="muted">Here: {info.detail}.</span>}
      </p>
    </div>
  )
}

interface Checked {
  plan?: DrillPlan
  problem?: Problem
  /** The request that was checked: another one is not. */
  key: string
}

function DrillForm({ info, repeated }: { info: DrillKindInfo; repeated: string | undefined }) {
  const [typed, setTyped] = useState<TypedDrill>({})
  const [wrong, setWrong] = useState<{ field: string; message: string } | undefined>(undefined)
  const [checked, setChecked] = useState<Checked | undefined>(undefined)
  const [checking, setChecking] = useState(false)
  const before = useRepeated(repeated, (request) => {
    setTyped(typedDrill(request, info))
    setQuery({ node: request.node })
  })
  const node = query.value.get('node') ?? undefined
  const asked = askedDrill({ ...typed, ...(node && { node }) }, info)
  const body = 'body' in asked ? { ...asked.body, ...repeatOf(asked.body, before) } : undefined
  const key = JSON.stringify(body ?? null)
  const check = async (event: SubmitEvent) => {
    event.preventDefault()
    setWrong('body' in asked ? undefined : asked)
    if (body === undefined) return setChecked(undefined)
    setChecking(true)
    try {
      setChecked({ plan: await call('POST /api/drills/plan', { body }, { timeoutMs: 60_000 }), key })
    } catch (error) {
      setChecked({ problem: problemOf(error), key })
    } finally {
      setChecking(false)
    }
  }
  const current = checked?.key === key ? checked : undefined
  const invalid = (current?.problem?.errors ?? []).map(({ field }) => field)
  const workloads = useReading('GET /api/loadtest/workloads', {}, 60_000).value?.workloads ?? []
  const load = readyLoad(typed['load'] ?? '', workloads)?.name
  const asking = body && { body, ...(load !== undefined && { files: { load } }) }
  const fields = (section: FieldSection) =>
    section.fields.map((field) => {
      const shared = {
        value: typed[field.name] ?? '',
        isInvalid: invalid.some((each) => each.replaceAll('/', '.').endsWith(field.name)),
        onType: (text: string) => setTyped({ ...typed, [field.name]: text })
      }
      return field.input === 'workload' ? (
        <DrillLoad key={field.name} ready={workloads} {...shared} />
      ) : (
        <DrillInput key={field.name} field={field} {...shared} />
      )
    })
  return (
    <form onSubmit={(event) => void check(event)} aria-label="Drill">
      <TargetMap info={info} node={node} onPick={(picked) => setQuery({ node: picked })} />
      {sectionsFor(info).map((section) =>
        section.folded ? (
          <details key={section.title} class="drill-section" open={isUsed(section, typed)}>
            <summary>{section.title}</summary>
            <div class="drill-fields">{fields(section)}</div>
          </details>
        ) : (
          <fieldset key={section.title} class="drill-section">
            <legend>{section.title}</legend>
            <div class="drill-fields">{fields(section)}</div>
          </fieldset>
        )
      )}
      {wrong && (
        <p class="notice notice-down" role="alert">
          {wrong.field} {wrong.message}
        </p>
      )}
      <div class="buttons">
        <button type="submit" class="primary">
          {checking ? 'Checking …' : 'Check'}
        </button>
        {asking && <CopyCall route="POST /api/drills/plan" parts={asking} />}
        <span class="muted">Shows guards and prediction. Nothing is changed.</span>
      </div>
      <div aria-live="polite">
        {checking && checked === undefined && <Loading what="Checking" lines={6} />}
        {checked && checked.key !== key && (
          <p class="notice">The drill was changed since it was checked: check it again.</p>
        )}
        {current?.problem && <Refused problem={current.problem} />}
        {current?.plan && asking && <PlannedDrill plan={current.plan} asked={asking} />}
      </div>
    </form>
  )
}

/** A drill that cannot be planned: what is missing here, or what is wrong with the request. */
function Refused({ problem }: { problem: Problem }) {
  return (
    <>
      <h2>
        <StatusMark mark="down" word={problem.status === 422 ? 'Not possible here' : 'Not possible as it is'} />
      </h2>
      <ErrorState problem={problem} />
    </>
  )
}

function isUsed({ fields }: FieldSection, typed: TypedDrill): boolean {
  return fields.some(({ name }) => (typed[name] ?? '') !== '')
}

type Before = { id: string; request: Parameters<typeof typedDrill>[0] }

/** The drill that is to be repeated, once it has been read. */
function useRepeated(id: string | undefined, onRead: (request: Before['request']) => void): Before | undefined {
  const [before, setBefore] = useState<Before | undefined>(undefined)
  useEffect(() => {
    if (id === undefined) return
    const ended = new AbortController()
    call('GET /api/drills/{id}', { params: { id } }, { signal: ended.signal })
      .then(({ request }) => {
        if (request === undefined) return
        setBefore({ id, request })
        onRead(request)
      })
      .catch(() => undefined)
    return () => ended.abort()
  }, [id])
  return before
}

/** Only the same drill repeats another one, for the scorecard to compare them. */
function repeatOf(body: Parameters<typeof repeats>[0], before: Before | undefined): { repeatOf?: string } {
  return before && repeats(body, before.request) ? { repeatOf: before.id } : {}
}

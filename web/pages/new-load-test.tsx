import { useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import type { ReadyWorkloads } from '#shared/contracts/load-plan.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { navigate, query, setQuery } from '../app/location.ts'
import { addressOf } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ErrorState, Loading } from '../ui/states.tsx'
import { WorkloadFields } from './new-load-test-fields.tsx'
import { blankWorkload, typedWorkload, type WrongField, withTyped, wrongFields } from './new-load-test-form.ts'
import { LoadTestPlanPart } from './new-load-test-plan.tsx'
import type { WrittenWorkload } from './new-load-test-text.tsx'

// What reads and writes YAML is 30 kB that the form does not need.
const WorkloadText = onDemand(() => import('./new-load-test-text.tsx').then((it) => it.WorkloadText))

/** Builds a load test: a ready workload or that of a run, changed in a form or as text; then its plan; then exactly that run. */
export function NewLoadTestPage() {
  const ready = useReading('GET /api/loadtest/workloads', {}, 60_000)
  useShownCall('GET /api/loadtest/workloads', {})
  const run = query.value.get('run')
  return (
    <>
      <p class="crumbs">
        <a href="/load">Load tests</a>
      </p>
      <PageHeader title="New load test">
        <CopyShownCall />
      </PageHeader>
      {run !== null ? (
        <LikeRun key={run} id={run} />
      ) : ready.value === undefined && ready.problem === undefined ? (
        <Loading what="Loading the ready workloads" lines={8} />
      ) : (
        <>
          {ready.problem && <ErrorState problem={ready.problem} onRetry={() => void ready.refresh()} />}
          <FromReady workloads={ready.value?.workloads ?? []} />
        </>
      )}
    </>
  )
}

/** Begins with the workload of an earlier run. */
function LikeRun({ id }: { id: string }) {
  const { value, problem, refresh } = useReading('GET /api/loadtest/runs/{id}', { params: { id } }, 60_000)
  if (problem && value === undefined) return <ErrorState problem={problem} onRetry={() => void refresh()} />
  if (value === undefined) return <Loading what="Loading the run" lines={8} />
  return (
    <>
      <p>
        As <a href={addressOf(['load', id])}>{id}</a>
        {value.workload === undefined && ', whose workload is not known'}.{' '}
        <a href="/load/new">Choose a ready workload</a>
      </p>
      <Builder start={value.workload ?? blankWorkload} />
    </>
  )
}

function FromReady({ workloads }: { workloads: ReadyWorkloads['workloads'] }) {
  const asked = query.value.get('workload') ?? 'steady'
  const chosen = workloads.find(({ name }) => name === asked) ?? workloads[0]
  return (
    <>
      {chosen && (
        <div class="ready-workload">
          <label for="ready-workload">Begin with</label>
          <select
            id="ready-workload"
            value={chosen.name}
            onChange={({ currentTarget }) => setQuery({ workload: currentTarget.value })}
          >
            {workloads.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <p class="muted">{chosen.question}</p>
        </div>
      )}
      <Builder key={chosen?.name ?? ''} start={chosen?.workload ?? blankWorkload} />
    </>
  )
}

function Builder({ start }: { start: Workload }) {
  const [base, setBase] = useState(start)
  const [typed, setTyped] = useState(() => typedWorkload(start))
  const [written, setWritten] = useState<WrittenWorkload>({ workload: start })
  const [wrong, setWrong] = useState<readonly WrongField[]>([])
  const asText = query.value.get('as') === 'text'
  const asked = asText ? written : withTyped(base, typed)
  const workload = 'workload' in asked ? asked.workload : undefined

  /** Goes on in the other form with what this one says, if it says something. */
  const change = (toText: boolean) => {
    if (toText === asText) return
    if ('wrong' in asked) return setWrong(asked.wrong)
    if (workload === undefined) return
    setBase(workload)
    setTyped(typedWorkload(workload))
    setWritten({ workload })
    setWrong([])
    setQuery({ as: toText ? 'text' : undefined })
  }
  const onRefused = ({ errors = [] }: Problem) => setWrong(wrongFields(errors))
  return (
    <div class="load-builder">
      <form
        id="load-form"
        class="fields-form load-form"
        aria-label="Workload"
        onSubmit={(event) => event.preventDefault()}
      >
        <div class="chips">
          <button type="button" aria-pressed={!asText} onClick={() => change(false)}>
            Usual fields
          </button>
          <button type="button" aria-pressed={asText} onClick={() => change(true)}>
            Text, with all fields
          </button>
        </div>
        {asText ? (
          <WorkloadText
            workload={base}
            message={'message' in asked ? asked.message : undefined}
            onWritten={setWritten}
          />
        ) : (
          <WorkloadFields base={base} typed={typed} onTyped={setTyped} wrong={wrong} />
        )}
      </form>
      <LoadTestPlanPart
        form="load-form"
        workload={workload}
        onCheck={() => {
          const fields = 'wrong' in asked ? asked.wrong : []
          setWrong(fields)
          if (fields[0]?.field) document.getElementById(`load-${fields[0].field}`)?.focus()
        }}
        onRefused={onRefused}
        onStarted={(id) => navigate(addressOf(['load', id]))}
      />
    </div>
  )
}

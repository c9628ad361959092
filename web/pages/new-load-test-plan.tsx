import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import type { LoadTestPlan } from '#shared/contracts/load-plan.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { rateInWords } from '#shared/load-report/run-facts.ts'
import { problemOf } from '../api/problem.ts'
import { call, refusal } from '../app/runtime.ts'
import { counted, formatBytes, formatCount, formatSeconds } from '../format/numbers.ts'
import { now } from '../state/clock.ts'
import { CopyCall } from '../ui/copy-call.tsx'
import { Action, ErrorState } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Explained, Figure } from '../ui/values.tsx'

const plans = 'POST /api/loadtest/plan'
const starts = 'POST /api/loadtest/runs'
/** A plan that is older is made again: the cluster may have changed. */
const planLastsMs = 60_000
/** Making the topic and the records, and joining groups, may take this long. */
const startTimeoutMs = 120_000

interface LoadTestPlanPartProps {
  /** Of the form whose Enter checks, too. */
  form: string
  /** What the form says; undefined: a field of it is wrong. */
  workload: Workload | undefined
  onCheck: () => void
  onRefused: (problem: Problem) => void
  onStarted: (id: string) => void
}

/** Checks what the form says, shows what it would do, and starts just that. */
export function LoadTestPlanPart({ form, workload, onCheck, onRefused, onStarted }: LoadTestPlanPartProps) {
  const [planned, setPlanned] = useState<{ of: Workload; plan: LoadTestPlan; madeAt: number } | undefined>(undefined)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const [busy, setBusy] = useState<'' | 'checking' | 'starting'>('')
  const heading = useRef<HTMLHeadingElement>(null)

  const attempt = async (doing: 'checking' | 'starting', act: () => Promise<void>) => {
    setBusy(doing)
    setProblem(undefined)
    try {
      await act()
    } catch (error) {
      const refused = problemOf(error)
      setProblem(refused)
      if (doing === 'checking') setPlanned(undefined)
      onRefused(refused)
    } finally {
      setBusy('')
    }
  }
  const plan = (of: Workload) =>
    attempt('checking', async () => {
      setPlanned({ of, plan: await call(plans, { body: of }, { timeoutMs: 60_000 }), madeAt: Date.now() })
    })
  const check = async () => {
    onCheck()
    if (busy !== '' || workload === undefined || refusal(plans) !== undefined) return
    await plan(workload)
    heading.current?.focus()
  }
  // Before the next key: Enter right after the last digit of a number checks that number.
  useLayoutEffect(() => {
    const element = document.getElementById(form)
    const onSubmit = () => void check()
    element?.addEventListener('submit', onSubmit)
    return () => element?.removeEventListener('submit', onSubmit)
  })
  const isCurrent = planned !== undefined && JSON.stringify(planned.of) === JSON.stringify(workload)
  const isOld = isCurrent && now.value - planned.madeAt > planLastsMs
  useEffect(() => {
    if (isOld && busy === '' && problem === undefined) void plan(planned.of)
  }, [isOld, busy, problem])
  const start = () => {
    if (busy !== '' || !isCurrent || isOld || !planned.plan.canStart) return
    void attempt('starting', async () => {
      const { id } = await call(starts, { body: planned.of }, { timeoutMs: startTimeoutMs })
      onStarted(id)
    })
  }
  const lacks = !isCurrent
    ? planned && 'The fields have changed since: check them again.'
    : planned.plan.canStart
      ? undefined
      : 'It cannot start now: see what refuses it.'
  return (
    <section class="load-plan" aria-labelledby="load-plan">
      <h2 id="load-plan" ref={heading} tabIndex={-1}>
        Plan
      </h2>
      {planned === undefined && problem === undefined && (
        <p class="muted">
          {busy === 'checking'
            ? 'Checking …'
            : 'Check shows what the run would do, and what would refuse it. It starts nothing.'}
        </p>
      )}
      {problem && <ErrorState problem={problem} onRetry={() => void check()} />}
      {planned && <PlanView plan={planned.plan} />}
      {lacks && (
        <p class={isCurrent ? 'text-down' : 'muted'} role="status">
          {lacks}
        </p>
      )}
      <div class="buttons">
        {refusal(plans) === undefined ? (
          <button type="submit" form={form} class={isCurrent ? '' : 'primary'}>
            {busy === 'checking' ? 'Checking …' : 'Check'}
          </button>
        ) : (
          <Action label="Check" why={refusal(plans)} onClick={() => {}} />
        )}
        {planned &&
          (refusal(starts) === undefined ? (
            <button
              type="button"
              class="primary"
              aria-disabled={busy !== '' || lacks !== undefined || isOld}
              onClick={start}
            >
              {busy === 'starting' ? 'Starting …' : 'Start'}
            </button>
          ) : (
            <Action label="Start" why={refusal(starts)} onClick={() => {}} />
          ))}
        <span class="spacer" />
        {workload && <CopyCall route={starts} parts={{ body: workload }} />}
      </div>
    </section>
  )
}

const onlyTheCluster = 'Only the cluster decides it'

function PlanView({ plan: { workload, seconds, records, valueBytes, guards } }: { plan: LoadTestPlan }) {
  const { rate, topic, producers = 1, producer, profile, consumers = [], verify, thresholds = [] } = workload
  return (
    <>
      <dl class="figures">
        <Figure name="Lasts">
          {seconds === null ? <Explained text={onlyTheCluster}>—</Explained> : formatSeconds(seconds)}
        </Figure>
        <Figure name="Records">
          {records === null ? <Explained text={onlyTheCluster}>—</Explained> : formatCount(records)}
        </Figure>
        <Figure name="Their values">
          {valueBytes === null ? <Explained text={onlyTheCluster}>—</Explained> : formatBytes(valueBytes)}
        </Figure>
      </dl>
      <ul class="plain-list">
        <li>rate: {rateInWords(rate ?? { kind: 'closed' })}</li>
        <li>
          {topic.kind === 'temporary'
            ? `a topic of ${counted(topic.partitions, 'partition')} × ${counted(topic.replicationFactor, 'replica')}, deleted with the run`
            : `into ${topic.name}`}
        </li>
        <li>
          {counted(producers, 'producer')}
          {profile && `, ${profile}`}
          {producer?.acks && `, acks=${producer.acks}`}
          {producer?.idempotent && ', idempotent'}
          {producer?.compression && `, compression ${producer.compression}`}
        </li>
        {consumers.length > 0 && <li>{counted(consumers.length, 'consumer group')}</li>}
        {verify && <li>every record is read back</li>}
        {thresholds.map((threshold) => (
          <li key={threshold}>
            must meet <code>{threshold}</code>
          </li>
        ))}
      </ul>
      <h3>What may refuse it</h3>
      <ul class="plain-list" aria-label="Guards">
        {guards.map(({ name, passed, reading, limit }) => (
          <li key={name}>
            <StatusMark mark={passed ? 'healthy' : 'down'} word={passed ? 'passed' : 'refused'} /> <code>{name}</code>{' '}
            {reading} <span class="muted">(allowed: {limit})</span>
          </li>
        ))}
      </ul>
    </>
  )
}

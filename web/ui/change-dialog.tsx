import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { problemOf } from '../api/problem.ts'
import type { Parts, Route } from '../api/routes.ts'
import { now } from '../state/clock.ts'
import { CopyCall } from './copy-call.tsx'
import { Dialog } from './dialog.tsx'
import { ErrorState, Loading } from './states.tsx'

/** A plan that is older is made again: the cluster may have changed. */
const planLastsMs = 60_000

interface ChangeDialogProps<Plan> {
  title: string
  /** The call that carries it out, for who would rather type it. */
  route: Route
  parts: Parts
  /** When the plan is to be made again; by default when the call changes. */
  planKey?: string
  /** @param dryRun only the plan */
  make: (dryRun: boolean) => Promise<Plan>
  children: (plan: Plan) => ComponentChildren
  /** What came of it, where that may differ from the plan; without it, the dialog closes. */
  after?: ((done: Plan) => ComponentChildren) | undefined
  /** `Apply` */
  verb: string
  /** Why this plan cannot be carried out as it is: a name that is not typed yet. */
  lacks?: string | undefined
  onDone: () => void
  onClose: () => void
}

/** Shows what a change would do, and carries out just that. */
export function ChangeDialog<Plan>(props: ChangeDialogProps<Plan>) {
  const { title, route, parts, planKey, make, children, after, verb, lacks, onDone, onClose } = props
  const [plan, setPlan] = useState<{ value: Plan; madeAt: number } | undefined>(undefined)
  const [done, setDone] = useState<{ value: Plan } | undefined>(undefined)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const prepare = async () => {
    setProblem(undefined)
    try {
      setPlan({ value: await make(true), madeAt: Date.now() })
    } catch (error) {
      setPlan(undefined)
      setProblem(problemOf(error))
    }
  }
  const key = planKey ?? JSON.stringify(parts)
  useEffect(() => {
    void prepare()
  }, [key])
  const isOld = plan !== undefined && now.value - plan.madeAt > planLastsMs
  useEffect(() => {
    if (isOld && !busy && done === undefined) void prepare()
  }, [isOld, busy, done])
  const carryOut = async () => {
    if (busy || lacks !== undefined || plan === undefined || isOld) return
    setBusy(true)
    try {
      const value = await make(false)
      onDone()
      if (after) setDone({ value })
      else onClose()
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  if (done && after) {
    return (
      <Dialog title={title} onClose={onClose} class="change">
        <h2>{title}</h2>
        <section class="plan-body" aria-label="What came of it" role="status" tabIndex={0}>
          {after(done.value)}
        </section>
        <div class="buttons">
          <span class="spacer" />
          <button type="button" class="primary" onClick={onClose}>
            Close
          </button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={title} onClose={onClose} class="change">
      <h2>{title}</h2>
      {plan === undefined && problem === undefined && <Loading what="Making the plan" />}
      {plan && (
        <section class="plan-body" aria-label="The plan" tabIndex={0}>
          {children(plan.value)}
        </section>
      )}
      {problem && <ErrorState problem={problem} onRetry={() => void prepare()} />}
      <div class="buttons">
        <CopyCall route={route} parts={parts} />
        <span class="spacer" />
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="primary"
          aria-disabled={busy || lacks !== undefined || plan === undefined}
          onClick={() => void carryOut()}
        >
          {busy ? 'Under way …' : verb}
        </button>
      </div>
      {lacks && <p class="muted">{lacks}</p>}
    </Dialog>
  )
}

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { AnswerOf, JsonRoute, PartsOf } from '../api/routes.ts'
import { call } from '../app/runtime.ts'
import { ChangeDialog } from './change-dialog.tsx'

interface PlannedChangeProps<R extends JsonRoute> {
  title: string
  /** A call with the parameter `dryRun`. */
  route: R
  /** What is asked for; undefined: the form asks first. */
  parts?: PartsOf<R> | undefined
  form?: (onReady: (parts: PartsOf<R>) => void) => ComponentChildren
  /** What the plan would do. */
  children: (plan: AnswerOf<R>, parts: PartsOf<R>) => ComponentChildren
  /** What came of it, where that may differ from the plan. */
  after?: ((done: AnswerOf<R>) => ComponentChildren) | undefined
  verb: string
  /** Why this plan cannot be carried out: there is nothing to do, for example. */
  lacks?: (plan: AnswerOf<R>, parts: PartsOf<R>) => string | undefined
  onDone: () => void
  onClose: () => void
  timeoutMs?: number
}

/** A form, if it is needed; then the plan, as the service made it; then exactly that change. */
export function PlannedChange<R extends JsonRoute>(props: PlannedChangeProps<R>) {
  const { title, route, form, children, after, verb, lacks, onDone, onClose, timeoutMs = 60_000 } = props
  const [filled, setFilled] = useState<PartsOf<R> | undefined>(props.parts)
  const [plan, setPlan] = useState<AnswerOf<R> | undefined>(undefined)
  if (filled === undefined) return <>{form?.(setFilled)}</>
  return (
    <ChangeDialog<AnswerOf<R>>
      title={title}
      route={route}
      parts={filled}
      make={async (dryRun) => {
        // The route takes it: see above.
        const parts = { ...filled, query: { ...filled.query, dryRun } } as PartsOf<R>
        const answer = await call(route, parts, { timeoutMs })
        if (dryRun) setPlan(answer)
        return answer
      }}
      after={after}
      verb={verb}
      lacks={plan && lacks?.(plan, filled)}
      onDone={onDone}
      onClose={onClose}
    >
      {(shown) => children(shown, filled)}
    </ChangeDialog>
  )
}

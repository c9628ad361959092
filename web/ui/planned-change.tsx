import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { AnswerOf, JsonRoute, PartsOf } from '../api/routes.ts'
import { useOpened } from '../app/opened.ts'
import { call, refusal } from '../app/runtime.ts'
import type { Asked, FieldText } from '../format/asked.ts'
import { AskDialog } from './ask-dialog.tsx'
import { ChangeDialog } from './change-dialog.tsx'
import { Action, type ActionKind } from './states.tsx'

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

interface PlannedActionProps<R extends JsonRoute> extends Omit<PlannedChangeProps<R>, 'title' | 'form' | 'onClose'> {
  /** What opens it in the page's address: `?do=drain`. */
  action: string
  /** Further parameters of the address that belong to it. */
  about?: readonly string[]
  label: string
  kind?: ActionKind
  /** Whether there is a button; addresses open it in any case. */
  offered?: boolean
  /** Of its dialogs; the label by default. */
  title?: string
  /** Makes the call of the form's fields. */
  read?: (text: FieldText) => Asked<PartsOf<R>>
  fields?: ComponentChildren
}

/** A button, and what it or an address opens: a form, if there are fields; then the plan and the change. */
export function PlannedAction<R extends JsonRoute>(props: PlannedActionProps<R>) {
  const { action, about, label, kind, offered = true, title = label, read, fields, ...change } = props
  const { open, show, close } = useOpened(action, change.route, about)
  return (
    <>
      {offered && <Action label={label} why={refusal(change.route)} onClick={show} kind={kind} />}
      {open && (
        <PlannedChange<R>
          {...change}
          title={title}
          form={(onReady) =>
            read && (
              <AskDialog title={title} read={read} onReady={onReady} onClose={close}>
                {fields}
              </AskDialog>
            )
          }
          onClose={close}
        />
      )}
    </>
  )
}

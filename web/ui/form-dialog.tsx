import type { ComponentChildren } from 'preact'
import { Dialog } from './dialog.tsx'

interface FormDialogProps {
  title: string
  /** What is wrong with the fields as they are. */
  wrong?: string | undefined
  submit?: string
  /** @param form whose fields it is about, for who has not followed them */
  onSubmit: (form: HTMLFormElement) => void
  onClose: () => void
  children: ComponentChildren
}

/** Fields of a change; its plan comes next. */
export function FormDialog({ title, wrong, submit = 'Show the plan', onSubmit, onClose, children }: FormDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="fields-form"
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit(event.currentTarget)
        }}
      >
        <h2>{title}</h2>
        {children}
        {wrong && (
          <p class="notice notice-down" role="alert">
            {wrong}
          </p>
        )}
        <div class="buttons">
          <span class="spacer" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            {submit}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/**
 * The attributes of text fields, by the name of what each is for.
 * @param wrong the one to mark
 */
export function textFields<T extends { [K in keyof T]: string }>(
  prefix: string,
  typed: T,
  setTyped: (typed: T) => void,
  wrong?: keyof T
) {
  return (name: keyof T & string) => ({
    id: `${prefix}-${name}`,
    value: typed[name] as string,
    'aria-invalid': wrong === name,
    spellcheck: false,
    autoComplete: 'off',
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
      setTyped({ ...typed, [name]: currentTarget.value })
  })
}

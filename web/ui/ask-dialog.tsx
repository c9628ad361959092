import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Asked, FieldText } from '../format/asked.ts'
import { FormDialog } from './form-dialog.tsx'

interface AskDialogProps<T> {
  title: string
  read: (text: FieldText) => Asked<T>
  onReady: (asked: T) => void
  onClose: () => void
  /** Its fields, each with a name. */
  children: ComponentChildren
}

/** Asks for what an action needs, by fields that the browser keeps. */
export function AskDialog<T>({ title, read, onReady, onClose, children }: AskDialogProps<T>) {
  const [message, setMessage] = useState<string | undefined>(undefined)
  const submit = (element: HTMLFormElement) => {
    const form = new FormData(element)
    const answer = read((name) => form.getAll(name).map(String).join('\n').trim())
    if ('asked' in answer) onReady(answer.asked)
    else setMessage(answer.message)
  }
  return (
    <FormDialog title={title} wrong={message} onSubmit={submit} onClose={onClose}>
      {children}
    </FormDialog>
  )
}

interface TextFieldProps {
  name: string
  label: string
  value?: string | undefined
  placeholder?: string
  numeric?: boolean
}

export function TextField({ name, label, value = '', placeholder = '', numeric = false }: TextFieldProps) {
  return (
    <>
      <label for={`field-${name}`}>{label}</label>
      <input
        id={`field-${name}`}
        name={name}
        defaultValue={value}
        placeholder={placeholder}
        inputMode={numeric ? 'numeric' : 'text'}
        spellcheck={false}
        autoComplete="off"
      />
    </>
  )
}

interface ChoiceFieldProps {
  name: string
  label: string
  choices: readonly (readonly [value: string, label: string])[]
  value?: string | undefined
}

export function ChoiceField({ name, label, choices, value }: ChoiceFieldProps) {
  return (
    <>
      <label for={`field-${name}`}>{label}</label>
      <select id={`field-${name}`} name={name}>
        {choices.map(([each, words]) => (
          <option key={each} value={each} selected={each === value}>
            {words}
          </option>
        ))}
      </select>
    </>
  )
}

export function TickField({ name, label }: { name: string; label: string }) {
  return (
    <label>
      <input type="checkbox" name={name} value="yes" /> {label}
    </label>
  )
}

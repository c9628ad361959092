import { query, setQuery } from '../app/location.ts'

export interface SearchInput {
  /** A parameter of the page's address. */
  name: string
  label: string
  /** What can be chosen, and in which words; without, it is text. */
  choices?: readonly (readonly [value: string, words: string])[]
  /** What an address without the parameter means, if that is not the empty text. */
  otherwise?: string
  /** The text that the page searches for: the key `/` goes there. */
  main?: true
  placeholder?: string
  numeric?: true
  /** Offered while it is typed. */
  suggestions?: readonly string[]
  hint?: string
}

interface SearchFormProps {
  label: string
  fields: readonly SearchInput[]
  /** What is wrong with one of them. */
  wrong?: { name: string; message: string } | undefined
  verb?: string
  disabled?: boolean
}

/** What a list is searched by: the page's address has it, and changes once the form is sent. */
export function SearchForm({ label, fields, wrong, verb = 'Search', disabled = false }: SearchFormProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const form = new FormData(event.currentTarget)
    setQuery(
      Object.fromEntries(
        fields.map(({ name, otherwise }) => {
          const text = String(form.get(name) ?? '').trim()
          return [name, text === otherwise ? undefined : text]
        })
      )
    )
  }
  const values = fields.map(({ name, otherwise = '' }) => query.value.get(name) ?? otherwise)
  return (
    <form class="search-form" onSubmit={submit} key={JSON.stringify(values)} aria-label={label}>
      {fields.map((field, index) => (
        // biome-ignore lint/a11y/noLabelWithoutControl: the control is in it, whichever it is
        <label key={field.name}>
          {field.label}
          <Control field={field} value={values[index] ?? ''} wrong={wrong?.name === field.name} />
        </label>
      ))}
      <button type="submit" class="primary" aria-disabled={disabled}>
        {verb}
      </button>
      {wrong && (
        <p class="notice notice-down" role="alert">
          {fields.find(({ name }) => name === wrong.name)?.label} {wrong.message}
        </p>
      )}
    </form>
  )
}

function Control({ field, value, wrong }: { field: SearchInput; value: string; wrong: boolean }) {
  const { name, choices, main, placeholder, numeric, suggestions, hint } = field
  if (choices) {
    return (
      <select name={name}>
        {choices.map(([each, words]) => (
          <option key={each} value={each} selected={each === value}>
            {words}
          </option>
        ))}
      </select>
    )
  }
  return (
    <>
      <input
        name={name}
        type={main ? 'search' : 'text'}
        inputMode={numeric ? 'numeric' : 'text'}
        size={numeric ? 5 : undefined}
        placeholder={placeholder}
        title={hint}
        list={suggestions && `${name}-suggestions`}
        defaultValue={value}
        aria-invalid={wrong}
        spellcheck={false}
        autoComplete="off"
      />
      {suggestions && (
        <datalist id={`${name}-suggestions`}>
          {suggestions.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </>
  )
}

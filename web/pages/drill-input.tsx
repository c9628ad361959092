import type { DrillField } from './drill-fields.ts'

interface InputProps {
  field: DrillField
  value: string
  isInvalid: boolean
  onType: (text: string) => void
}

/** The control of a field, with its label. */
export function DrillInput({ field, value, isInvalid, onType }: InputProps) {
  const id = `drill-${field.name.replaceAll('.', '-')}`
  if (field.input === 'choices') return <Choices field={field} value={value} onType={onType} />
  return (
    <div class="drill-field">
      <label for={id}>{field.label}</label>
      <Control id={id} field={field} value={value} isInvalid={isInvalid} onType={onType} />
    </div>
  )
}

function Control({ id, field, value, isInvalid, onType }: InputProps & { id: string }) {
  const shared = { id, value, 'aria-invalid': isInvalid }
  const onInput = ({ currentTarget }: { currentTarget: { value: string } }) => onType(currentTarget.value)
  switch (field.input) {
    case 'choice':
      return (
        <select {...shared} onChange={onInput}>
          <option value="">default</option>
          {Object.entries(field.choices).map(([choice, words]) => (
            <option key={choice} value={choice}>
              {words}
            </option>
          ))}
        </select>
      )
    case 'yes-no':
      return (
        <select {...shared} onChange={onInput}>
          <option value="">default</option>
          <option value="yes">yes</option>
          <option value="no">no</option>
        </select>
      )
    default:
      return (
        <input
          {...shared}
          inputMode={field.input === 'text' ? 'text' : 'decimal'}
          placeholder={field.hint}
          spellcheck={false}
          autoComplete="off"
          onInput={onInput}
        />
      )
  }
}

function Choices({ field, value, onType }: Pick<InputProps, 'value' | 'onType'> & { field: DrillField }) {
  if (field.input !== 'choices') return null
  const chosen = value === '' ? [] : value.split(',')
  return (
    <fieldset class="drill-field">
      <legend>{field.label}</legend>
      {Object.entries(field.choices).map(([choice, words]) => (
        <label key={choice} class="choice">
          <input
            type="checkbox"
            checked={chosen.includes(choice)}
            onChange={({ currentTarget }) => {
              const others = chosen.filter((each) => each !== choice)
              onType((currentTarget.checked ? [...others, choice] : others).join(','))
            }}
          />{' '}
          {words}
        </label>
      ))}
    </fieldset>
  )
}

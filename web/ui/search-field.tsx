import { useEffect, useState } from 'preact/hooks'

interface SearchFieldProps {
  label: string
  value: string
  onChange: (text: string) => void
}

/** Letters that come quickly are one search. */
const settleMs = 60

/** A search that acts while it is typed. The key `/` goes there. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const [text, setText] = useState(value)
  // The address has changed by other means: a link, or "show all".
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text), settleMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={`${label} …`}
      value={text}
      spellcheck={false}
      autoComplete="off"
      onInput={({ currentTarget }) => setText(currentTarget.value)}
    />
  )
}

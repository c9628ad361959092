import { useEffect, useRef, useState } from 'preact/hooks'

interface SearchFieldProps {
  label: string
  value: string
  onChange: (text: string) => void
}

/** Letters that come quickly are one search. */
const settleMs = 20

/** A search that acts while it is typed. The key `/` goes there. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const [text, setText] = useState(value)
  const sent = useRef(value)
  /** What was sent before the last one and may still come back, on a slow machine after more was typed and sent. */
  const late = useRef(new Set<string>())
  useEffect(() => {
    // What comes back of what was typed must not replace what was typed since; a link, or "show all", does.
    if (value === sent.current) return late.current.clear()
    if (late.current.has(value)) return
    sent.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    if (text === sent.current) return
    const timer = setTimeout(() => {
      late.current.add(sent.current)
      sent.current = text
      onChange(text)
    }, settleMs)
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

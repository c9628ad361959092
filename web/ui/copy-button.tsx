import { useEffect, useState } from 'preact/hooks'
import { copyText } from './copy-text.ts'
import { Icon } from './icon.tsx'

/** Copies text, and says that it did. */
export function CopyButton({ text, label, small = false }: { text: string; label: string; small?: boolean }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    await copyText(text)
    setCopied(true)
  }
  return (
    <button type="button" class={small ? 'quiet small' : ''} onClick={() => void copy()} title={small ? label : ''}>
      <Icon name={copied ? 'check' : 'copy'} />
      {small ? <span class="visually-hidden">{copied ? 'Copied' : label}</span> : copied ? 'Copied' : label}
    </button>
  )
}

/** A command line to run, with a button that copies it. */
export function CommandLine({ text }: { text: string }) {
  return (
    <span class="command">
      <code>{text}</code>
      <CopyButton text={text} label={`Copy ${text}`} small />
    </span>
  )
}

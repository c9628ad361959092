import { useEffect, useState } from 'preact/hooks'
import { Dialog } from '../ui/dialog.tsx'
import { navigate } from './location.ts'
import {
  actionEntries,
  brokerEntry,
  groupEntry,
  matchingEntries,
  type PaletteEntry,
  pageEntries,
  topicEntry
} from './palette-entries.ts'
import { call } from './runtime.ts'

/** How long after a letter the services are asked for names. */
const settleMs = 80
const perKind = 12

/** Finds what has a name, and goes there. A combobox as WAI-ARIA describes it: the focus stays in the field. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [named, setNamed] = useState<PaletteEntry[]>([])
  const [at, setAt] = useState(0)
  useEffect(() => {
    const ended = new AbortController()
    const timer = setTimeout(async () => setNamed(await findNamed(text, ended.signal)), settleMs)
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [text])
  const entries = matchingEntries([...pageEntries, ...named, ...actionEntries], text)
  const chosen = entries[Math.min(at, entries.length - 1)]

  const go = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return
    onClose()
    navigate(entry.to)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setAt((at + step + entries.length) % Math.max(1, entries.length))
    else if (event.key === 'Enter') go(chosen)
    else return
    event.preventDefault()
  }

  return (
    <Dialog title="Find" class="palette" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-entries"
        aria-activedescendant={chosen ? idOf(chosen) : undefined}
        aria-label="Topic, group, broker, page or action"
        placeholder="Topic, group, broker, page or action"
        autoComplete="off"
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id="palette-entries" aria-label="Found">
        {entries.map((entry) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active option
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
          <div
            key={idOf(entry)}
            role="option"
            id={idOf(entry)}
            aria-selected={entry === chosen}
            onClick={() => go(entry)}
          >
            <span>{entry.label}</span>
            <small class="muted">{entry.kind}</small>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p class="muted">Nothing has this in its name.</p>}
    </Dialog>
  )
}

const idOf = ({ kind, label }: PaletteEntry) => `palette-${kind}-${encodeURIComponent(label)}`

/** What the services have under a name; a service that does not answer has nothing. */
async function findNamed(text: string, signal: AbortSignal): Promise<PaletteEntry[]> {
  const name = text.trim().split(/\s+/)[0] || undefined
  const query = { ...(name && { name }), limit: perKind }
  const [topics, groups, brokers] = await Promise.all([
    call('GET /api/topic-names', { query }, { signal }).catch(() => ({ names: [] })),
    call('GET /api/health/groups', { query }, { signal }).catch(() => ({ groups: [] })),
    call('GET /api/brokers', {}, { signal }).catch(() => ({ brokers: [] }))
  ])
  return [
    ...topics.names.map(topicEntry),
    ...groups.groups.map(({ group }) => groupEntry(group)),
    ...brokers.brokers.map(({ id }) => brokerEntry(id, `kafka-${id}`))
  ]
}

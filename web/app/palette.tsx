import { useEffect, useState } from 'preact/hooks'
import { Dialog } from '../ui/dialog.tsx'
import { navigate } from './location.ts'
import {
  actionEntries,
  brokerEntry,
  drillEntry,
  gameDayEntry,
  groupEntry,
  loadTestEntry,
  matchingEntries,
  type PaletteEntry,
  pageEntries,
  topicEntry
} from './palette-entries.ts'
import { call } from './runtime.ts'

/** How long after a letter the services are asked for names. */
const settleMs = 80
const perKind = 12
/** The newest of each kind of run. */
const newest = { query: { limit: 20 } }

/** Finds what has a name, and goes there. A combobox as WAI-ARIA describes it: the focus stays in the field. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [runs, setRuns] = useState<Record<string, PaletteEntry[]>>({})
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
  useEffect(() => {
    const ended = new AbortController()
    for (const [kind, list] of Object.entries(runLists)) {
      list(ended.signal).then(
        (found) => setRuns((others) => ({ ...others, [kind]: found })),
        () => undefined
      )
    }
    return () => ended.abort()
  }, [])
  const newestRuns = Object.keys(runLists).flatMap((kind) => runs[kind] ?? [])
  const entries = matchingEntries([...pageEntries, ...named, ...actionEntries, ...newestRuns], text)
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
        aria-label="Topic, group, broker, run, page or action"
        placeholder="Topic, group, broker, run, page or action"
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

/** The newest runs by their kind; each list comes when it has been read, and none where load-test-service does not answer. */
const runLists: Record<string, (signal: AbortSignal) => Promise<PaletteEntry[]>> = {
  gameDays: async (signal) => (await call('GET /api/gamedays', newest, { signal })).gameDays.map(gameDayEntry),
  drills: async (signal) => (await call('GET /api/drills', newest, { signal })).drills.map(drillEntry),
  loadTests: async (signal) => (await call('GET /api/loadtest/runs', newest, { signal })).runs.map(loadTestEntry)
}

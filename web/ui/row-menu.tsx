import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { OfferedAction } from '../app/actions.ts'
import { refusal } from '../app/runtime.ts'

/** Height of an entry, with what surrounds all of them, in pixels: the menu opens upwards where it would not fit below. */
const entryHeight = 36

interface Shown {
  actions: readonly OfferedAction[]
  name: string
  place: Record<string, string>
}

/** The menu of a table, which one row at a time opens: its button, and the popover itself. */
export function useRowMenu() {
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const [shown, setShown] = useState<Shown | undefined>(undefined)
  const hide = () => menu.current?.hidePopover()
  const entries = () => [...(menu.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])]

  // The browser has shown it by now: the next key is already the menu's.
  useLayoutEffect(() => {
    if (menu.current?.classList.contains('is-open')) entries()[0]?.focus()
  }, [shown])

  const button = (actions: readonly OfferedAction[], name: string) => (
    <button
      type="button"
      class="quiet small row-actions"
      popovertarget={id}
      aria-haspopup="menu"
      data-row-actions
      title="Actions (key .)"
      onClick={({ currentTarget }) => {
        const { right, bottom, top } = currentTarget.getBoundingClientRect()
        const fits = bottom + (actions.length + 1) * entryHeight <= window.innerHeight
        const vertical = fits
          ? { top: `${bottom}px`, bottom: 'auto' }
          : { top: 'auto', bottom: `${window.innerHeight - top}px` }
        setShown({
          actions,
          name,
          place: { right: `${Math.max(4, document.documentElement.clientWidth - right)}px`, ...vertical }
        })
      }}
    >
      <span aria-hidden="true">⋯</span>
      <span class="visually-hidden">Actions of {name}</span>
    </button>
  )

  const onKeyDown = (event: KeyboardEvent) => {
    const all = entries()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const next = {
      ArrowDown: all[(at + 1) % all.length],
      ArrowUp: all[(at - 1 + all.length) % all.length],
      Home: all[0],
      End: all.at(-1)
    }[event.key]
    if (next) next.focus()
    else if (event.key === 'Tab') return hide()
    else return
    event.preventDefault()
  }

  const popover = (
    <div
      id={id}
      ref={menu}
      popover="auto"
      role="menu"
      tabIndex={-1}
      aria-label={shown ? `Actions of ${shown.name}` : 'Actions'}
      class="row-menu"
      style={shown?.place}
      onKeyDown={onKeyDown}
      onBeforeToggle={({ newState }) => menu.current?.classList.toggle('is-open', newState === 'open')}
    >
      {shown?.actions.map(({ label, to, route, danger }) => {
        const why = route && refusal(route)
        return why === undefined ? (
          <a key={label} role="menuitem" tabIndex={-1} href={to} class={danger ? 'danger' : ''} onClick={hide}>
            {label}
          </a>
        ) : (
          <span key={label} role="menuitem" tabIndex={-1} aria-disabled="true">
            {label} <small>{why}</small>
          </span>
        )
      })}
    </div>
  )
  return { button, popover }
}

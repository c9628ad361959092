import { useLayoutEffect } from 'preact/hooks'
import { copyAs } from '../api/copy-as.ts'
import { preferences } from '../state/preferences.ts'
import { copyText } from '../ui/copy-text.ts'
import { createKeys, type KeyAction } from './keys.ts'
import { navigate, path } from './location.ts'
import { navigation } from './pages.ts'
import { needsToken, readings, shownCall } from './runtime.ts'

interface KeyHandlers {
  openPalette: () => void
  openHelp: () => void
}

const places = Object.fromEntries(navigation.flat().flatMap(({ key, name }) => (key ? [[key, `/${name}`]] : [])))

/** Lets keys act on the page, as soon as it can be seen. */
export function useKeys({ openPalette, openHelp }: KeyHandlers): void {
  useLayoutEffect(() => {
    const keys = createKeys({ places, now: () => performance.now() })
    const act = (action: KeyAction): boolean => {
      switch (action.does) {
        case 'palette':
          openPalette()
          return true
        case 'help':
          openHelp()
          return true
        case 'search':
          return focusSearch()
        case 'nextRow':
          return focusRow(1)
        case 'previousRow':
          return focusRow(-1)
        case 'rowActions':
          return openRowActions()
        case 'go':
          navigate(action.to)
          return true
        case 'back':
          return leave()
        case 'refresh':
          readings.refresh()
          return true
        case 'copyLink':
          void copyText(window.location.href)
          return true
        case 'copyCommand':
          return copyCommand()
      }
    }
    const onKeyDown = (event: KeyboardEvent) => {
      // A dialog and the menu of a row have keys of their own.
      if (document.querySelector('dialog[open], .row-menu.is-open')) return
      const { key, ctrlKey, metaKey, altKey, target } = event
      const inField = target instanceof Element && target.matches('input, textarea, select, [contenteditable]')
      const action = keys({ key, ctrlKey, metaKey, altKey, inField }, preferences.value)
      if (action && act(action)) event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]')
  field?.focus()
  return field !== null
}

/** Moves the focus to the link of another row: to the first one, if it is in none. */
function focusRow(step: number): boolean {
  const links = [...document.querySelectorAll<HTMLElement>('main [data-row-link]')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  const next = at < 0 ? links[0] : links[at + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return next !== undefined
}

/** Opens the actions of the row that has the focus. */
function openRowActions(): boolean {
  const button = document.activeElement?.closest('tr')?.querySelector<HTMLElement>('[data-row-actions]')
  button?.click()
  return button instanceof HTMLElement
}

/** Out of a menu or a field, or from one thing to the list of its kind. */
function leave(): boolean {
  const menu = document.querySelector<HTMLDetailsElement>('details.menu[open]')
  if (menu) {
    menu.open = false
    menu.querySelector('summary')?.focus()
    return true
  }
  if (document.activeElement instanceof HTMLInputElement) {
    document.activeElement.blur()
    return true
  }
  const [name, thing] = path.value.split('/').slice(1)
  if (thing === undefined) return false
  navigate(`/${name}`)
  return true
}

function copyCommand(): boolean {
  const shown = shownCall.value
  if (shown === undefined) return false
  const { kops, curl } = copyAs(shown.route, shown.parts, {
    origin: window.location.origin,
    needsToken: needsToken.value
  })
  void copyText(kops ?? curl)
  return true
}

import { computed, signal } from '@preact/signals'
import { pageAt } from './pages.ts'

/** The address that is shown. */
export const path = signal('/')
export const search = signal('')

export const page = computed(() => pageAt(path.value))
export const query = computed(() => new URLSearchParams(search.value))

/** The parts of a browser's window that this needs. */
export interface LocationWindow {
  location: { pathname: string; search: string; origin: string }
  history: {
    pushState(data: unknown, unused: string, url: string): void
    replaceState(data: unknown, unused: string, url: string): void
    back(): void
  }
  scrollTo(x: number, y: number): void
}

let shown: LocationWindow | undefined

/** Follows the window's address, now and with each `popstate`. */
export function followLocation(window: LocationWindow): () => void {
  shown = window
  const take = () => {
    path.value = window.location.pathname
    search.value = window.location.search
  }
  take()
  return take
}

/** Shows another page. */
export function navigate(address: string): void {
  if (shown === undefined) return
  shown.history.pushState(null, '', address)
  setAddress(address)
  shown.scrollTo(0, 0)
}

/** Changes parameters of the page that is shown, without an entry of its own in the history: each letter of a search would be one. */
export function setQuery(changed: Record<string, string | undefined>): void {
  const next = new URLSearchParams(search.value)
  for (const [name, value] of Object.entries(changed)) {
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.size === 0 ? '' : `?${next}`
  shown?.history.replaceState(null, '', `${path.value}${text}`)
  search.value = text
}

function setAddress(address: string): void {
  const at = address.indexOf('?')
  path.value = at < 0 ? address : address.slice(0, at)
  search.value = at < 0 ? '' : address.slice(at)
}

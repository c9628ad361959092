import type { Route } from '../api/routes.ts'
import { query, setQuery } from './location.ts'
import { refusal } from './runtime.ts'

export interface Opened {
  open: boolean
  show(): void
  close(): void
}

/**
 * Whether the form or plan of an action is open: the page's address says so (`?do=delete`), so that menus, the palette and links lead
 * to it. Who may not call the route gets the page alone, which says why.
 * @param params further parameters of the address that belong to the action, and go with it
 */
export function useOpened(action: string, route: Route, params: readonly string[] = []): Opened {
  return {
    open: query.value.get('do') === action && refusal(route) === undefined,
    show: () => setQuery({ do: action }),
    close() {
      if (query.value.get('do') !== action) return
      setQuery({ do: undefined, ...Object.fromEntries(params.map((name) => [name, undefined])) })
    }
  }
}

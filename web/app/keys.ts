/** What a key does; none of these changes the cluster. */
export type KeyAction =
  | { does: 'palette' | 'search' | 'help' | 'nextRow' | 'previousRow' | 'rowActions' | 'back' }
  | { does: 'copyLink' | 'copyCommand' | 'refresh' }
  | { does: 'go'; to: string }

export interface PressedKey {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  /** In a field, letters are text. */
  inField: boolean
}

export interface KeysOptions {
  /** Addresses by the letter after `g`. */
  places: Readonly<Record<string, string>>
  now: () => number
}

const singleKeys: Record<string, KeyAction> = {
  '/': { does: 'search' },
  '?': { does: 'help' },
  j: { does: 'nextRow' },
  k: { does: 'previousRow' },
  '.': { does: 'rowActions' },
  c: { does: 'copyLink' },
  y: { does: 'copyCommand' },
  r: { does: 'refresh' }
}

/** How long after `g` the next letter still counts as the second key. */
const sequenceMs = 1500

/** Turns pressed keys into actions. `Ctrl-K` and `Escape` always act; single keys do outside fields, unless they are switched off. */
export function createKeys({ places, now }: KeysOptions) {
  let goPressedAt = Number.NEGATIVE_INFINITY
  return (
    { key, ctrlKey, metaKey, altKey, inField }: PressedKey,
    { singleKeys: enabled }: { singleKeys: boolean }
  ): KeyAction | undefined => {
    const isSecond = now() - goPressedAt <= sequenceMs
    goPressedAt = Number.NEGATIVE_INFINITY
    if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === 'k') return { does: 'palette' }
    if (ctrlKey || metaKey || altKey) return undefined
    if (key === 'Escape') return { does: 'back' }
    if (inField || !enabled) return undefined
    if (isSecond) {
      const to = places[key]
      if (to !== undefined) return { does: 'go', to }
    }
    if (key === 'g') {
      goPressedAt = now()
      return undefined
    }
    return singleKeys[key]
  }
}

/** For the page of help. */
export const keysInWords: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl-K', 'find a topic, a group, a broker, a page or an action'],
  ['/', 'go to the search of the page'],
  ['j, k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['.', 'actions of the row; each opens its plan'],
  ['Esc', 'close what is open; back to the list'],
  ['c', 'copy the address of this page'],
  ['y', 'copy the call behind this page, as a command'],
  ['r', 'read again'],
  ['?', 'this help']
]

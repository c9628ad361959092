import { effect, signal } from '@preact/signals'
import type { Zone } from '../format/time.ts'

export type Theme = 'system' | 'light' | 'dark'
export type Density = 'normal' | 'compact'

/** What somebody has chosen for this browser. Nothing secret is ever kept in it. */
export interface Preferences {
  theme: Theme
  zone: Zone
  density: Density
  /** Single keys act (WCAG 2.1.4 wants them to be switched off). */
  singleKeys: boolean
}

export const defaultPreferences: Preferences = { theme: 'system', zone: 'utc', density: 'normal', singleKeys: true }

/** What is kept as text; whatever is missing or not understood is as by default. */
export function parsePreferences(text: string | null): Preferences {
  const given = parsed(text)
  const oneOf = <T>(value: unknown, allowed: readonly T[], otherwise: T): T =>
    allowed.find((each) => each === value) ?? otherwise
  return {
    theme: oneOf<Theme>(given['theme'], ['system', 'light', 'dark'], defaultPreferences.theme),
    zone: oneOf<Zone>(given['zone'], ['utc', 'local'], defaultPreferences.zone),
    density: oneOf<Density>(given['density'], ['normal', 'compact'], defaultPreferences.density),
    singleKeys: oneOf<boolean>(given['singleKeys'], [true, false], defaultPreferences.singleKeys)
  }
}

function parsed(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

export const preferences = signal(defaultPreferences)

export function choose(changed: Partial<Preferences>): void {
  preferences.value = { ...preferences.value, ...changed }
}

/** Where a browser keeps them: local storage, which may be denied. */
export interface PreferenceStore {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

const key = 'kops'

/** Reads what is kept, and keeps every change. */
export function keepPreferences(store: PreferenceStore | undefined): void {
  preferences.value = parsePreferences(store?.getItem(key) ?? null)
  effect(() => store?.setItem(key, JSON.stringify(preferences.value)))
}

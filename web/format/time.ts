import { formatSeconds } from './numbers.ts'

/** One zone for what is shown and what is typed. */
export type Zone = 'utc' | 'local'

/** `2026-01-31 12:34:56`, or with milliseconds; with the zone where the place does not say it. */
export function formatTime(
  instant: string | number | Date,
  zone: Zone,
  { ms = false, named = false }: { ms?: boolean; named?: boolean } = {}
): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return String(instant)
  // The local time, as the UTC time of another instant.
  const shown = zone === 'utc' ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  const text = shown.toISOString().replace('T', ' ').replace('Z', '')
  return `${ms ? text : text.slice(0, 19)}${named ? ` ${zoneName(zone, date)}` : ''}`
}

/** `UTC`, or the offset at an instant: `+02:00`. */
export function zoneName(zone: Zone, at: Date): string {
  if (zone === 'utc') return 'UTC'
  const minutes = -at.getTimezoneOffset()
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

/**
 * An instant that somebody typed, in the zone that is shown: `2026-01-31 12:34`, with seconds or not, or ISO-8601 with a zone of its own.
 * @returns undefined if it is none
 */
export function parseTime(text: string, zone: Zone): Date | undefined {
  const trimmed = text.trim()
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/i.test(trimmed)) return validDate(new Date(trimmed))
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?$/.exec(trimmed)
  if (!match) return undefined
  const [, day = '', time = '00:00'] = match
  return validDate(new Date(`${day}T${time}${zone === 'utc' ? 'Z' : ''}`))
}

function validDate(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** How old a reading is, and whether that is more than to be expected. */
export interface Age {
  text: string
  /** stale: older than two intervals; old: than five */
  level: 'fresh' | 'stale' | 'old'
}

/**
 * @param asOf when the reading was made, in milliseconds, by the clock of `now`
 * @param intervalMs how often there is a new one
 */
export function ageOf(asOf: number, now: number, intervalMs: number): Age {
  const ms = Math.max(0, now - asOf)
  const level = ms > 5 * intervalMs ? 'old' : ms > 2 * intervalMs ? 'stale' : 'fresh'
  return { text: ms < 1000 ? 'now' : `${formatSeconds(Math.floor(ms / 1000))} ago`, level }
}

/** Since when, in words of an age alone: `3 min 5 s`. */
export function durationSince(instant: string | number | Date, now: number): string {
  return formatSeconds(Math.max(0, Math.floor((now - new Date(instant).getTime()) / 1000)))
}

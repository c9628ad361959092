/** A number rounded for people: 950, 49k, 1.2M. */
export function rounded(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T']
  const exponent = Math.abs(value) < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(Math.abs(value)) / 3))
  const scaled = value / 1000 ** exponent
  if (exponent === 0) return String(Math.round(value))
  // 999,950 would read as 1000k.
  if (Math.abs(Number(scaled.toFixed(0))) >= 1000) return rounded(Math.sign(value) * 1000 ** (exponent + 1))
  return `${Math.abs(scaled) < 9.95 ? Number(scaled.toFixed(1)) : scaled.toFixed(0)}${units[exponent]}`
}

/** A whole number with its thousands apart: 1,200,000. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Milliseconds with three digits, `-` for none: 0.31, 3.12, 12.4, 1240. */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-'
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
}

/** A length of time for people: 4 s, 3 min, 2 h 5 min, 3 d. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 90) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
  return `${Math.floor(minutes / (24 * 60))} d`
}

/** Seconds since an instant, at least 0: clocks of two machines differ. */
export function secondsSince(instant: string, now = Date.now()): number {
  return Math.max(0, (now - Date.parse(instant)) / 1000)
}

/** Time since an instant: 3 min ago. */
export function ago(instant: string, now = Date.now()): string {
  return `${span(secondsSince(instant, now))} ago`
}

/** A size in the most readable unit; `?` if unknown. */
export function bytes(size: number | null): string {
  if (size === null) return '?'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const exponent = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log2(size) / 10))
  const value = size / 1024 ** exponent
  return `${exponent === 0 ? value : value.toFixed(1)} ${units[exponent]}`
}

/** `1 partition`, `3 partitions`; `an unknown number of records`. */
export function counted(count: number | null, noun: string): string {
  return `${count ?? 'an unknown number of'} ${noun}${count === 1 ? '' : 's'}`
}

/** Text that others wrote (keys, values, client ids), so that it cannot steer the terminal: control characters are escaped. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
    character === '\n'
      ? '\\n'
      : character === '\t'
        ? '\\t'
        : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  )
}

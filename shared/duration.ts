const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A length of time, `500ms`, `90s`, `15m`, `2h`, `7d`, in milliseconds; undefined if the text is none. */
export function readDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * unitMs[unit as keyof typeof unitMs]
}

/** Likewise, of a text whose schema was checked. @throws Error if it is none */
export function duration(text: string): number {
  const ms = readDuration(text)
  if (ms === undefined) throw new Error(`${text} is no duration`)
  return ms
}

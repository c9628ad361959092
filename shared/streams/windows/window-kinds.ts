/** How event time is cut into windows. All of them contain their start and not their end. */
export type WindowKind =
  /** Windows that follow each other, aligned to 1970. */
  | { kind: 'tumbling'; sizeMs: number }
  /** One begins every `everyMs`, aligned to 1970, so that windows overlap. */
  | { kind: 'hopping'; sizeMs: number; everyMs: number }
  /** From an event until no other came for `gapMs`: an event makes a window of that length, and windows that touch are one. */
  | { kind: 'session'; gapMs: number }

/** A stretch of event time in milliseconds since 1970: `start` inclusive, `end` exclusive. */
export interface Span {
  start: number
  end: number
}

/** The windows that an event falls in, the earliest first. A session is the one that the event would have alone. */
export function windowsOf(kind: WindowKind, timestampMs: number): Span[] {
  if (kind.kind === 'session') return [{ start: timestampMs, end: timestampMs + kind.gapMs }]
  const { sizeMs } = kind
  const everyMs = kind.kind === 'hopping' ? kind.everyMs : sizeMs
  const windows: Span[] = []
  const last = Math.floor(timestampMs / everyMs) * everyMs
  for (let start = last; start > timestampMs - sizeMs; start -= everyMs) windows.push({ start, end: start + sizeMs })
  return windows.reverse()
}

/** Whether two sessions are one: they overlap, or one begins where the other ends. */
export function touch(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end
}

/**
 * Whether a window takes no more events: the watermark has passed its end by the allowed lateness. Events with this timestamp or a
 * later one still come.
 */
export function isClosed({ end }: Span, watermarkMs: number, latenessMs: number): boolean {
  return end + latenessMs <= watermarkMs
}

import { useEffect, useRef } from 'preact/hooks'
import type { AnswerOf, PartsOf, ReadingRoute } from '../api/routes.ts'
import type { Reading } from '../state/readings.ts'
import { readings, shownCall } from './runtime.ts'

export interface ReadingInUse<T> extends Reading<T> {
  refresh(): Promise<void>
  everyMs: number
}

/**
 * The answer of a call, read now and then again at an interval while the component is shown. When the call changes, what is shown stays
 * until its answer is there: a list does not disappear with each letter of a search.
 */
export function useReading<R extends ReadingRoute>(
  route: R,
  parts: PartsOf<R> | undefined,
  everyMs: number
): ReadingInUse<AnswerOf<R>> {
  const { reading, refresh } = readings.of(route, parts)
  const key = JSON.stringify([route, parts])
  useEffect(() => readings.watch(route, parts, everyMs), [key, everyMs])
  const shown = useRef<AnswerOf<R> | undefined>(undefined)
  const { value, problem } = reading.value
  if (value !== undefined || problem !== undefined) shown.current = value
  return { ...reading.value, value: shown.current, refresh, everyMs }
}

/** Makes a call the one that the page's "copy" copies. */
export function useShownCall<R extends ReadingRoute>(route: R, parts: PartsOf<R> | undefined): void {
  const key = JSON.stringify([route, parts])
  useEffect(() => {
    shownCall.value = { route, parts: parts ?? {} }
    return () => {
      shownCall.value = undefined
    }
  }, [key])
}

import { useEffect } from 'preact/hooks'
import type { AnswerOf, PartsOf, ReadingRoute } from '../api/routes.ts'
import type { Reading } from '../state/readings.ts'
import { readings, shownCall } from './runtime.ts'

export interface ReadingInUse<T> extends Reading<T> {
  refresh(): Promise<void>
  everyMs: number
}

/** The answer of a call, read now and then again at an interval while the component is shown. */
export function useReading<R extends ReadingRoute>(
  route: R,
  parts: PartsOf<R> | undefined,
  everyMs: number
): ReadingInUse<AnswerOf<R>> {
  const { reading, refresh } = readings.of(route, parts)
  const key = JSON.stringify([route, parts])
  useEffect(() => readings.watch(route, parts, everyMs), [key, everyMs])
  return { ...reading.value, refresh, everyMs }
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

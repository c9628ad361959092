import { isKopsError, KopsError } from '../../errors/catalog.ts'
import type { Deadline } from '../model.ts'

/**
 * Runs work under a deadline. The signal that it gets aborts when the time is over (with `kafka_timeout`), when the caller
 * gives up, or when the reader closes; the last two reject the call as a whole.
 */
export async function withDeadline<T>(
  { deadlineMs, signal }: Deadline,
  closing: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const time = new AbortController()
  const ends = signal ? [closing, signal] : [closing]
  for (const end of ends) end.throwIfAborted()
  const timer = setTimeout(
    () => time.abort(new KopsError('kafka_timeout', `no answer within ${deadlineMs} ms`)),
    deadlineMs
  )
  try {
    const result = await work(AbortSignal.any([time.signal, ...ends]))
    for (const end of ends) end.throwIfAborted()
    return result
  } finally {
    clearTimeout(timer)
  }
}

/** Whether a signal of withDeadline aborted because of its deadline. */
export function isOverdue(signal: AbortSignal): boolean {
  return signal.aborted && isKopsError(signal.reason, 'kafka_timeout')
}

/** Settles as the work does, or rejects with the signal's reason when that comes first. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

import type { Clock } from '#shared/clock.ts'
import type { BalancedRequest } from '#shared/contracts/load-balancer.ts'

export interface GenerateOptions {
  /** Requests in the order in which they are due. */
  source: Iterator<BalancedRequest>
  requests: number
  writer: {
    write(messages: { key: string; message: BalancedRequest }[]): Promise<void>
    drained(): Promise<void>
  }
  /** Seconds since 1970. */
  now: () => number
  clock: Pick<Clock, 'sleep'>
  /** How long to wait for the last acknowledgements, in milliseconds. */
  lastMs: number
  /** Ends it early: what was sent until then is still waited for. */
  signal: AbortSignal
}

/** @returns how many were sent and acknowledged, and from when to when they were due, in seconds */
export async function generate(
  options: GenerateOptions
): Promise<{ sent: number; acknowledged: number; seconds: number }> {
  const { source, requests, writer, now, clock, signal } = options
  const startedAt = now()
  const open = new Set<Promise<void>>()
  let [sent, acknowledged, lastDue] = [0, 0, startedAt]
  while (sent < requests && !signal.aborted) {
    const { value: request, done } = source.next()
    if (done) break
    const waitMs = (request.timestamp - now()) * 1000
    if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined)
    if (signal.aborted) break
    const writing: Promise<void> = writer.write([{ key: String(request.request_id), message: request }]).then(
      () => {
        acknowledged += 1
        open.delete(writing)
      },
      () => void open.delete(writing)
    )
    open.add(writing)
    sent += 1
    lastDue = request.timestamp
    // A cluster that does not keep up delays what is sent, and not when it was due.
    await writer.drained()
  }
  const over = new AbortController()
  await Promise.race([Promise.all(open), clock.sleep(options.lastMs, over.signal).catch(() => undefined)])
  over.abort()
  return { sent, acknowledged, seconds: lastDue - startedAt }
}

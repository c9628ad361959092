import type { Warning } from '#shared/contracts/common.ts'
import type { TailQuery } from '#shared/contracts/messages.ts'
import type { TailEvent } from '#shared/contracts/tail-events.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { nextPositions, type ReadOutcome, type RecordReader, readableEnd } from '#shared/kafka/records/port.ts'
import { defaultIsolation } from './browse.ts'
import type { MaskingRules } from './masking-rules.ts'
import { showRecord } from './render.ts'

export interface TailOptions {
  rules: MaskingRules
  signal: AbortSignal
  intervalMs: number
  /** Maximum number of messages per second. */
  maxRate: number
  /** Maximum number of bytes per interval. */
  maxBytes: number
  deadlineMs: number
  sleep: (ms: number) => Promise<void>
  /** Returns false if the watcher does not accept more now: then the event was not sent. */
  send: (event: TailEvent) => boolean
}

/**
 * Sends new records of a topic, until the signal aborts or the topic is deleted. Between two polls of the log it holds
 * only positions: a watcher that leaves leaves no consumer, group or connection behind.
 * @throws KopsError topic_not_found, validation_failed, cluster_unreachable: nothing was sent
 */
export async function tailMessages(
  reader: RecordReader,
  topic: string,
  query: TailQuery,
  options: TailOptions
): Promise<() => Promise<void>> {
  const { rules, signal, send } = options
  const { format = 'auto', isolation = defaultIsolation, partition } = query
  const mask = rules.of(topic)
  const bounds = {
    isolation,
    bytes: options.maxBytes,
    deadlineMs: options.deadlineMs,
    partitions: partition === undefined ? undefined : [partition],
    signal
  }
  const first = await reader.readForward(topic, { ...bounds, start: { at: 'latest' } }, () => true)
  const atStart = new Set(first.partitions.map(({ partition }) => partition))
  let positions = nextPositions(first.partitions, atStart)
  let warned = ''

  function warn(warnings: readonly Warning[]): void {
    const told = JSON.stringify(warnings)
    if (told !== warned) for (const data of warnings) send({ event: 'warning', data })
    warned = told
  }

  async function look(): Promise<void> {
    let allowed = Math.max(1, Math.floor((options.maxRate * options.intervalMs) / 1000))
    let skipped = 0
    const outcome = await reader.readForward(topic, { ...bounds, start: { at: 'positions', positions } }, (record) => {
      const shown = showRecord(record, mask, format, query)
      if (shown === undefined) return true
      if (allowed > 0 && send({ event: 'message', data: shown })) allowed -= 1
      else skipped += 1
      return true
    })
    if (outcome.cutBy !== null) skipped += skipToEnd(outcome)
    positions = new Map([...positions, ...nextPositions(outcome.partitions, atStart)])
    if (skipped > 0) send({ event: 'skipped', data: { records: skipped } })
    warn(outcome.warnings)
  }

  return async () => {
    send({
      event: 'ready',
      data: {
        topic,
        isolation,
        partitions: first.partitions.map(({ partition, position }) => ({ partition, offset: position }))
      }
    })
    while (!signal.aborted) {
      await options.sleep(options.intervalMs).catch(() => undefined)
      if (signal.aborted) return
      try {
        await look()
      } catch (error) {
        if (signal.aborted) return
        const refusal = isKopsError(error) ? error : new KopsError('internal', 'The tail failed', { cause: error })
        if (!refusal.retriable) {
          send({ event: 'end', data: { code: refusal.code, detail: refusal.message } })
          return
        }
        warn([{ code: refusal.code, message: refusal.message, target: topic }])
      }
    }
  }
}

/** Moves every position to the end of its log; returns the number of skipped offsets. */
function skipToEnd(outcome: ReadOutcome): number {
  let skipped = 0
  for (const progress of outcome.partitions) {
    const end = readableEnd(progress)
    if (progress.position === null || end === null) continue
    skipped += end - progress.position
    progress.position = end
  }
  return skipped
}

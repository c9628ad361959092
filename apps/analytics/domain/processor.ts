import type { Delivery } from '#shared/kafka/consuming/port.ts'
import type { LogRecord, RecordView } from '#shared/kafka/records/port.ts'
import { deadLetterHeaders } from '#shared/streams/dead-letters/headers.ts'
import type { Processor, ProcessorOutput } from '#shared/streams/tasks/port.ts'
import { createWatermark } from '#shared/streams/windows/watermark.ts'
import {
  createWindowedState,
  type Pane,
  type StoredPane,
  type WindowedState
} from '#shared/streams/windows/windowed-state.ts'
import { InvalidEvent, readEvent } from './event.ts'
import { type CompiledWindows, compileWindows, type Windows } from './windows.ts'

export interface AnalyticsProcessorOptions {
  /** The consumer group, for dead letters. */
  name: string
  partition: number
  topics: { events: string; metrics: string; alerts: string; late: string; deadLetters: string; changelog: string }
  disorderMs: number
  futureMs: number
  idleMs: number | undefined
  windows: readonly Windows[]
}

/** Headers of a record in the topic of late ones, beside its own. */
export const lateHeaders = {
  /** The windows that had closed for it, separated by commas. */
  windows: 'kops.late.windows',
  /** The watermark that it came behind, ISO 8601. */
  watermark: 'kops.late.watermark',
  topic: 'kops.late.topic',
  partition: 'kops.late.partition',
  offset: 'kops.late.offset'
} as const

export interface AnalyticsProcessor extends Processor {
  readonly openWindows: number
  /** What restore() has found of windows that are computed otherwise now. */
  readonly discarded: number
}

/** Kept windows have keys of four parts, and the position in the input this one. */
const positionKey = JSON.stringify(['position'])

/** The windows over one partition of the events. */
export function createAnalyticsProcessor(options: AnalyticsProcessorOptions): AnalyticsProcessor {
  const { topics, partition } = options
  const all = options.windows.map((windows): { windows: CompiledWindows; state: WindowedState } => {
    const compiled = compileWindows(windows)
    return { windows: compiled, state: createWindowedState(compiled) }
  })
  const byId = new Map(all.map((each) => [each.windows.id, each]))
  const watermark = createWatermark(options)
  /** Keys in the changelog of windows that no definition has any more. */
  const foreign = new Set<string>()
  let discarded = 0
  let output: ProcessorOutput[] = []
  let position: number | undefined

  function emit(topic: string, key: string, value: unknown): void {
    output.push({ topic, key: Buffer.from(key), value: Buffer.from(JSON.stringify(value)) })
  }

  function process(view: RecordView, delivery: Delivery, nowMs: number): void {
    try {
      if (view.valueEnd < view.valueStart) throw new InvalidEvent('the record has no value')
      const { event, timestampMs } = readEvent(view.bytes.toString('utf8', view.valueStart, view.valueEnd))
      if (timestampMs - nowMs > options.futureMs) {
        throw new InvalidEvent(`timestamp ${event.timestamp} is further in the future than ${options.futureMs} ms`)
      }
      // All of them before any takes the event: it counts everywhere, or is a dead letter.
      const contributions = all.map(({ windows }) => windows.contributionOf(event))
      const closedFor: string[] = []
      for (const [nth, contribution] of contributions.entries()) {
        const each = all[nth]
        if (!each || !contribution) continue
        const { group, values } = contribution
        const panes = each.state.add(group, timestampMs, values, watermark.ms)
        if (panes.length === 0) closedFor.push(each.windows.name)
        else if (each.windows.alerts.length > 0) for (const pane of panes) raise(each.windows, pane, 'update')
      }
      if (closedFor.length > 0) putAside(delivery.record(view), closedFor)
      if (watermark.observe(timestampMs)) close()
    } catch (error) {
      if (!(error instanceof InvalidEvent || error instanceof SyntaxError)) throw error
      bury(delivery.record(view), error)
    }
  }

  function close(): void {
    for (const { windows, state } of all) {
      for (const pane of state.close(watermark.ms)) {
        emit(topics.metrics, keyOf(windows.name, pane), windows.resultOf(pane, partition))
        raise(windows, pane, 'close')
      }
    }
  }

  function raise(windows: CompiledWindows, pane: Pane, at: 'close' | 'update'): void {
    for (const alert of windows.alertsOf(pane, at, partition)) emit(topics.alerts, keyOf(windows.name, pane), alert)
  }

  function putAside({ key, value, headers, offset }: LogRecord, closedFor: readonly string[]): void {
    const added = {
      [lateHeaders.windows]: closedFor.join(','),
      [lateHeaders.watermark]: new Date(watermark.ms).toISOString(),
      [lateHeaders.topic]: topics.events,
      [lateHeaders.partition]: String(partition),
      [lateHeaders.offset]: String(offset)
    }
    const own = headers.filter(([name]) => !Object.hasOwn(added, name))
    const late = Object.entries(added).map(([name, text]): [string, Buffer] => [name, Buffer.from(text)])
    output.push({
      topic: topics.late,
      key: copied(key),
      value: copied(value),
      headers: [...own.map(copiedHeader), ...late]
    })
  }

  function bury({ key, value, headers, offset, timestampMs }: LogRecord, error: Error): void {
    const cause = { topic: topics.events, partition, offset, timestampMs, group: options.name, deliveries: 1 }
    const why = { ...cause, errorClass: error.name, message: error.message }
    const all = deadLetterHeaders(why, headers.map(copiedHeader))
    output.push({ topic: topics.deadLetters, key: copied(key), value: copied(value), headers: all })
  }

  function* changes(): Generator<ProcessorOutput> {
    const { changelog: topic } = topics
    for (const { windows, state } of all) {
      for (const [group, start, stored] of state.takeChanges()) {
        const key = Buffer.from(JSON.stringify(['window', windows.id, group, start]))
        yield { topic, key, value: stored && Buffer.from(JSON.stringify(stored)) }
      }
    }
    for (const key of foreign) yield { topic, key: Buffer.from(key), value: null }
    foreign.clear()
  }

  return {
    get position() {
      return position
    },
    get watermarkMs() {
      return watermark.ms
    },
    get openWindows() {
      return all.reduce((sum, { state }) => sum + state.size, 0)
    },
    get discarded() {
      return discarded
    },
    restore(key, value) {
      const name = key.toString()
      if (name === positionKey) {
        const stored: { offset: number; watermark: number | null } = JSON.parse(String(value))
        position = stored.offset
        watermark.restore(stored.watermark ?? Number.NEGATIVE_INFINITY)
        return
      }
      const [, id = '', group = '', start = 0]: [string, string?, string?, number?] = JSON.parse(name)
      const known = byId.get(id)
      if (known) known.state.restore(group, start, value && (JSON.parse(String(value)) as StoredPane))
      else if (value) {
        foreign.add(name)
        discarded += 1
      } else foreign.delete(name)
    },
    process(delivery, nowMs) {
      delivery.each((view) => process(view, delivery, nowMs))
    },
    idle(nowMs, silentMs) {
      if (!watermark.idle(nowMs, silentMs)) return false
      const before = output.length
      close()
      return output.length > before
    },
    take(nextOffset) {
      const { changelog: topic } = topics
      const stored = { offset: nextOffset, watermark: watermark.ms === Number.NEGATIVE_INFINITY ? null : watermark.ms }
      const taken: ProcessorOutput[] = [...output, ...changes()]
      taken.push({ topic, key: Buffer.from(positionKey), value: Buffer.from(JSON.stringify(stored)) })
      output = []
      return taken
    }
  }
}

function keyOf(name: string, { group, start }: Pane): string {
  return JSON.stringify([name, JSON.parse(group), new Date(start).toISOString()])
}

/** What is written later must not lie in the bytes of the batch that was read. */
function copied(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}

function copiedHeader([name, value]: [string, Buffer | null]): [string, Buffer | null] {
  return [name, copied(value)]
}

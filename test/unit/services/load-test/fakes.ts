import type { BatchOutcome, BulkProducer, BulkRecord } from '#shared/kafka/producing/port.ts'

export interface FakeProducerOptions {
  onOutcome: (outcome: BatchOutcome) => void
  /** Decides about each record; acknowledged when undefined. */
  outcomeOf?: (record: BulkRecord) => Pick<BatchOutcome, 'status' | 'code'>
  /** Outcomes come only with close(), which cancels. */
  silent?: boolean
  partitions?: number
  open?: () => Promise<void>
}

/** A producer whose every record is a separate batch, answered at once. */
export function fakeProducer(options: FakeProducerOptions): BulkProducer {
  const next = new Map<number, number>()
  const waiting: BulkRecord[] = []
  const answer = (record: BulkRecord, { status, code }: Pick<BatchOutcome, 'status' | 'code'>) => {
    const offset = next.get(record.partition) ?? 0
    if (status === 'acknowledged') next.set(record.partition, offset + 1)
    options.onOutcome({
      status,
      code,
      partition: record.partition,
      records: 1,
      tags: record.tag === undefined ? [] : [record.tag],
      baseOffset: status === 'acknowledged' ? offset : null,
      attempts: 1,
      sentAt: 0,
      endedAt: 4,
      uncompressedBytes: 1000,
      compressedBytes: 400
    })
  }
  return {
    async open() {
      await options.open?.()
      return { partitions: options.partitions ?? 3 }
    },
    append(record) {
      if (options.silent) waiting.push(record)
      else answer(record, options.outcomeOf?.(record) ?? { status: 'acknowledged', code: undefined })
      return true
    },
    drained: async () => {},
    flush: () => (options.silent ? new Promise(() => {}) : Promise.resolve()),
    async close() {
      for (const record of waiting.splice(0)) answer(record, { status: 'indeterminate', code: 'CANCELLED' })
    }
  }
}

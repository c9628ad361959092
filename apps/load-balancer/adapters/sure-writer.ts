import type { ProducerSettings } from '#shared/contracts/workload.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { partitionForKey } from '#shared/kafka/producing/partitioner.ts'
import { type BatchOutcome, producerProfiles } from '#shared/kafka/producing/port.ts'

export interface MessageToWrite {
  key: string
  message: object
}

/** Writes messages as JSON documents to one topic, with acks=all, and again until they are acknowledged. */
export interface SureWriter {
  /** @throws KopsError topic_not_found, topic_not_ready, cluster_unreachable, kafka_not_authorized */
  open(): Promise<void>
  /**
   * Resolves once every in-sync replica has all of them. What was sent and not answered is sent again, so that a message may be there
   * twice. Rejects only when the writer is closed before.
   */
  write(messages: readonly MessageToWrite[]): Promise<void>
  /** Resolves when there is room for more. */
  drained(): Promise<void>
  /** What is not acknowledged by then is given up. Idempotent. */
  close(): Promise<void>
}

interface Batch {
  left: number
  resolve: () => void
  reject: (error: unknown) => void
}

const againMs = 500

/** @param onProblem hears why messages are sent again, by Kafka's name of the error */
export function createSureWriter(
  options: Omit<ConnectionOptions, 'budget'> & {
    topic: string
    settings?: Required<ProducerSettings>
    onProblem: (code: string, messages: number) => void
  }
): SureWriter {
  const { topic, settings = producerProfiles.durable, onProblem } = options
  const open = new Map<number, { partition: number; key: Buffer; value: Buffer; batch: Batch }>()
  const pauses = new Set<NodeJS.Timeout>()
  let partitions = 1
  let lastTag = 0
  let isClosed = false
  let isFull = false

  const producer = createBulkProducer({
    ...options,
    ...settings,
    onOutcome: ({ status, tags, code }: BatchOutcome) => {
      if (status === 'acknowledged') return tags.forEach(acknowledge)
      if (isClosed) return
      onProblem(code ?? status, tags.length)
      const pause = setTimeout(() => {
        pauses.delete(pause)
        for (const tag of tags) send(tag)
      }, againMs)
      pauses.add(pause)
    }
  })

  function acknowledge(tag: number): void {
    const batch = open.get(tag)?.batch
    open.delete(tag)
    if (!batch) return
    batch.left -= 1
    if (batch.left === 0) batch.resolve()
  }

  function send(tag: number): void {
    const record = open.get(tag)
    if (!record || isClosed) return
    const { partition, key, value } = record
    isFull = !producer.append({ partition, key, value, tag })
  }

  return {
    async open() {
      partitions = (await producer.open()).partitions
    },
    write(messages) {
      return new Promise((resolve, reject) => {
        if (isClosed) return reject(closedError(topic))
        if (messages.length === 0) return resolve()
        const batch = { left: messages.length, resolve, reject }
        for (const { key, message } of messages) {
          lastTag += 1
          const place = { partition: partitionForKey(key, partitions), key: Buffer.from(key) }
          open.set(lastTag, { ...place, value: Buffer.from(JSON.stringify(message)), batch })
          send(lastTag)
        }
      })
    },
    async drained() {
      if (isFull) await producer.drained()
      isFull = false
    },
    async close() {
      if (isClosed) return
      isClosed = true
      for (const pause of pauses) clearTimeout(pause)
      await producer.close()
      for (const { batch } of open.values()) batch.reject(closedError(topic))
      open.clear()
    }
  }
}

function closedError(topic: string): KopsError {
  return new KopsError('kafka_timeout', `The writer to ${topic} was closed before everything was acknowledged`)
}

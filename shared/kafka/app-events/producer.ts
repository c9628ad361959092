import { fieldError, isKopsError, KopsError } from '../../errors/catalog.ts'
import { abortable, withDeadline } from '../connection/deadline.ts'
import { wrapKafkaError } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { poolOf } from '../connection/pool.ts'
import type { Deadline } from '../model.ts'
import { createRecordWriter } from '../records/record-writer.ts'
import type { EventProducer, EventRecord } from './port.ts'

/** How long close() waits for records in flight. */
const lastFlushMs = 2000

/** The EventProducer port on the record writer: it resends nothing that may have been written. */
export function createEventProducer(options: ConnectionOptions): EventProducer {
  const closing = new AbortController()
  const writer = createRecordWriter(options)
  const pool = poolOf(options)
  const onTheirWay = new Set<Promise<unknown>>()

  async function write({ topic, key, value, headers = [] }: EventRecord, deadlineMs: number) {
    const record = {
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value),
      headers: headers.map(([name, text]): [string, Buffer] => [name, Buffer.from(text)])
    }
    const [result] = await writer.write(topic, [record], { deadlineMs })
    if (result?.status === 'acknowledged') return { partition: result.partition, offset: result.offset }
    if (result === undefined) throw new KopsError('internal', `Writing to ${topic}: there is no outcome`)
    if (result.status === 'refused') throw result.error
    const { message, kafkaError } = result.error
    throw new KopsError('kafka_timeout', `${message}. The event may have been written`, {
      cause: result.error,
      kafkaError
    })
  }

  async function flush(deadline: Deadline): Promise<void> {
    await withDeadline(deadline, closing.signal, async (signal) => {
      await abortable(Promise.allSettled(onTheirWay), signal)
    })
  }

  return {
    async send(record, deadline) {
      const { topic } = record
      const sending = write(record, deadline.deadlineMs)
      const settled = sending.then(
        () => {},
        () => {}
      )
      onTheirWay.add(settled)
      settled.finally(() => onTheirWay.delete(settled))
      return withDeadline(deadline, closing.signal, (signal) => abortable(sending, signal)).catch((error: unknown) => {
        throw inWords(wrapKafkaError(error, `Writing to ${topic}`), topic)
      })
    },

    pending: () => onTheirWay.size,
    flush,

    async connected(deadline) {
      return withDeadline(deadline, closing.signal, (signal) => pool.brokers.reachableViews([], signal)).then(
        () => true,
        () => false
      )
    },

    async close() {
      if (closing.signal.aborted) return
      await flush({ deadlineMs: lastFlushMs }).catch(() => {})
      closing.abort(new KopsError('service_unreachable', 'The service is closing'))
      await writer.close()
      pool.close()
    }
  }
}

function inWords(error: KopsError, topic: string): KopsError {
  const { message, kafkaError } = error
  const options = { cause: error, kafkaError }
  if (kafkaError === 'MESSAGE_TOO_LARGE') {
    return fieldError(
      'payload_too_large',
      'data',
      `the event is larger than ${topic} accepts (max.message.bytes)`,
      options
    )
  }
  if (isKopsError(error, 'topic_not_found'))
    return fieldError('topic_not_found', 'topic', `${topic} does not exist`, options)
  if (isKopsError(error, 'kafka_timeout') && !message.endsWith('may have been written')) {
    return new KopsError('kafka_timeout', `${message}. The event may have been written`, options)
  }
  return error
}

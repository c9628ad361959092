import { fieldError, isKopsError, KopsError } from '../../errors/catalog.ts'
import { abortable, withDeadline } from '../connection/deadline.ts'
import { wrapKafkaError } from '../connection/errors.ts'
import { createKafkajs } from '../connection/kafkajs.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import type { Deadline } from '../model.ts'
import type { EventProducer } from './port.ts'

/** How long close() waits for records in flight. */
const lastFlushMs = 2000

/** The EventProducer port on kafkajs. It connects on first use, and reconnects after losing the cluster. */
export function createEventProducer(options: Omit<ConnectionOptions, 'budget'>): EventProducer {
  const closing = new AbortController()
  const kafka = createKafkajs(options, {
    connectionTimeout: 1500,
    requestTimeout: 5000,
    retry: { retries: 4, initialRetryTime: 150, maxRetryTime: 1500 }
  })
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  const onTheirWay = new Set<Promise<unknown>>()
  let connecting: Promise<void> | undefined

  function connect(): Promise<void> {
    connecting ??= producer.connect().catch((error: unknown) => {
      connecting = undefined
      throw error
    })
    return connecting
  }

  async function flush(options: Deadline): Promise<void> {
    await withDeadline(options, closing.signal, async (signal) => {
      await abortable(Promise.allSettled(onTheirWay), signal)
    })
  }

  return {
    async send({ topic, key, value }, options) {
      const sending = connect().then(() => producer.send({ topic, acks: -1, messages: [{ key, value }] }))
      const settled = sending.then(
        () => {},
        () => {}
      )
      onTheirWay.add(settled)
      settled.finally(() => onTheirWay.delete(settled))
      const what = `Writing to ${topic}`
      const [written] = await withDeadline(options, closing.signal, (signal) => abortable(sending, signal)).catch(
        (error: unknown) => {
          throw inWords(wrapKafkaError(error, what), topic)
        }
      )
      if (written === undefined) throw new KopsError('internal', `${what}: Kafka answered without an offset`)
      return { partition: written.partition, offset: Number(written.baseOffset) }
    },

    pending: () => onTheirWay.size,
    flush,

    async connected(options) {
      return withDeadline(options, closing.signal, (signal) => abortable(connect(), signal)).then(
        () => true,
        () => false
      )
    },

    async close() {
      if (closing.signal.aborted) return
      await flush({ deadlineMs: lastFlushMs }).catch(() => {})
      closing.abort(new KopsError('service_unreachable', 'The service is closing'))
      if (connecting) await producer.disconnect().catch(() => {})
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
  if (isKopsError(error, 'kafka_timeout')) {
    return new KopsError('kafka_timeout', `${message}. The event may have been written`, options)
  }
  return error
}

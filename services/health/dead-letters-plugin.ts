import fp from 'fastify-plugin'
import type { Clock } from '#shared/clock.ts'
import type { RecordReader, RecordTimeReader } from '#shared/kafka/records/port.ts'
import { createDecisionLog } from '#shared/streams/dead-letters/decision-log.ts'
import type { QueueGlobs } from '#shared/streams/dead-letters/queues.ts'
import { createDeadLetterWatch } from './domain/dead-letters.ts'
import { deadLetterMetrics } from './metrics/dead-letter-metrics.ts'

export interface DeadLettersPluginOptions {
  queues: QueueGlobs
  /** The topic of decisions. */
  topic: string
  /** Reads decisions; closed with the app. */
  records: Pick<RecordReader, 'readForward' | 'close'>
  reader: RecordTimeReader
  clock: Clock
}

const deadlineMs = 5000

/** Metrics of dead-letter queues, from the monitor's sweeps, and what was decided on letters. */
export const deadLettersPlugin = fp<DeadLettersPluginOptions>(
  async (app, { queues, topic, records, reader, clock }) => {
    const closing = new AbortController()
    const decisions = createDecisionLog(records, topic)
    const watch = createDeadLetterWatch({ queues, topic, decisions, reader, deadlineMs })
    let reading = Promise.resolve()
    const stop = app.monitor.subscribe(({ kind, readings }) => {
      if (kind !== 'full') return
      reading = reading
        .then(() => watch.swept(readings, closing.signal))
        .catch((err: unknown) => {
          if (!closing.signal.aborted) app.log.warn({ err }, 'dead-letter queues could not be read')
        })
    })
    deadLetterMetrics(app.metrics, watch.current, () => clock.now().getTime())
    app.addHook('onClose', async () => {
      stop()
      closing.abort()
      await Promise.all([records.close(), reading])
    })
  },
  { name: 'dead-letters', dependencies: ['metrics', 'monitor'] }
)

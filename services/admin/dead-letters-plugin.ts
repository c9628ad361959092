import fp from 'fastify-plugin'
import { KopsError } from '#shared/errors/catalog.ts'
import {
  createDecisionLog,
  createDecisionWriter,
  type DecisionLog,
  decisionTopicSpec,
  type WriteDecisions
} from '#shared/streams/dead-letters/decision-log.ts'
import type { QueueGlobs } from '#shared/streams/dead-letters/queues.ts'
import { tidyDecisions } from './domain/dead-letters/tidy.ts'

declare module 'fastify' {
  interface FastifyInstance {
    deadLetters: {
      queues: QueueGlobs
      decisions: DecisionLog
      write: WriteDecisions
      mostReplays: number
      /** Aborts when the service closes. */
      closing: AbortSignal
      /**
       * Does work on a queue while nothing else does.
       * @throws KopsError job_conflict
       */
      alone<T>(queue: string, work: () => Promise<T>): Promise<T>
    }
  }
}

export interface DeadLettersPluginOptions {
  queues: QueueGlobs
  topic: string
  replicationFactor: number
  mostReplays: number
  /** How often decisions on letters that are gone are forgotten. */
  tidyEveryMs?: number
}

/** The decisions on dead letters, and one change of a queue at a time. */
export const deadLettersPlugin = fp<DeadLettersPluginOptions>(
  async (app, { queues, topic, replicationFactor, mostReplays, tidyEveryMs = 600_000 }) => {
    const { reader, records, writer, admin } = app.kafka
    const { timing } = app
    const decisions = createDecisionLog(records, topic)
    const write = createDecisionWriter({
      writer,
      admin,
      book: decisions.book,
      topic: decisionTopicSpec(topic, replicationFactor),
      deadlineMs: timing.changeTimeoutMs,
      clock: timing
    })
    const closing = new AbortController()
    const busy = new Set<string>()
    app.decorate('deadLetters', {
      queues,
      decisions,
      write,
      mostReplays,
      closing: closing.signal,
      async alone(queue, work) {
        if (busy.has(queue)) throw new KopsError('job_conflict', `Letters of ${queue} are being replayed or discarded`)
        busy.add(queue)
        try {
          return await work()
        } finally {
          busy.delete(queue)
        }
      }
    })

    let tidying: Promise<unknown> = Promise.resolve()
    let timer: NodeJS.Timeout | undefined
    app.addHook('onReady', async () => {
      timer = setInterval(() => {
        tidying = tidyDecisions({ reader, decisions, write }, timing).catch((err: unknown) => {
          if (!closing.signal.aborted) app.log.warn({ err }, 'decisions on dead letters that are gone stay for now')
        })
      }, tidyEveryMs)
    })
    app.addHook('preClose', async () => {
      closing.abort()
      clearInterval(timer)
    })
    app.addHook('onClose', async () => {
      await tidying
    })
  },
  { name: 'dead-letters', dependencies: ['kafka'] }
)

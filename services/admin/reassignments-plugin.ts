import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import { createJsonFiles } from '#shared/files/json-files.ts'
import type { Reassignments } from '#shared/kafka/moves/port.ts'
import { createCopyRates } from './domain/reassignments/copy-rates.ts'
import type { DrainPorts } from './domain/reassignments/drain.ts'
import { createMoveThrottle, type ThrottleStore } from './domain/reassignments/move-throttle.ts'
import type { ProgressPorts } from './domain/reassignments/progress.ts'
import { type ThrottleRecord, ThrottleRecordSchema } from './domain/reassignments/throttle-plan.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The dependencies of moving replicas, and the one throttle that all moves share. */
    moving: ProgressPorts & DrainPorts
  }
}

export interface ReassignmentsPluginOptions {
  reassignments: Reassignments
  throttles: ThrottleStore
  /** How often to check whether a throttle can be removed; it checks only while there is one. */
  throttleCheckMs?: number
}

/** Records what is throttled in its own directory. */
export function createThrottleFile(folder: string, log: FastifyBaseLogger): ThrottleStore {
  return createJsonFiles<ThrottleRecord>({
    folder,
    schema: ThrottleRecordSchema,
    onUnreadable: (path, err) => log.error({ err, path }, 'what was throttled before is not known')
  })
}

/**
 * Sets throttles for moves and removes them, including those of an earlier process. Closing the app closes the
 * reassignments client.
 */
export const reassignmentsPlugin = fp<ReassignmentsPluginOptions>(
  async (app, { reassignments, throttles, throttleCheckMs = 1000 }) => {
    const { reader, brokers, batches, elections } = app.kafka
    const throttle = createMoveThrottle({ reader, brokers, batches, reassignments, store: throttles }, app.timing)
    const memory = { rates: createCopyRates(), lastKnown: { said: undefined } }
    app.decorate('moving', { reader, reassignments, elections, throttle, ...memory })

    let timer: NodeJS.Timeout | undefined
    let checking: Promise<void> = Promise.resolve()
    let closed = false
    const schedule = () => {
      if (closed) return
      timer = setTimeout(() => {
        checking = throttle
          .check()
          .catch((err: unknown) => {
            if (!closed) app.log.warn({ err }, 'the throttle of reassignments stays for now')
          })
          .finally(schedule)
      }, throttleCheckMs)
    }
    app.addHook('onReady', async () => {
      await throttle.resume()
      schedule()
    })
    app.addHook('preClose', async () => {
      closed = true
      clearTimeout(timer)
    })
    app.addHook('onClose', async () => {
      // Gives up a check that is under way.
      await Promise.all([reassignments.close(), brokers.close()])
      await checking
    })
  },
  { name: 'reassignments', dependencies: ['kafka'] }
)

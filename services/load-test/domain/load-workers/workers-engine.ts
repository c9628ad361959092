import { abortable } from '#shared/abortable.ts'
import type { Clock } from '#shared/clock.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { LoadEngine, LoadOrder, PreparedLoad } from '../load/engine-port.ts'
import { createCrew } from './crew.ts'
import { timing } from './messages.ts'
import type { ServiceLine } from './ports.ts'
import { createWorkersRun } from './workers-run.ts'

export interface WorkersEngineOptions {
  line: ServiceLine
  clock: Clock
  /** Milliseconds since the epoch, with fractions: the clock that workers compare theirs with. */
  epochMs: () => number
  newId: () => string
}

/** How long workers may take to answer that they are there, and to prepare their shares. */
const joinMs = 6000
const prepareMs = 45_000
/** What workers have not reported so long after an abort is missing in the result. */
const abortMs = 900
const callMs = 500

/** The LoadEngine port: the producers of a run are shares, which load workers make. */
export function createWorkersEngine({ line, clock, epochMs, newId }: WorkersEngineOptions): LoadEngine {
  async function prepare(order: LoadOrder): Promise<PreparedLoad> {
    const wanted = order.workload.workers ?? 1
    const run = newId()
    const crew = createCrew()
    const closing = new AbortController()
    const open = await line.open((report) => {
      const member = crew.hear(report, clock.monotonicMs(), epochMs())
      if (member) work.hear(report)
    })
    const work = createWorkersRun({ run, order, crew, line: open, clock, epochMs })
    let hasCrew = false
    let calledAtMs = Number.NEGATIVE_INFINITY
    let beatAtMs = Number.NEGATIVE_INFINITY
    let isUnderWay = false

    /** What is due by now. */
    function tick(): void {
      const now = clock.monotonicMs()
      if (now - calledAtMs >= (hasCrew ? timing.recallMs : callMs)) {
        calledAtMs = now
        open.announce({ kind: 'call' })
      }
      if (now - beatAtMs >= (isUnderWay ? timing.beatMs : timing.tickMs)) {
        beatAtMs = now
        const heard = crew.all().flatMap(({ id, beat, isLost }) => (beat && !isLost ? [[id, beat] as const] : []))
        open.announce({ kind: 'beat', run, heard: Object.fromEntries(heard), sentAtMs: epochMs() })
      }
      if (hasCrew) work.tick()
    }

    async function keepTicking(): Promise<void> {
      while (!closing.signal.aborted) {
        tick()
        await clock.sleep(timing.tickMs, closing.signal).catch(() => undefined)
      }
    }

    /** @throws KopsError load_workers_missing */
    async function assemble(): Promise<void> {
      const until = clock.monotonicMs() + joinMs
      while (crew.available(clock.monotonicMs()).length < wanted) {
        if (clock.monotonicMs() >= until) {
          const found = crew.available(clock.monotonicMs()).length
          throw new KopsError(
            'load_workers_missing',
            `${found} of ${wanted} load workers have joined: start more with kops load worker`
          )
        }
        await clock.sleep(timing.tickMs)
      }
      hasCrew = true
    }

    let closed: Promise<void> | undefined
    const close = () => {
      closed ??= (async () => {
        closing.abort()
        await ticking
        open.announce({ kind: 'release', run })
        await open.close()
      })()
      return closed
    }
    const ticking = keepTicking()
    // What a tick throws is what preparing rejects with.
    const failed = ticking.then(() => new Promise<never>(() => {}))
    failed.catch(() => undefined)
    try {
      await Promise.race([assemble(), failed])
      const late = new KopsError('kafka_timeout', `load workers have not prepared the run within ${prepareMs / 1000} s`)
      const payload = await Promise.race([
        work.prepared,
        failed,
        clock.sleep(prepareMs, closing.signal).then(() => {
          throw late
        })
      ])
      return {
        payload,
        async run(signal, onSecond) {
          work.start(onSecond)
          isUnderWay = true
          const startedAtMs = clock.monotonicMs()
          try {
            return await Promise.race([abortable(work.ended, signal), failed])
          } catch (error) {
            work.stop()
            open.announce({ kind: 'abort', run })
            if (!signal.aborted) throw error
            await Promise.race([work.ended.catch(() => undefined), clock.sleep(abortMs)])
            return { durationMs: clock.monotonicMs() - startedAtMs }
          } finally {
            work.settle()
          }
        },
        workers: work.report,
        close
      }
    } catch (error) {
      await close().catch(() => undefined)
      throw error
    }
  }

  return { prepare, close: async () => {} }
}

import type { Clock } from '#shared/clock.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { LoadOrder } from '../load/engine-port.ts'
import { createBeats } from './beats.ts'
import { type Announcement, type ReportBody, type ShareOrder, timing } from './messages.ts'
import type { PreparedShare, ShareEngine, WorkerLine } from './ports.ts'

export interface LoadWorkerOptions {
  /** Of this process: another one on the same host has another id. */
  id: string
  host: string
  line: WorkerLine
  engine: ShareEngine
  /** @throws KopsError for an order that this worker does not carry out, whoever gives it */
  check: (order: LoadOrder) => void
  newTicket: () => string
  clock: Clock
  /** Milliseconds since the epoch, with fractions: the clock of the engine. */
  epochMs: () => number
  /** Receives what it does, for people. */
  say: (line: string) => void
}

export interface LoadWorker {
  /** Joins the group, and carries out orders. @throws KopsError like WorkerLine.open() */
  open(): Promise<void>
  /** Gives up what is under way, and leaves the group. Idempotent. */
  close(): Promise<void>
}

/** A share that is prepared, or under way. */
interface Held {
  run: string
  share: number
  epoch: number
  ticket: string
  order: LoadOrder
  prepared: PreparedShare
  giveUp: AbortController
  /** Since the start of its run; undefined: it was not started. */
  running: Promise<void> | undefined
  isDropped: boolean
  /** When its run started, by the clock of this host. */
  startedAtMs: number
}

/** What is known about a run of which there are orders or shares here. */
interface Run {
  /** By the monotonic clock: of the last beat of the service. */
  heardAtMs: number
  /** By the monotonic clock; shares of the run may be sent until then. */
  leaseUntilMs: number
  isAborted: boolean
}

/** An order of a run that is not heard of by then is an old one. */
const orderMs = 3000

/**
 * The worker's side. It sends nothing but what a start with its own ticket asks for, and no longer than load-test-service answers its
 * beats: a lease ends some time after the last answered beat was *sent*, so that the service knows without any clock of the worker's
 * when a silent worker has stopped.
 */
export function createLoadWorker(options: LoadWorkerOptions): LoadWorker {
  const { id, host, line, engine, check, newTicket, clock, epochMs, say } = options
  const closing = new AbortController()
  const runs = new Map<string, Run>()
  const held = new Map<string, Held>()
  const beats = createBeats({ monotonicMs: clock.monotonicMs, epochMs })
  let preparing = 0
  let calledUntilMs = Number.NEGATIVE_INFINITY
  let ticking: Promise<void> | undefined

  const nowMs = () => clock.monotonicMs()
  const report = (body: ReportBody) => line.report({ ...body, worker: id, host })

  function runOf(run: string): Run {
    const known = runs.get(run) ?? {
      heardAtMs: Number.NEGATIVE_INFINITY,
      leaseUntilMs: Number.NEGATIVE_INFINITY,
      isAborted: false
    }
    runs.set(run, known)
    return known
  }

  async function take({ run, share, epoch, order }: ShareOrder): Promise<void> {
    const known = runOf(run)
    const until = nowMs() + orderMs
    // Orders stay in the log: those of a run that is over are found by a worker that joins later.
    while (nowMs() - known.heardAtMs > orderMs) {
      if (nowMs() > until || closing.signal.aborted) return void runs.delete(run)
      await clock.sleep(timing.tickMs, closing.signal).catch(() => undefined)
    }
    report({ kind: 'preparing', run, share, epoch })
    say(`Prepares producer ${share + 1} of ${order.workload.producers} for ${order.topic} (run ${run})`)
    let prepared: PreparedShare | undefined
    preparing += 1
    try {
      check(order)
      prepared = await engine.prepare(order, share)
      await untilLeased(known)
      const ticket = newTicket()
      const each: Held = {
        ...{ run, share, epoch, ticket, order, prepared, giveUp: new AbortController() },
        ...{ running: undefined, isDropped: false, startedAtMs: 0 }
      }
      if (closing.signal.aborted || known.isAborted) return void (await prepared.close())
      held.set(ticket, each)
      say(`Prepared producer ${share + 1} for ${order.topic} (run ${run})`)
      report({ kind: 'prepared', run, share, epoch, ticket, payload: prepared.payload })
    } catch (error) {
      const { code, errors } = isKopsError(error) ? error : { code: undefined, errors: undefined }
      const message = error instanceof Error ? error.message : String(error)
      say(`Refused producer ${share + 1} for ${order.topic} (run ${run}): ${message}`)
      report({ kind: 'refused', run, share, epoch, message, code, errors })
      await prepared?.close()
    } finally {
      preparing -= 1
    }
  }

  /** A share that is ready may start at once: not before its lease has begun, and not by a clock that was hardly compared. */
  async function untilLeased(run: Run): Promise<void> {
    const until = nowMs() + timing.leaseMs
    while (run.leaseUntilMs < nowMs() || !beats.isClockKnown()) {
      if (nowMs() > until || closing.signal.aborted) throw new Error('load-test-service does not answer its beats')
      await clock.sleep(timing.tickMs / 2, closing.signal).catch(() => undefined)
    }
  }

  function start({ ticket, startAtMs, fromMs, records }: Extract<Announcement, { kind: 'start' }>): void {
    const each = held.get(ticket)
    if (!each || each.running || each.isDropped) return
    const { run, share, epoch, prepared, giveUp, order } = each
    if (runOf(run).isAborted) return
    const lease = runOf(run).leaseUntilMs - nowMs()
    if (lease <= 0) {
      drop(each)
      return
    }
    prepared.holdUntil(epochMs() + lease)
    say(
      `Started producer ${share + 1} for ${order.topic} (run ${run})${fromMs > 0 ? ', in place of a lost worker' : ''}`
    )
    const own = beats.clock()?.offsetMs ?? 0
    each.startedAtMs = startAtMs - own
    const when = { startAtMs: each.startedAtMs, fromMs, records: records ?? Number.POSITIVE_INFINITY }
    each.running = prepared
      .run(when, giveUp.signal, (second) => {
        if (!each.isDropped) report({ kind: 'second', run, share, epoch, report: second })
      })
      .then(
        ({ durationMs }) => {
          // The thread may find out first that the lease is over.
          if (!each.isDropped && runOf(run).leaseUntilMs < nowMs() && !giveUp.signal.aborted) drop(each)
          if (each.isDropped) return
          if (closing.signal.aborted) {
            return report({
              kind: 'dropped',
              run,
              share,
              epoch,
              leaves: true,
              sentUntilMs: epochMs() - each.startedAtMs
            })
          }
          void giveBack(each)
          say(`Ended producer ${share + 1} for ${order.topic} (run ${run})`)
          report({ kind: 'ended', run, share, epoch, durationMs, clock: beats.clock() })
        },
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error)
          if (!each.isDropped) report({ kind: 'failed', run, share, epoch, message })
        }
      )
  }

  /** It is another worker's now, or will be. */
  function drop(each: Held): void {
    const { run, share, epoch, order } = each
    each.isDropped = true
    say(`Stopped producer ${share + 1} for ${order.topic} (run ${run}): load-test-service was silent`)
    report({ kind: 'dropped', run, share, epoch, leaves: false, sentUntilMs: null })
    void giveBack(each)
  }

  async function giveBack(each: Held): Promise<void> {
    held.delete(each.ticket)
    each.giveUp.abort(new Error('released'))
    await each.running
    await each.prepared.close()
  }

  function heardBeat({ run, heard, sentAtMs }: Extract<Announcement, { kind: 'beat' }>): void {
    const known = runOf(run)
    known.heardAtMs = nowMs()
    const own = heard[id]
    const beat = own && beats.answered(own, sentAtMs)
    if (!beat) return
    known.leaseUntilMs = Math.max(known.leaseUntilMs, beat.atMs + timing.leaseMs)
    for (const each of held.values()) if (each.run === run) each.prepared.holdUntil(beat.epochMs + timing.leaseMs)
  }

  function onAnnouncement(announcement: Announcement): void {
    const ofRun = (run: string) => Array.from(held.values()).filter((each) => each.run === run)
    switch (announcement.kind) {
      case 'call':
        calledUntilMs = nowMs() + timing.calledMs
        report({ kind: 'hello', partitions: line.partitions() })
        return
      case 'beat':
        heardBeat(announcement)
        return
      case 'start':
        start(announcement)
        return
      case 'abort':
        runOf(announcement.run).isAborted = true
        for (const { giveUp } of ofRun(announcement.run)) giveUp.abort(new Error('aborted'))
        return
      case 'release':
        for (const each of ofRun(announcement.run)) {
          if (announcement.ticket === undefined || announcement.ticket === each.ticket) void giveBack(each)
        }
    }
  }

  /** Milliseconds since the last beat after which another is due. */
  function beatEveryMs(): number {
    const each = Array.from(held.values())
    if (preparing > 0 || each.some(({ running }) => !running)) return timing.tickMs
    return each.length > 0 || nowMs() < calledUntilMs ? timing.beatMs : Number.POSITIVE_INFINITY
  }

  function tick(): void {
    if (nowMs() - beats.lastAtMs() >= beatEveryMs()) report({ kind: 'beat', beat: beats.next() })
    for (const each of held.values()) {
      const { leaseUntilMs, heardAtMs } = runOf(each.run)
      if (each.running ? leaseUntilMs < nowMs() : heardAtMs < nowMs() - timing.leaseMs) drop(each)
    }
    for (const [run, { heardAtMs }] of runs) {
      const isOld = heardAtMs < nowMs() - timing.leaseMs && heardAtMs > Number.NEGATIVE_INFINITY
      if (isOld && !Array.from(held.values()).some((each) => each.run === run)) runs.delete(run)
    }
  }

  return {
    async open() {
      await line.open({ onOrder: (order) => void take(order), onAnnouncement })
      ticking = (async () => {
        while (!closing.signal.aborted) {
          tick()
          await clock.sleep(timing.tickMs, closing.signal).catch(() => undefined)
        }
      })()
    },
    async close() {
      if (closing.signal.aborted) return
      closing.abort(new Error('closing'))
      await ticking
      for (const { running, run, share, epoch } of held.values()) {
        if (!running) report({ kind: 'dropped', run, share, epoch, leaves: true, sentUntilMs: null })
      }
      await Promise.all(Array.from(held.values(), giveBack))
      await line.close()
      await engine.close()
    }
  }
}

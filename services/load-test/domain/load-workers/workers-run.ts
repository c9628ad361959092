import type { Clock } from '#shared/clock.ts'
import type { LoadWorkers } from '#shared/contracts/load-workers.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { LoadOrder, PreparedLoad, SecondReport } from '../load/engine-port.ts'
import type { Crew, CrewMember } from './crew.ts'
import { createLosses } from './losses.ts'
import { type Announcement, timing, type WorkerReport } from './messages.ts'
import type { OpenServiceLine } from './ports.ts'
import { createShares, loadOf, type Share } from './shares.ts'

export interface WorkersRunOptions {
  run: string
  order: LoadOrder
  crew: Crew
  line: Pick<OpenServiceLine, 'order' | 'announce'>
  clock: Clock
  /** Milliseconds since the epoch, with fractions. */
  epochMs: () => number
}

/** One run that workers make, as a set of shares and who has them. */
export interface WorkersRun {
  hear(report: WorkerReport): void
  /** Gives shares away, starts and takes over what can be, and gives up who is silent. Call it often. */
  tick(): void
  /** Resolves once every share is prepared. @throws KopsError that of a worker which refuses */
  readonly prepared: Promise<PreparedLoad['payload']>
  start(onSecond: (report: SecondReport) => void): void
  /** Resolves once every share has come to its end. Rejects if a worker fails, or none is left. */
  readonly ended: Promise<{ durationMs: number }>
  /** From now on, ticks do nothing. */
  stop(): void
  /** Stops, and closes the accounts of shares that nobody has. */
  settle(): void
  report(): LoadWorkers
}

/** Time for the start to reach every worker. */
const startDelayMs = 500
/** An order that nobody has taken by then is given to another partition. */
const takeMs = 8000
/** So long a worker may prepare a share. */
const prepareMs = 40_000
/** So long a run without any worker goes on, for one that may join. */
const aloneMs = 30_000

export function createWorkersRun({ run, order, crew, line, clock, epochMs }: WorkersRunOptions): WorkersRun {
  const endMs = (order.workload.durationSeconds ?? Number.POSITIVE_INFINITY) * 1000
  const prepared = Promise.withResolvers<PreparedLoad['payload']>()
  const ended = Promise.withResolvers<{ durationMs: number }>()
  // Each is awaited only while it matters.
  for (const { promise } of [prepared, ended]) promise.catch(() => undefined)
  const shares = createShares(order)
  const losses = createLosses()
  let payload: PreparedLoad['payload'] | undefined
  let onSecond: (report: SecondReport) => void = () => {}
  let started: { atMs: number; epochMs: number } | undefined
  let durationMs = 0
  let isStopped = false
  let aloneSinceMs: number | undefined

  const nowMs = () => clock.monotonicMs()
  /** Since the start of the run. */
  const elapsedMs = () => (started ? nowMs() - started.atMs : 0)
  const release = (ticket: string): Announcement => ({ kind: 'release', run, ticket })

  /** Orders a share from another worker than the one that has it, if there is another. */
  function offer(share: Share): void {
    const place = crew.place(nowMs(), loadOf(shares), share.current?.taken?.worker)
    if (!place) return
    share.lastEpoch += 1
    share.next = { epoch: share.lastEpoch, orderedAtMs: nowMs(), asked: place.worker, isPreparing: false }
    line.order(place.partition, { run, share: share.index, epoch: share.lastEpoch, order })
  }

  function take(share: Share, report: Extract<WorkerReport, { kind: 'prepared' }>): void {
    const { next } = share
    const { worker, ticket } = report
    // Of an earlier epoch, or after a partition had passed on to another worker that read the order again.
    if (next?.epoch !== report.epoch || next.taken) {
      line.announce(release(ticket))
      return
    }
    next.taken = { worker, ticket }
    payload ??= report.payload
    if (!started && shares.every((each) => each.next?.taken)) prepared.resolve(payload)
  }

  /** Makes the next one the current one. @param fromMs after the start */
  function begin(share: Share, fromMs: number): void {
    const { next } = share
    if (!next?.taken || !started) return
    share.current = next
    share.next = undefined
    crew.get(next.taken.worker)?.shares.add(share.index)
    const left = share.book.left(fromMs)
    const records = Number.isFinite(left) ? left : null
    const { ticket } = next.taken
    line.announce({ kind: 'start', run, ticket, startAtMs: started.epochMs, fromMs, records })
  }

  function end(share: Share): void {
    share.hasEnded = true
    if (share.next?.taken) line.announce(release(share.next.taken.ticket))
    share.next = undefined
    if (shares.every(({ hasEnded }) => hasEnded)) ended.resolve({ durationMs })
  }

  function closeGap(share: Share, untilMs: number): void {
    const { lost } = share
    if (!lost) return
    const { reports, unknown } = share.book.closeGap(untilMs, share.heldUntilMs)
    losses.close(lost, untilMs, unknown)
    share.lost = undefined
    for (const each of reports) onSecond(each)
  }

  /** The lease of a worker is over: what it had is free. */
  function lose(member: CrewMember): void {
    member.isLost = true
    free(
      member,
      shares.filter(({ current, hasEnded }) => !hasEnded && current?.taken?.worker === member.id)
    )
    for (const share of shares) {
      if ((share.next?.taken?.worker ?? share.next?.asked) === member.id) share.next = undefined
    }
  }

  function drop(share: Share, report: Extract<WorkerReport, { kind: 'dropped' }>): void {
    const { worker: id, sentUntilMs, epoch } = report
    const member = crew.get(id)
    if (!member) return
    if (report.leaves) member.isLeaving = true
    if (share.next?.epoch === epoch) share.next = undefined
    if (share.hasEnded || share.current?.epoch !== epoch || share.current.taken?.worker !== id) return
    free(member, [share])
    if (sentUntilMs !== null) share.heldUntilMs = sentUntilMs
  }

  function free(member: CrewMember, held: Share[]): void {
    if (held.length === 0) return
    const loss = losses.open(
      member,
      held.map(({ index, book }) => ({ index, second: book.nextSecond() }))
    )
    for (const share of held) {
      share.current = undefined
      share.heldUntilMs = elapsedMs()
      share.lost = loss
    }
  }

  /** The next whole second that a start still reaches. */
  function takeOver(share: Share): void {
    const fromMs = Math.ceil((elapsedMs() + startDelayMs) / 1000) * 1000
    closeGap(share, Math.min(fromMs, endMs))
    if (fromMs >= endMs || share.book.left(fromMs) === 0) end(share)
    else begin(share, fromMs)
  }

  /** Nobody has it, and its time is over. */
  function isOver(share: Share): boolean {
    return elapsedMs() >= endMs || share.book.left(elapsedMs()) === 0
  }

  function tickShare(share: Share): void {
    const holder = share.current?.taken && crew.get(share.current.taken.worker)
    const { next } = share
    const patienceMs = next?.isPreparing ? prepareMs : takeMs
    if (next && !next.taken && nowMs() - next.orderedAtMs > patienceMs) share.next = undefined
    if (!started) {
      if (!share.next) offer(share)
    } else if (!share.current) {
      if (share.next?.taken) takeOver(share)
      else if (isOver(share)) {
        closeGap(share, elapsedMs())
        end(share)
      } else if (!share.next) offer(share)
    } else if (holder && nowMs() - holder.heardAtMs > timing.suspectMs) {
      if (!share.next) offer(share)
    } else if (share.next) {
      // The worker that was silent is back.
      if (share.next.taken) line.announce(release(share.next.taken.ticket))
      share.next = undefined
    }
  }

  return {
    prepared: prepared.promise,
    ended: ended.promise,
    hear(report) {
      if (!('run' in report) || report.run !== run) return
      const share = shares[report.share]
      if (!share) return
      switch (report.kind) {
        case 'preparing':
          if (share.next?.epoch === report.epoch && !share.next.isPreparing) {
            Object.assign(share.next, { asked: report.worker, isPreparing: true })
          }
          return
        case 'prepared':
          take(share, report)
          return
        case 'dropped':
          drop(share, report)
          return
        case 'refused':
          if (share.next?.epoch !== report.epoch) return
          // Later it is offered again, after a while.
          if (!started) prepared.reject(refusalOf(report))
          return
      }
      if (share.hasEnded || share.current?.epoch !== report.epoch || share.current.taken?.worker !== report.worker)
        return
      switch (report.kind) {
        case 'second':
          if (share.book.enter(report.report)) onSecond(report.report)
          return
        case 'ended':
          durationMs = Math.max(durationMs, report.durationMs)
          end(share)
          return
        case 'failed':
          ended.reject(new Error(`Load worker ${report.worker} on ${report.host} failed: ${report.message}`))
      }
    },
    tick() {
      if (isStopped) return
      for (const member of crew.all()) {
        if (!member.isLost && nowMs() - member.heardAtMs > timing.leaseMs) lose(member)
      }
      for (const share of shares) if (!share.hasEnded) tickShare(share)
      aloneSinceMs = crew.available(nowMs()).length > 0 ? undefined : (aloneSinceMs ?? nowMs())
      if (started && aloneSinceMs !== undefined && nowMs() - aloneSinceMs > aloneMs) {
        ended.reject(new Error(`No load worker has been heard of for ${aloneMs / 1000} s`))
      }
    },
    start(listener) {
      onSecond = listener
      started = { atMs: nowMs() + startDelayMs, epochMs: epochMs() + startDelayMs }
      for (const share of shares) begin(share, 0)
    },
    stop() {
      isStopped = true
    },
    settle() {
      isStopped = true
      for (const share of shares) if (!share.hasEnded) closeGap(share, elapsedMs())
    },
    report: () => ({ joined: crew.joined(), lost: losses.all() })
  }
}

function refusalOf({ host, message, code, errors }: Extract<WorkerReport, { kind: 'refused' }>): Error {
  const text = `Load worker on ${host}: ${message}`
  return code === undefined ? new Error(text) : new KopsError(code, text, errors ? { errors } : {})
}

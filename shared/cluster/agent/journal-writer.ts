import type { Fault } from '../../contracts/cluster.ts'
import type { Warning } from '../../contracts/common.ts'
import type { FaultJournal } from './fault-journal.ts'
import { retryDelayMs } from './fault-rules.ts'

/** Follows the faults with their journal as well as the disk allows: no fault waits for it. */
export interface JournalWriter {
  /** Resolves after the attempt to write this state, or a later one. Never rejects: what fails is repeated. */
  write(fault: Fault): Promise<void>
  /** Names the faults whose last states the journal lacks, and why. */
  warnings(): Warning[]
  /** Resolves when nothing is being written, after a last attempt at what is missing. */
  close(): Promise<void>
}

export function createJournalWriter(
  journal: Pick<FaultJournal, 'write'>,
  log: { warn(details: object, message: string): void }
): JournalWriter {
  /** The newest state of each fault that is not in the journal yet. */
  const missing = new Map<string, Fault>()
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let reason = ''
  let closed = false

  async function writeMissing(): Promise<void> {
    const tried = new Set<Fault>()
    for (;;) {
      const fault = [...missing.values()].find((one) => !tried.has(one))
      if (fault === undefined) break
      tried.add(fault)
      try {
        await journal.write(fault)
        if (missing.get(fault.id) === fault) missing.delete(fault.id)
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error)
      }
    }
    // At once: a state that arrives from here on is not part of this attempt.
    running = undefined
    failures = missing.size === 0 ? 0 : failures + 1
    if (failures === 0) return
    log.warn({ faults: [...missing.keys()], failures, reason }, 'the fault journal lags behind; retrying')
    if (!closed) timer = setTimeout(start, retryDelayMs(failures))
  }

  function start(): Promise<void> {
    clearTimeout(timer)
    running ??= Promise.resolve().then(writeMissing)
    return running
  }

  return {
    async write(fault) {
      missing.set(fault.id, fault)
      await start()
    },
    warnings: () =>
      failures === 0
        ? []
        : Array.from(missing.values(), ({ kind, node, state }) => ({
            code: 'storage_unavailable',
            message: `The fault journal lacks that the ${kind} of ${node} is ${state}: ${reason}`,
            target: node
          })),
    async close() {
      closed = true
      await running
      clearTimeout(timer)
      if (missing.size > 0) await start()
    }
  }
}

import type { Fault } from '../../contracts/cluster.ts'
import type { Warning } from '../../contracts/common.ts'
import { exists } from '../../files/exists.ts'
import { createRetryingWrites } from '../../files/retrying-writes.ts'
import type { FaultJournal, Unreadable } from './fault-journal.ts'

/** The journal as far as the disk allows: it lags behind while it cannot be written, and names the records that it cannot read. */
export interface FaultRecords {
  /** @throws KopsError storage_unavailable */
  begin(fault: Fault): Promise<void>
  /** Resolves after an attempt to write this state, or a later one, which is retried until it succeeds. */
  follow(fault: Fault): Promise<void>
  /** The faults that can be read, and whether there are records that cannot. */
  load(): Promise<{ faults: Fault[]; isComplete: boolean }>
  /** Forgets what could not be read. Called when the cluster is in a state without faults. */
  setAside(): Promise<void>
  warnings(): Promise<Warning[]>
  /** Resolves when nothing is being written, after a last attempt at what is missing. */
  close(): Promise<void>
}

export function createFaultRecords(
  journal: FaultJournal,
  log: { warn(details: object, message: string): void }
): FaultRecords {
  const unreadable = new Map<string, Unreadable>()
  let lagsBecause = ''
  const writes = createRetryingWrites<Fault>({
    write: journal.write,
    onFailure(missing, error) {
      lagsBecause = error instanceof Error ? error.message : String(error)
      log.warn({ faults: missing.map(({ id }) => id), err: error }, 'the fault journal lags behind; retrying')
    }
  })

  return {
    begin: journal.write,
    follow: writes.write,

    async load() {
      const found = await journal.load()
      for (const record of found.unreadable) unreadable.set(record.path, record)
      const isComplete = unreadable.size === 0
      if (!isComplete) log.warn({ unreadable: found.unreadable }, 'cannot read some records of the fault journal')
      return { faults: found.faults, isComplete }
    },

    async setAside() {
      for (const path of unreadable.keys()) {
        try {
          await journal.setAside(path)
          unreadable.delete(path)
        } catch (err) {
          log.warn({ err, path }, 'cannot set an unreadable record of a fault aside')
        }
      }
    },

    async warnings() {
      // Somebody may have removed them.
      for (const path of unreadable.keys()) if (!(await exists(path))) unreadable.delete(path)
      const code = 'storage_unavailable'
      const lacking = writes.missing().map(({ kind, node, state }) => ({
        code,
        message: `The fault journal lacks that the ${kind} of ${node} is ${state}: ${lagsBecause}`,
        target: node
      }))
      const unread = Array.from(unreadable.values(), ({ path, reason }) => ({
        code,
        message:
          `A record of the fault journal cannot be read (${reason}). Its fault is undone, unless it stopped a node: ` +
          'start the nodes that should run, then remove the file; or run `kops cluster up`, which does both',
        target: path
      }))
      return [...lacking, ...unread]
    },

    close: writes.close
  }
}

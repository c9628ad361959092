import type { Warning } from '../../contracts/common.ts'
import { exists } from '../../files/exists.ts'
import type { FaultJournal, Unreadable } from './fault-journal.ts'

/** What the journal could not read: warned of until its faults cannot be there any more, or somebody removes it. */
export interface UnreadableRecords {
  add(found: Unreadable[]): void
  warnings(): Promise<Warning[]>
  /** Called when the cluster is in a state without faults. */
  setAside(): Promise<void>
}

export function createUnreadableRecords(
  journal: Pick<FaultJournal, 'setAside'>,
  log: { warn(details: object, message: string): void }
): UnreadableRecords {
  const records = new Map<string, Unreadable>()

  return {
    add(found) {
      for (const record of found) records.set(record.path, record)
    },

    async warnings() {
      for (const path of records.keys()) if (!(await exists(path))) records.delete(path)
      return Array.from(records.values(), ({ path, reason }) => ({
        code: 'storage_unavailable',
        message:
          `A record of the fault journal cannot be read (${reason}). Its fault is undone, unless it stopped a node: ` +
          'start the nodes that should run, then remove the file; or run `kops cluster up`, which does both',
        target: path
      }))
    },

    async setAside() {
      for (const path of records.keys()) {
        try {
          await journal.setAside(path)
          records.delete(path)
        } catch (err) {
          log.warn({ err, path }, 'cannot set an unreadable record of a fault aside')
        }
      }
    }
  }
}

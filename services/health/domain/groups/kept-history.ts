import type { Clock } from '#shared/clock.ts'
import type { GroupHistory } from './history.ts'
import type { SavedHistory } from './saved-history.ts'

/** A history on disk, and the cluster it belongs to. */
export interface HistoryDocument extends SavedHistory {
  id: 'group-history'
  /** Kafka's id of the cluster. */
  clusterId: string
  savedAt: string
}

/** Storage of one history. */
export interface HistoryStore {
  load(): Promise<HistoryDocument[]>
  save(document: HistoryDocument): Promise<void>
}

/** Maximum number of saved partitions: with 60 sweeps each the file has 2 to 3 MB. */
const mostCommits = 5000
/** Anything older does not reflect the group's current state. */
const mostAgeMs = 30 * 60_000

export interface KeepHistoryOptions {
  history: GroupHistory
  store: HistoryStore
  clock: Pick<Clock, 'now'>
  /** Hears of a history that cannot be read or written. It is lost then, and begins with the next sweep. */
  onError: (error: unknown) => void
}

/** A history that survives a restart, so that verdicts do. */
export interface KeptHistory extends GroupHistory {
  /** Loads the saved history. The first sweep that knows the cluster's id uses it if it belongs to the same cluster. */
  load(): Promise<void>
  /** Writes the history down; skipped while the write before is under way. */
  save(): void
  /** Resolves when nothing is being written. */
  close(): Promise<void>
}

export function keepHistory({ history, store, clock, onError }: KeepHistoryOptions): KeptHistory {
  let found: HistoryDocument | undefined
  let clusterId: string | null = null
  let writing: Promise<void> | undefined

  function takeUp(): void {
    if (found === undefined || clusterId === null) return
    const { clusterId: of, savedAt, ...saved } = found
    found = undefined
    const ageMs = clock.now().getTime() - Date.parse(savedAt)
    if (of !== clusterId || !(ageMs >= 0 && ageMs <= mostAgeMs)) return
    try {
      history.restore(saved)
    } catch (error) {
      onError(error)
    }
  }

  return {
    ...history,
    // Spreading an object does not keep its getters.
    get recordedAtMs() {
      return history.recordedAtMs
    },
    get size() {
      return history.size
    },
    async load() {
      try {
        found = (await store.load())[0]
      } catch (error) {
        onError(error)
      }
    },
    record(readings) {
      clusterId = readings.metadata?.clusterId ?? clusterId
      takeUp()
      history.record(readings)
    },
    save() {
      if (writing !== undefined || clusterId === null) return
      const document = {
        id: 'group-history' as const,
        clusterId,
        savedAt: clock.now().toISOString(),
        ...history.saved(mostCommits)
      }
      writing = store
        .save(document)
        .catch(onError)
        .finally(() => {
          writing = undefined
        })
    },
    async close() {
      await writing
    }
  }
}

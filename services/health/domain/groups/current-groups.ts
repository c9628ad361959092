import type { Clock } from '#shared/clock.ts'
import type { ClusterMetadata } from '#shared/kafka/model.ts'
import { type GroupsAgain, judgeAgain } from './again.ts'
import type { GroupHistory, RecordedReadings } from './history.ts'
import { type JudgedGroup, judgeGroups } from './judge.ts'
import { createGroupWatch } from './watch.ts'

/** Every group as it was judged last: by the last sweep, or since then where it does badly. */
export interface CurrentGroups {
  all(): readonly JudgedGroup[]
  /** Groups that do badly or did until lately. */
  watched(): ReadonlySet<string>
  /** Records and judges the results of a full sweep. */
  swept(readings: RecordedReadings): void
  /** Starts reading unhealthy groups again, if it is time and no such reading is in progress. */
  readAgainWhenDue(metadata: ClusterMetadata): void
  /** Resolves when no reading is under way. */
  settled(): Promise<void>
}

export interface CurrentGroupsOptions {
  history: GroupHistory
  clock: Pick<Clock, 'monotonicMs'>
  /** null: nothing could be read. */
  read: (names: readonly string[], metadata: ClusterMetadata) => Promise<GroupsAgain | null>
  onError: (error: unknown) => void
}

/** Groups that do badly are read again so long after they were read last, if no full sweep has come before. */
const againMs = 8000

export function createCurrentGroups({ history, clock, read, onError }: CurrentGroupsOptions): CurrentGroups {
  const watch = createGroupWatch()
  let groups: readonly JudgedGroup[] = []
  let readAtMs = Number.POSITIVE_INFINITY
  let sweeps = 0
  let inFlight: Promise<void> | undefined

  function take(judged: readonly JudgedGroup[]): void {
    groups = judged
    readAtMs = clock.monotonicMs()
    watch.judged(groups, readAtMs)
  }

  async function readAgain(metadata: ClusterMetadata): Promise<void> {
    const before = sweeps
    const again = await read(watch.toRead(), metadata)
    // A sweep that has ended meanwhile is as young, and knows of all groups.
    if (sweeps !== before) return
    if (again) take(judgeAgain(groups, again, metadata, history))
    else readAtMs = clock.monotonicMs()
  }

  return {
    all: () => groups,
    watched: watch.reported,
    swept(readings) {
      sweeps += 1
      history.record(readings)
      take(judgeGroups(readings, history))
    },
    readAgainWhenDue(metadata) {
      const isDue = watch.toRead().length > 0 && clock.monotonicMs() - readAtMs >= againMs
      if (!isDue || inFlight) return
      inFlight = readAgain(metadata)
        .catch(onError)
        .finally(() => {
          inFlight = undefined
        })
    },
    async settled() {
      await inFlight
    }
  }
}

import { messageOf } from '#shared/jobs/runner.ts'
import type { EpochEnd } from '#shared/kafka/verifying/port.ts'
import { describeTruncation, epochsSeen, type Truncation, truncationsOf } from '../epochs.ts'
import type { DrillParts, DrillPlan } from '../steps.ts'
import type { Watcher } from '../watcher.ts'
import type { Workload } from '../workload.ts'
import { isPromised } from './outcomes.ts'

/** Where leaders say that epochs end, compared with the acknowledgements. */
export interface EpochLedger {
  /** Begins to ask after each election that the watcher sees. */
  begin(): void
  /** Ends what begin() began. Idempotent. */
  end(): Promise<void>
  /** Asks after the drill, once and for all. Rejects with the signal's reason only. */
  settle(signal: AbortSignal): Promise<void>
  /** Of the settled ledger; none before. Pure. */
  truncations(): Truncation[]
  /** Where the leaders' logs end, by partition, as far as they said so. */
  logEnds(): Map<number, number>
}

/** How soon after an election its leader is asked, and how long it may take. */
const electionsMs = 500
const deadlineMs = 10_000

export function createEpochLedger(
  { epochs, clock }: Pick<DrillParts, 'epochs' | 'clock'>,
  { topic, onEvent }: { topic: string } & Pick<DrillPlan, 'onEvent'>,
  { workload, watcher }: { workload: Pick<Workload, 'outcomes'>; watcher: Pick<Watcher, 'lanes'> }
): EpochLedger {
  const named = new Set<string>()
  const ending = new AbortController()
  let ends: EpochEnd[] = []
  let isSettled = false
  let following: Promise<void> = Promise.resolve()

  // Of a transaction that was not committed nothing was promised.
  const found = () => truncationsOf(workload.outcomes.filter(isPromised), watcher.lanes.partitions, ends)

  /** @throws KopsError if no leader can be asked; the signal's reason */
  async function read(signal: AbortSignal): Promise<void> {
    const asked = epochsSeen(watcher.lanes.partitions)
    ends = (await epochs.epochEnds(topic, asked, { deadlineMs, signal })).value
    for (const truncation of found()) {
      const key = `${truncation.partition}/${truncation.epoch}`
      if (!named.has(key)) onEvent('epoch-truncation', describeTruncation(truncation))
      named.add(key)
    }
  }

  /** Reports what a leader knows in the middle of a fault as it comes; only the ledger after the drill counts. */
  async function follow(): Promise<void> {
    const { signal } = ending
    let known = epochsSeen(watcher.lanes.partitions).length
    while (!signal.aborted) {
      await clock.sleep(electionsMs, signal).catch(() => undefined)
      const seen = epochsSeen(watcher.lanes.partitions).length
      if (signal.aborted || seen === known) continue
      // If it fails, it is asked again after the next pause.
      await read(signal).then(
        () => {
          known = seen
        },
        () => undefined
      )
    }
  }

  async function end(): Promise<void> {
    ending.abort()
    await following
  }

  return {
    begin() {
      following = follow()
    },
    end,
    async settle(signal) {
      await end()
      try {
        await read(signal)
        isSettled = true
        if (named.size === 0)
          onEvent('epochs-read', `${ends.length} epochs, none ends before what was acknowledged in it`)
      } catch (error) {
        signal.throwIfAborted()
        onEvent('epochs-not-read', messageOf(error))
      }
    },
    truncations: () => (isSettled ? found() : []),
    logEnds: () =>
      new Map(
        ends.flatMap(({ partition, epoch, leaderEpoch, endOffset }): [number, number][] =>
          isSettled && epoch === leaderEpoch ? [[partition, endOffset]] : []
        )
      )
  }
}

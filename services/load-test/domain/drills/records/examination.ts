import type { Finding } from '#shared/contracts/drill-records.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { StoredRecord, TopicReading } from '#shared/kafka/verifying/port.ts'
import type { Truncation } from '../epochs.ts'
import type { DrillParts, DrillPlan } from '../steps.ts'
import { readExtents } from '../topic.ts'
import { type ReadRecord, toReadRecord, type Verification, verify } from '../verifier.ts'
import type { Watcher } from '../watcher.ts'
import type { Workload } from '../workload.ts'
import { visibilityOf } from './committed.ts'
import { createEpochLedger } from './epoch-ledger.ts'
import { countNonmonotonic, findingsOf } from './findings.ts'
import { type MissingRecords, type ReplicaFinding, settleMissing } from './missing.ts'
import { isPromised, promised, type TimedOutcome } from './outcomes.ts'

/** What became of a drill's records, as far as it was looked at. */
export interface Examined {
  verification: Verification
  findings: Finding[]
  /** What a reader could not read; empty if both read everything. */
  unread: string[]
}

export interface Examination {
  /** Begins to ask leaders where earlier epochs end, after each election that the watcher sees. */
  begin(): void
  /** Ends what begin() began. Idempotent. */
  end(): Promise<void>
  /**
   * The epoch ledger first, which proves losses without reading; then both readers; then the replicas' segments, for what is
   * missing. Rejects with the signal's reason, and if nothing can be read.
   */
  look(signal: AbortSignal): Promise<void>
  /** Judges the observations so far. Pure. */
  result(): Examined
}

/** Of a drill that ended before it wrote anything. */
export const nothingExamined: Examined = {
  verification: verify({ outcomes: [], records: [], partitions: [] }),
  ...{ findings: [], unread: [] }
}

interface Reading {
  reading?: TopicReading
  readonly records: ReadRecord[]
}

/** A replica's segments are searched for so many records at most. */
const mostSought = 500
/** The end of a transaction, like a high watermark, reaches each partition a moment after its writer: what is unseen is read again. */
const mostReadings = 3
const pauseMs = 1000
const extentsMs = 10_000

export interface ExaminationInput {
  workload: Workload
  watcher: Watcher
  /** Where the drill's records begin in a topic of others, by partition; undefined: it is all the drill's. */
  begins: ReadonlyMap<number, number> | undefined
  readMs: number
  /** Of producers beside the writers, which fill in what becomes of their records. */
  beside?: readonly (readonly TimedOutcome[])[]
}

export function createExamination(
  parts: Pick<DrillParts, 'independentReader' | 'epochs' | 'reader' | 'clock'> & {
    agent: Pick<DrillParts['agent'], 'findRecords'>
  },
  { id, topic: { name: topic, isShared }, onEvent }: Pick<DrillPlan, 'id' | 'topic' | 'onEvent'>,
  { workload, watcher, begins, readMs, beside = [] }: ExaminationInput
): Examination {
  const log: Reading = { records: [] }
  const committed: Reading = { records: [] }
  const replicas = new Map<number, readonly ReplicaFinding[]>()
  const ledger = createEpochLedger(parts, { topic, onEvent }, { workload, watcher })
  const outcomes = () => [workload.outcomes, ...beside].flat()
  const keyOf = (sequence: number) => workload.keyOf(sequence)
  let deletedBefore: ReadonlyMap<number, number> = new Map()
  let notLookedAt: string | undefined

  async function read(into: Reading, isolation: 'read_committed' | 'read_uncommitted', signal: AbortSignal) {
    const mayConcern = isShared ? concernOf(outcomes(), id) : () => true
    into.reading = await parts.independentReader.readTopic(topic, {
      ...{ deadlineMs: readMs, isolation, signal, from: begins },
      onRecord(record) {
        if (mayConcern(record)) into.records.push(toReadRecord(record, id))
      }
    })
  }

  async function readBoth(signal: AbortSignal): Promise<void> {
    for (const { records } of [log, committed]) records.length = 0
    const readings = await Promise.allSettled([
      read(log, 'read_uncommitted', signal),
      read(committed, 'read_committed', signal)
    ])
    signal.throwIfAborted()
    for (const reading of readings) if (reading.status === 'rejected') throw reading.reason
    // Retention, or somebody, may have deleted records of a topic that is not the drill's own, also while it was read.
    if (isShared) {
      const extents = await readExtents(parts.reader, topic, { deadlineMs: extentsMs, signal })
      deletedBefore = new Map(Array.from(extents, ([partition, { start }]) => [partition, start]))
    }
  }

  function verification(): Verification {
    const logEnds = ledger.logEnds()
    const partitions = log.reading?.partitions ?? []
    return verify({
      ...{ isShared, deletedBefore },
      outcomes: outcomes().map(promised),
      records: log.records,
      partitions: partitions.map((each) => ({ ...each, logEndOffset: logEnds.get(each.partition) ?? each.endOffset }))
    })
  }

  /** Missing in what was read; and what a later leader's log has cut off, whose offsets other records have now. */
  function missingRecords({ missing, seen }: Verification, cut: readonly Truncation[]): TimedOutcome[] {
    if (!log.reading) return []
    const gone = new Set(cut.flatMap(({ lost }) => lost.map(({ sequence }) => sequence)))
    return outcomes().filter(
      (outcome) =>
        isPromised(outcome) &&
        (missing.has(outcome.sequence) || (gone.has(outcome.sequence) && !seen.has(outcome.sequence)))
    )
  }

  async function searchReplicas(sought: readonly TimedOutcome[]): Promise<void> {
    if (sought.length > mostSought) notLookedAt = `only ${mostSought} of ${sought.length} were looked for`
    for (const [partition, ofPartition] of Map.groupBy(sought.slice(0, mostSought), (outcome) => outcome.partition)) {
      const records = ofPartition.flatMap(({ offset, sequence }) =>
        offset === null ? [] : { offset, key: keyOf(sequence) }
      )
      try {
        if (records.length === 0) continue
        const found = (await parts.agent.findRecords({ topic, partition, records })).replicas
        replicas.set(partition, found)
        const failed = found.find(({ failure }) => failure !== undefined)
        if (failed) notLookedAt = `${failed.node}: ${failed.failure}`
      } catch (error) {
        notLookedAt = messageOf(error)
      }
    }
    onEvent('replicas-searched', `${sought.length} records${notLookedAt === undefined ? '' : `; ${notLookedAt}`}`)
  }

  return {
    begin: ledger.begin,
    end: ledger.end,
    async look(signal) {
      await ledger.settle(signal)
      for (let time = 1; ; time += 1) {
        await readBoth(signal)
        const { counts, deleted } = verification()
        if (time === mostReadings || counts.unseen === deleted) break
        await parts.clock.sleep(pauseMs, signal)
      }
      onEvent('read-back', `${log.records.length} records, ${committed.records.length} of them committed`)
      const found = verification()
      const sought = missingRecords(found, ledger.truncations())
      if (sought.length > 0) await searchReplicas(sought)
    },
    result() {
      const verified = verification()
      const cut = ledger.truncations()
      const missing: MissingRecords = settleMissing(missingRecords(verified, cut), committed.records, replicas)
      const { counts } = verified
      const unseen = counts.unseen - verified.deleted
      counts.ackedLost = missing.lost.length
      counts.unseen += missing.unread.length
      const visibility = visibilityOf({
        outcomes: outcomes(),
        log: log.records,
        committed: committed.records,
        reading: committed.reading
      })
      const nonmonotonic = countNonmonotonic(workload.outcomes)
      return {
        verification: { ...verified, evidence: [...verified.evidence, ...visibility.evidence] },
        findings: findingsOf({
          settings: workload.settings,
          counts: { ...counts, unseen },
          deleted: verified.deleted,
          ...{ missing, notLookedAt, truncations: cut, nonmonotonic, visibility }
        }),
        unread: [
          ...(log.reading?.unread ?? []),
          ...(committed.reading?.unread ?? []).map((what) => `read_committed: ${what}`)
        ]
      }
    }
  }
}

/** Which records of a topic of others a drill has to do with: its own, and what is in their places. */
function concernOf(outcomes: readonly TimedOutcome[], id: string) {
  const places = new Set(outcomes.flatMap(({ partition, offset }) => (offset === null ? [] : `${partition}@${offset}`)))
  return ({ partition, offset, key }: StoredRecord) =>
    (key?.startsWith(`${id}-`) ?? false) || places.has(`${partition}@${offset}`)
}

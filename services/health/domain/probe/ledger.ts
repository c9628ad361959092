import type { Clock } from '#shared/clock.ts'
import type { KopsError } from '#shared/errors/catalog.ts'
import { createLatencies, type Latencies } from './latencies.ts'

/** One record in flight. `broker` is the broker it is written to, whoever the preferred leader of the partition is. */
export interface ProbeRecord {
  readonly id: string
  readonly broker: number
  readonly partition: number
  readonly sentAtMs: number
  /** Known once it is acknowledged. */
  offset: number | null
}

/**
 * The records of one broker since the start. At every moment
 * - sent = acknowledged + notAccepted of all codes + open
 * - acknowledged = returned + lost + forgotten + those waiting to be read
 * - late <= lost
 */
export interface Account {
  sent: number
  /** Neither acknowledged nor refused yet. */
  open: number
  /**
   * A record that was read back counts as acknowledged, even before the broker's answer arrives: all in-sync replicas
   * have it.
   */
  acknowledged: number
  returned: number
  lost: number
  /** Lost, and read after all. */
  late: number
  /** Acknowledged by a topic that was deleted before the record was read. */
  forgotten: number
  /** By error code. */
  notAccepted: Map<string, number>
  lastLatencyMs: number | null
  /** The fate of the youngest record that has one. */
  last: { outcome: 'returned' | 'lost' | 'not_accepted'; sentAtMs: number } | null
  settledAt: Date | null
  lastError: { code: string; message: string; at: Date } | null
  latencies: Latencies
}

export interface LedgerOptions {
  clock: Clock
  newId: () => string
  /** An acknowledged record that cannot be read after so long is lost. */
  lossAfterMs: number
  /**
   * An acknowledged record of a partition that stays unreadable is given up after this time: by then retention has
   * removed it.
   */
  giveUpAfterMs: number
  windowMs: number
  onReturned: (broker: number, latencyMs: number) => void
  /** The account of a broker has ended. */
  onDropped: (broker: number) => void
}

/** Keeps account of each record from the write to its fate: returned, lost or not accepted. */
export interface Ledger {
  open(broker: number, partition: number): ProbeRecord
  acknowledge(record: ProbeRecord, offset: number): void
  /** A record that came back already stays returned: it was written, and only the answer was lost. */
  refuse(record: ProbeRecord, error: KopsError): void
  /** Records of others (a second service, an earlier run) are passed over. */
  returned(id: string): void
  /**
   * Judges the records of a partition after a read. A record is lost if it was acknowledged, is old enough, and was
   * absent although the read began after its time was over. An unreadable partition does not prove a loss.
   * @param read.beganAtMs when the read was requested
   * @param read.position the next offset; null if the read returned nothing, so that there is nothing more
   */
  judge(partition: number, read: { beganAtMs: number; position: number | null }): void
  /** Gives up records that are too old for Kafka to have kept. */
  sweep(): void
  /** Drops records in flight without a verdict because their topic is gone. Pending writes still get their answers. */
  void(): void
  /** Partitions with records to read. */
  pendingPartitions(): Set<number>
  /** Undecided records: open, or acknowledged and not read yet. */
  pending(broker: number): number
  /** Whether a record of the broker has been in flight for too long. */
  overdue(broker: number): boolean
  account(broker: number): Account | undefined
  accounts(): ReadonlyMap<number, Account>
  /** Drops the accounts of brokers that are not kept and have nothing on its way. */
  keep(brokers: ReadonlySet<number>): void
}

const lostKept = 200
const samplesKept = 1000

export function createLedger(options: LedgerOptions): Ledger {
  const { clock, newId, lossAfterMs, giveUpAfterMs, windowMs, onReturned, onDropped } = options
  const pending = new Map<string, ProbeRecord>()
  const unanswered = new Set<ProbeRecord>()
  const lost = new Map<string, ProbeRecord>()
  const accounts = new Map<number, Account>()

  function accountOf(broker: number): Account {
    const account = accounts.get(broker) ?? newAccount(windowMs)
    accounts.set(broker, account)
    return account
  }

  function settle(record: ProbeRecord, outcome: 'returned' | 'lost' | 'not_accepted'): Account {
    pending.delete(record.id)
    const account = accountOf(record.broker)
    account.settledAt = clock.now()
    // Answers may arrive out of order: the timeout of an old record says nothing about the present.
    if (!account.last || record.sentAtMs >= account.last.sentAtMs) account.last = { outcome, sentAtMs: record.sentAtMs }
    return account
  }

  function lose(record: ProbeRecord, message: string): void {
    const account = settle(record, 'lost')
    account.lost += 1
    account.lastError = { code: 'record_lost', message, at: clock.now() }
    lost.set(record.id, record)
    const [oldest] = lost.keys()
    if (lost.size > lostKept && oldest !== undefined) lost.delete(oldest)
  }

  /** @returns whether this is the first answer: a record has only one */
  function answer(record: ProbeRecord): boolean {
    if (!unanswered.delete(record)) return false
    accountOf(record.broker).open -= 1
    return true
  }

  const ageMs = (record: ProbeRecord) => clock.monotonicMs() - record.sentAtMs
  const ofBroker = (broker: number) => Array.from(pending.values()).filter((record) => record.broker === broker)

  return {
    open(broker, partition) {
      const record = { id: newId(), broker, partition, sentAtMs: clock.monotonicMs(), offset: null }
      pending.set(record.id, record)
      unanswered.add(record)
      const account = accountOf(broker)
      account.sent += 1
      account.open += 1
      return record
    },
    acknowledge(record, offset) {
      record.offset = offset
      if (!answer(record)) return
      const account = accountOf(record.broker)
      account.acknowledged += 1
      // Its topic went while it was on its way.
      if (!pending.has(record.id)) account.forgotten += 1
    },
    refuse(record, { code, message }) {
      if (!answer(record)) return
      const account = pending.has(record.id) ? settle(record, 'not_accepted') : accountOf(record.broker)
      account.notAccepted.set(code, (account.notAccepted.get(code) ?? 0) + 1)
      account.lastError = { code, message, at: clock.now() }
    },
    returned(id) {
      const record = pending.get(id)
      if (record) {
        const latencyMs = ageMs(record)
        const account = settle(record, 'returned')
        if (answer(record)) account.acknowledged += 1
        account.returned += 1
        account.lastLatencyMs = latencyMs
        account.latencies.add(latencyMs, clock.monotonicMs())
        onReturned(record.broker, latencyMs)
        return
      }
      const late = lost.get(id)
      if (!late) return
      lost.delete(id)
      accountOf(late.broker).late += 1
    },
    judge(partition, { beganAtMs, position }) {
      for (const record of pending.values()) {
        if (record.partition !== partition || record.offset === null) continue
        if (beganAtMs - record.sentAtMs < lossAfterMs) continue
        if (position !== null && position <= record.offset) continue
        lose(record, `A record at offset ${record.offset} of partition ${partition} was acknowledged but is missing`)
      }
    },
    sweep() {
      for (const record of pending.values()) {
        if (record.offset === null || ageMs(record) < giveUpAfterMs) continue
        lose(record, `Partition ${record.partition} could not be read while its record was retained`)
      }
    },
    void() {
      for (const record of pending.values()) {
        if (!unanswered.has(record)) accountOf(record.broker).forgotten += 1
      }
      pending.clear()
    },
    pendingPartitions: () => new Set(Array.from(pending.values(), ({ partition }) => partition)),
    pending: (broker) =>
      ofBroker(broker).filter((record) => !unanswered.has(record)).length + (accounts.get(broker)?.open ?? 0),
    overdue: (broker) => ofBroker(broker).some((record) => ageMs(record) >= lossAfterMs),
    account: (broker) => accounts.get(broker),
    accounts: () => accounts,
    keep(brokers) {
      const busy = new Set(Array.from(pending.values(), ({ broker }) => broker))
      for (const [broker, { open }] of accounts) {
        if (brokers.has(broker) || busy.has(broker) || open > 0) continue
        accounts.delete(broker)
        for (const record of lost.values()) if (record.broker === broker) lost.delete(record.id)
        onDropped(broker)
      }
    }
  }
}

/** For a broker without any records yet. */
export const nothingSent: Omit<Account, 'notAccepted' | 'latencies'> = {
  sent: 0,
  open: 0,
  acknowledged: 0,
  returned: 0,
  lost: 0,
  late: 0,
  forgotten: 0,
  lastLatencyMs: null,
  last: null,
  settledAt: null,
  lastError: null
}

function newAccount(windowMs: number): Account {
  return { ...nothingSent, notAccepted: new Map(), latencies: createLatencies(windowMs, samplesKept) }
}

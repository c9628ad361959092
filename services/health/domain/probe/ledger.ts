import type { KopsError } from '../../../../shared/errors/catalog.ts'
import type { Clock } from '../clock.ts'
import { createLatencies, type Latencies } from './latencies.ts'

/** One record on its way. `broker` is the one that it is written to, whoever the partition's preferred leader is. */
export interface ProbeRecord {
  readonly id: string
  readonly broker: number
  readonly partition: number
  readonly sentAtMs: number
  /** Known when it is acknowledged. */
  offset: number | null
  open: boolean
}

/** What became of the records of one broker since the start. */
export interface Account {
  sent: number
  acknowledged: number
  returned: number
  lost: number
  late: number
  /** By the error's code. */
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
  /** An acknowledged record of a partition that cannot be read at all is given up after so long: it is no longer kept then. */
  giveUpAfterMs: number
  windowMs: number
  onReturned: (broker: number, latencyMs: number) => void
}

/** Keeps account of each record from writing to its fate: returned, lost or not accepted. */
export interface Ledger {
  open(broker: number, partition: number): ProbeRecord
  acknowledge(record: ProbeRecord, offset: number): void
  /** A record that came back all the same stays returned: it was written, and only the answer was lost. */
  refuse(record: ProbeRecord, error: KopsError): void
  /** Records of others (a second service, an earlier run) are passed over. */
  returned(id: string): void
  /**
   * Judges the records of a partition after it was read: lost is what was acknowledged, is old enough, and was not there to
   * be read although the reading began after its time was over. A partition that cannot be read is no proof of a loss.
   * @param read.beganAtMs when the reading was asked for
   * @param read.position the next offset, null when the reading brought nothing, so that there is nothing more
   */
  judge(partition: number, read: { beganAtMs: number; position: number | null }): void
  /** Gives up what is too old to be kept by Kafka. */
  sweep(): void
  /** Forgets records on their way, without a verdict: their topic is gone. */
  void(): void
  openPartitions(): Set<number>
  pending(broker: number): number
  /** Whether a record of the broker is on its way for longer than it may. */
  overdue(broker: number): boolean
  account(broker: number): Account | undefined
  accounts(): ReadonlyMap<number, Account>
  /** Drops the accounts of brokers that are not kept and have nothing on its way. */
  keep(brokers: ReadonlySet<number>): void
}

const lostKept = 200
const samplesKept = 1000

export function createLedger(options: LedgerOptions): Ledger {
  const { clock, newId, lossAfterMs, giveUpAfterMs, windowMs, onReturned } = options
  const open = new Map<string, ProbeRecord>()
  const lost = new Map<string, ProbeRecord>()
  const accounts = new Map<number, Account>()

  function accountOf(broker: number): Account {
    const account = accounts.get(broker) ?? newAccount(windowMs)
    accounts.set(broker, account)
    return account
  }

  function settle(record: ProbeRecord, outcome: 'returned' | 'lost' | 'not_accepted'): Account {
    record.open = false
    open.delete(record.id)
    const account = accountOf(record.broker)
    account.settledAt = clock.now()
    // Answers may come out of order: the time-out of an old record says nothing about now.
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

  const ageMs = (record: ProbeRecord) => clock.monotonicMs() - record.sentAtMs
  const ofBroker = (broker: number) => Array.from(open.values()).filter((record) => record.broker === broker)

  return {
    open(broker, partition) {
      const record = { id: newId(), broker, partition, sentAtMs: clock.monotonicMs(), offset: null, open: true }
      open.set(record.id, record)
      accountOf(broker).sent += 1
      return record
    },
    acknowledge(record, offset) {
      record.offset = offset
      accountOf(record.broker).acknowledged += 1
    },
    refuse(record, { code, message }) {
      if (!record.open) return
      const account = settle(record, 'not_accepted')
      account.notAccepted.set(code, (account.notAccepted.get(code) ?? 0) + 1)
      account.lastError = { code, message, at: clock.now() }
    },
    returned(id) {
      const record = open.get(id)
      if (record) {
        const latencyMs = ageMs(record)
        const account = settle(record, 'returned')
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
      for (const record of open.values()) {
        if (record.partition !== partition || record.offset === null) continue
        if (beganAtMs - record.sentAtMs < lossAfterMs) continue
        if (position !== null && position <= record.offset) continue
        lose(record, `A record at offset ${record.offset} of partition ${partition} was acknowledged and is not there`)
      }
    },
    sweep() {
      for (const record of open.values()) {
        if (record.offset === null || ageMs(record) < giveUpAfterMs) continue
        lose(record, `Partition ${record.partition} could not be read as long as its record was kept`)
      }
    },
    void() {
      for (const record of open.values()) record.open = false
      open.clear()
    },
    openPartitions: () => new Set(Array.from(open.values(), ({ partition }) => partition)),
    pending: (broker) => ofBroker(broker).length,
    overdue: (broker) => ofBroker(broker).some((record) => ageMs(record) >= lossAfterMs),
    account: (broker) => accounts.get(broker),
    accounts: () => accounts,
    keep(brokers) {
      const busy = new Set(Array.from(open.values(), ({ broker }) => broker))
      for (const broker of accounts.keys()) {
        if (!brokers.has(broker) && !busy.has(broker)) accounts.delete(broker)
      }
    }
  }
}

function newAccount(windowMs: number): Account {
  return {
    sent: 0,
    acknowledged: 0,
    returned: 0,
    lost: 0,
    late: 0,
    notAccepted: new Map(),
    lastLatencyMs: null,
    last: null,
    settledAt: null,
    lastError: null,
    latencies: createLatencies(windowMs, samplesKept)
  }
}

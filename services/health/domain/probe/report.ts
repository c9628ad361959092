import type { ProbeBroker } from '#shared/contracts/probe.ts'
import { brokerName } from '#shared/kafka/model.ts'
import type { ProbeView } from '#shared/kafka/probe/port.ts'
import { roundMs } from './latencies.ts'
import { ownPartitions } from './layout.ts'
import { type Account, type Ledger, nothingSent } from './ledger.ts'

/**
 * The probe's state of each live broker, and of each broker that a partition waits for. The numbers cover records
 * written to that very broker; `up` is false while another broker leads its partition, because nothing written then
 * goes through it.
 */
export function reportBrokers(view: ProbeView | undefined, ledger: Ledger, nowMs: number): ProbeBroker[] {
  const own = new Map((view?.topic ? ownPartitions(view.topic) : []).map((partition) => [partition.broker, partition]))
  const ids = new Set([...own.keys(), ...(view?.brokers ?? []).map(({ id }) => id), ...ledger.accounts().keys()])
  return Array.from(ids)
    .sort((a, b) => a - b)
    .map((id) => {
      const account = ledger.account(id)
      const partition = own.get(id)
      const { last, settledAt, lastError, lastLatencyMs, ...counts } = account ?? nothingSent
      const leader = partition?.leader ?? null
      const reasons = account?.notAccepted ?? new Map<string, number>()
      return {
        broker: brokerName(id),
        id,
        partition: partition?.partition ?? null,
        leader: leader === null ? null : brokerName(leader),
        up: partition === undefined ? null : leader === id ? upOf(last, ledger.overdue(id)) : false,
        lastLatencyMs: lastLatencyMs === null ? null : roundMs(lastLatencyMs),
        ...(account?.latencies.summary(nowMs) ?? { samples: 0, p50Ms: null, p99Ms: null }),
        sent: counts.sent,
        open: counts.open,
        acknowledged: counts.acknowledged,
        returned: counts.returned,
        lost: counts.lost,
        late: counts.late,
        forgotten: counts.forgotten,
        notAccepted: Array.from(reasons.values()).reduce((sum, count) => sum + count, 0),
        notAcceptedReasons: Array.from(reasons, ([reason, count]) => ({ reason, count })),
        pending: ledger.pending(id),
        lastError: lastError && { ...lastError, at: lastError.at.toISOString() },
        asOf: settledAt?.toISOString() ?? null
      }
    })
}

function upOf(last: Account['last'], overdue: boolean): boolean | null {
  if (overdue) return false
  return last && last.outcome === 'returned'
}

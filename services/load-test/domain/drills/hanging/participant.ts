import type { TransactionReader } from '#shared/kafka/verifying/port.ts'
import { poll } from '#shared/poll.ts'
import type { Effect, StageWindow } from '../effect.ts'
import { faultSource } from '../fault-sources.ts'
import type { CreateParticipant, FaultTimes, Participant } from '../participants.ts'
import { startWhenReady } from '../steps.ts'
import { type HangingWindow, hangingEvidence, heldAtMs, releasedAtMs } from './evidence.ts'
import { hangingId, hangingOf } from './expected.ts'
import { hangingReport } from './report.ts'
import { stallsOf } from './stalls.ts'
import { type CreateTransactional, createOpenTransaction } from './transaction.ts'

export interface TransactionsOptions {
  createProducer: CreateTransactional
  reader: Pick<TransactionReader, 'readable' | 'state'>
  /** Rejects while the first transaction of a cluster would make brokers wait for the quorum. */
  admit: () => Promise<void>
  abortTransactions: (transactionalIds: string[]) => Promise<void>
}

interface Hanging extends Participant {
  window(times: FaultTimes): HangingWindow
}

const readyMs = 15_000
const pauseMs = 100

/** The producer of a transaction that stays open, of drills that leave one open. */
export function transactionOf({ admit, ...options }: TransactionsOptions): CreateParticipant {
  return ({ parts, plan, onEvent }): Hanging | undefined => {
    const fault = hangingOf(plan.stages)
    if (!fault) return undefined
    const { timeoutMs, end } = fault
    const { clock } = parts
    const transactionalId = hangingId(plan.id)
    const open = createOpenTransaction({
      ...{ ...options, clock, transactionalId, timeoutMs, end },
      ...{ drill: plan.id, topic: plan.topic.name }
    })
    const { outcomes, sightings, states } = open
    const window = (times: FaultTimes) => ({
      ...{ sightings, states, timeoutMs, stalls: stallsOf(outcomes, sightings) },
      ...times
    })
    return {
      name: 'transaction',
      outcomes,
      window,
      async start(signal) {
        await admit()
        await startWhenReady({ start: open.open }, parts, signal)
      },
      async steady(signal) {
        const seen = { timeoutMs: readyMs, pauseMs, clock, signal }
        const { done } = await poll(
          () => sightings.length > 0,
          (has) => has,
          seen
        )
        if (!done) throw new Error(`No leader of ${plan.topic.name} says how far its readers come`)
      },
      stop: async () => {},
      abandon: open.abandon,
      report(times) {
        const { stalls } = window(times)
        if (stalls.length === 0) return {}
        const records = outcomes.filter(({ status }) => status === 'acknowledged').length
        const { transaction, comparison, findings } = hangingReport({
          ...{ transactionalId, timeoutMs, records, stalls, states: [...states], ...times },
          ...{ end: open.end, endedBy: open.endedBy },
          predictedSeconds: plan.prediction?.record.seconds.committedWait ?? null
        })
        return { record: { transaction, comparison }, findings }
      },
      faults: faultSource('transaction', () => {
        let isPlaced = false
        const placed = open.begin().then(() => {
          isPlaced = true
          onEvent('transaction-open', `${outcomes.length} records of ${transactionalId}`)
        })
        return {
          id: transactionalId,
          placed,
          lost: new AbortController().signal,
          async heal() {
            // abandon() aborts one that is still being written.
            if (!isPlaced) return
            await open.finish()
            onEvent(`transaction-${open.end}`, `by its ${open.endedBy}`)
          }
        }
      })
    }
  }
}

/** Readers of committed records wait behind a transaction, while others continue. */
export const readersHeld: Effect = {
  shownAs: 'readers-held',
  shownAt: (window) => ofTransaction(window, heldAtMs),
  unshown: () => 'readers of committed records go on',
  movesLeaders: false,
  evidence: (window) =>
    ofTransaction(window, hangingEvidence) ?? { confirmed: false, detail: 'the drill had no transaction' },
  recoveredAs: ['readers-released', 'readers-still-held'],
  recovered: (window) => window.healedAtMs !== null && ofTransaction(window, releasedAtMs) !== undefined
}

function ofTransaction<T>({ participants, ...times }: StageWindow, look: (window: HangingWindow) => T): T | undefined {
  const hanging = participants.find((each): each is Hanging => each.name === 'transaction')
  return hanging && look(hanging.window(times))
}

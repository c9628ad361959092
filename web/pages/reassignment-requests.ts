import type { DrainRequest, RefillRequest } from '#shared/contracts/broker-drains.ts'
import type { ReassignmentProgress } from '#shared/contracts/reassignment-progress.ts'
import type { PlanRequest } from '#shared/contracts/reassignments.ts'
import type { Asked, FieldText } from '../format/asked.ts'
import type { MarkedState } from '../format/mark.ts'
import { formatSeconds } from '../format/numbers.ts'

/** Bytes a second, as `--throttle` takes them: `10MB`, `64MiB`, `1000000`. @returns undefined if it is no rate */
export function byteRate(text: string): number | undefined {
  const [, number, prefix = '', binary] = /^(\d+(?:\.\d+)?) ?(?:([kKMG])(i?)B?|B)?(?:\/s)?$/.exec(text.trim()) ?? []
  const rate = Math.round(Number(number) * (binary ? 1024 : 1000) ** ' KMG'.indexOf(prefix.toUpperCase() || ' '))
  return number !== undefined && Number.isSafeInteger(rate) && rate >= 1 ? rate : undefined
}

/** What every move may be limited by. */
function limits(text: FieldText): Asked<RefillRequest> {
  const topics = words(text('topics'))
  const throttle = text('throttle')
  const throttleBytesPerSec = throttle === '' ? undefined : byteRate(throttle)
  if (throttle !== '' && throttleBytesPerSec === undefined) {
    return { message: 'the throttle is no rate in bytes a second, such as 10MB or 64MiB' }
  }
  return {
    asked: {
      ...(topics.length > 0 && { topics }),
      ...(throttleBytesPerSec !== undefined && { throttleBytesPerSec })
    }
  }
}

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean)

function brokerOf(text: string): number | undefined {
  const id = /^(?:kafka-)?(\d{1,9})$/.exec(text)?.[1]
  return id === undefined ? undefined : Number(id)
}

export interface OfBroker<Body> {
  params: { brokerId: number }
  query: Record<never, never>
  body: Body
}

export function drainRequest(text: FieldText): Asked<OfBroker<DrainRequest>> {
  const brokerId = brokerOf(text('broker'))
  const limited = limits(text)
  if (brokerId === undefined) return { message: 'the broker is none, such as 2 or kafka-2' }
  if ('message' in limited) return limited
  const mode = (['replicas', 'leaderships', 'possible'] as const).find((each) => each === text('mode')) ?? 'replicas'
  const [force, reason] = [text('force') !== '', text('reason')]
  if (force && reason === '') return { message: 'the reason is missing: force needs one' }
  const body = { mode, ...limited.asked, ...(force && { force }), ...(reason !== '' && { reason }) }
  return { asked: { params: { brokerId }, query: {}, body } }
}

export function refillRequest(text: FieldText): Asked<OfBroker<RefillRequest>> {
  const brokerId = brokerOf(text('broker'))
  const limited = limits(text)
  if (brokerId === undefined) return { message: 'the broker is none, such as 2 or kafka-2' }
  return 'message' in limited ? limited : { asked: { params: { brokerId }, query: {}, body: limited.asked } }
}

export interface FactorRequest {
  params: { topicName: string }
  query: { replicationFactor: number; throttleBytesPerSec?: number }
}

export function factorRequest(text: FieldText): Asked<FactorRequest> {
  const topicName = text('topic')
  const factor = text('factor')
  const limited = limits(text)
  if (topicName === '') return { message: 'the topic is missing' }
  if (!/^[1-9]\d?$/.test(factor)) return { message: 'the number of replicas is none between 1 and 99' }
  if ('message' in limited) return limited
  const { throttleBytesPerSec } = limited.asked
  const query = { replicationFactor: Number(factor), ...(throttleBytesPerSec !== undefined && { throttleBytesPerSec }) }
  return { asked: { params: { topicName }, query } }
}

export interface BalanceRequest {
  plan: PlanRequest
  throttle: { throttleBytesPerSec?: number }
}

export function balanceRequest(text: FieldText): Asked<BalanceRequest> {
  const limited = limits(text)
  if ('message' in limited) return limited
  const brokers = words(text('brokers')).map(brokerOf)
  if (!brokers.every((id) => id !== undefined)) return { message: 'the brokers are not ids, such as 1, 2, 3' }
  const { throttleBytesPerSec, ...plan } = limited.asked
  return {
    asked: {
      plan: { ...plan, ...(brokers.length > 0 && { brokers: [...new Set(brokers)] }) },
      throttle: throttleBytesPerSec === undefined ? {} : { throttleBytesPerSec }
    }
  }
}

/** Which moves are to be cancelled, as the page's address says: all, those of a topic, or one. */
export function cancelQuery(search: URLSearchParams): { topic?: string; partition?: number } {
  const [topic, partition] = [search.get('topic'), search.get('partition')]
  if (!topic) return {}
  return { topic, ...(partition && /^\d{1,9}$/.test(partition) && { partition: Number(partition) }) }
}

type Figures = Pick<ReassignmentProgress, 'waitsFor' | 'bytesPerSecReason' | 'etaReason' | 'etaSeconds'>

/** How a move is getting on, in a word. */
export function moveState({ waitsFor, bytesPerSecReason, etaReason, etaSeconds }: Figures): MarkedState {
  if (waitsFor.length > 0) {
    return { mark: 'down', word: `waits for ${waitsFor.map((id) => `kafka-${id}`).join(', ')}` }
  }
  if (bytesPerSecReason === 'stalled') return { mark: 'degraded', word: 'stalled' }
  if (etaReason === 'falling_behind') return { mark: 'degraded', word: 'falls behind the writes' }
  return { mark: 'progress', word: etaSeconds === null ? 'moving' : `${formatSeconds(Math.ceil(etaSeconds))} left` }
}

/** The share that is copied, between 0 and 1; undefined if it is not known. */
export function copiedShare({ copiedBytes, totalBytes }: { copiedBytes: number | null; totalBytes: number | null }) {
  if (copiedBytes === null || totalBytes === null) return undefined
  return totalBytes === 0 ? 1 : Math.min(1, copiedBytes / totalBytes)
}

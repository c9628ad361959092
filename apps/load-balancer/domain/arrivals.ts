import type { BalancedRequest } from '#shared/contracts/load-balancer.ts'
import type { Random } from '#shared/seeded-random.ts'

/** Mean and limits of `processing_time`. With five servers of 50 to 100 units a second, 50 requests a second use half of them. */
const work = { mean: 4, least: 0.1, most: 40 }
const requestTypes = ['GET', 'GET', 'GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE'] as const
const endpoints = ['/api/users', '/api/orders', '/api/products', '/api/search', '/api/login'] as const
const payloadBytes = { least: 128, most: 8192 }

export interface ArrivalOptions {
  /** Requests a second, in the mean. */
  rate: number
  /** When the first second begins, in seconds since 1970. */
  startsAt: number
  firstId: number
  random: Random
}

/**
 * Requests as clients send them that know nothing of each other: the gaps between them, and the work that they make, are
 * exponentially distributed. `timestamp` is when a request is due; it does not depend on how long anybody takes (an open loop).
 */
export function* arrivals({ rate, startsAt, firstId, random }: ArrivalOptions): Generator<BalancedRequest, never> {
  const exponential = (mean: number) => -Math.log(1 - random()) * mean
  const from = (least: number, most: number) => least + Math.floor(random() * (most - least + 1))
  const oneOf = <T extends string>(list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0]
  let due = startsAt
  for (let request_id = firstId; ; request_id += 1) {
    due += exponential(1 / rate)
    yield {
      request_id,
      timestamp: rounded(due),
      processing_time: rounded(Math.min(work.most, Math.max(work.least, exponential(work.mean)))),
      client_ip: `192.168.${from(0, 255)}.${from(1, 254)}`,
      request_type: oneOf(requestTypes),
      endpoint: oneOf(endpoints),
      payload_size: from(payloadBytes.least, payloadBytes.most)
    }
  }
}

/** To microseconds. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6
}

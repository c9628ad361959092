import { type AlgorithmName, algorithmNames, type BalancedRequest } from '#shared/contracts/load-balancer.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { createSimulation, type ServerSetup, serverId } from './simulation.ts'

/** What one algorithm made of the requests. Times are in milliseconds, of the requests that succeeded; null without any. */
export interface ComparedAlgorithm {
  name: AlgorithmName
  p50Ms: number | null
  p99Ms: number | null
  maxMs: number | null
  failed: number
  /** By server, its part of the requests, from 0 to 1. */
  shares: Record<string, number>
}

/** Every algorithm with the same requests and the same servers. */
export interface Comparison {
  requests: number
  /** From the first arrival to the last one, in seconds. */
  seconds: number
  servers: { id: string; capacity: number; slowness: number }[]
  algorithms: ComparedAlgorithm[]
}

/**
 * Sends the same requests to the same servers by each algorithm. The same arguments give the same result.
 * @param requests in the order of their timestamps
 * @param seed of the choices that are random
 */
export function compareAlgorithms(
  requests: readonly BalancedRequest[],
  servers: readonly ServerSetup[],
  seed: number,
  names: readonly AlgorithmName[] = algorithmNames
): Comparison {
  const [first, last] = [requests[0], requests.at(-1)]
  return {
    requests: requests.length,
    seconds: (last?.timestamp ?? 0) - (first?.timestamp ?? 0),
    servers: servers.map(({ capacity, slowness = 1 }, number) => ({ id: serverId(number), capacity, slowness })),
    algorithms: names.map((name) => runOne(name, requests, servers, seed))
  }
}

function runOne(
  name: AlgorithmName,
  requests: readonly BalancedRequest[],
  servers: readonly ServerSetup[],
  seed: number
): ComparedAlgorithm {
  const simulation = createSimulation({ servers, algorithm: name, random: createRandom(seed) })
  const counts = servers.map(() => 0)
  const times: number[] = []
  for (const request of requests) {
    const { status, server_id, response_time } = simulation.handle(request, Number.POSITIVE_INFINITY)
    if (server_id !== null) counts[server_id] = (counts[server_id] ?? 0) + 1
    if (status === 'success') times.push(response_time * 1000)
  }
  times.sort((a, b) => a - b)
  const part = (count: number) => (requests.length === 0 ? 0 : count / requests.length)
  return {
    name,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    maxMs: times.at(-1) ?? null,
    failed: requests.length - times.length,
    shares: Object.fromEntries(counts.map((count, number) => [serverId(number), part(count)]))
  }
}

/** The smallest value that so many of them do not exceed (nearest rank). @param sorted ascending */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

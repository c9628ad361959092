import type {
  AlgorithmName,
  BalancedRequest,
  BalancedResponse,
  BalancerMetrics
} from '#shared/contracts/load-balancer.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { type Algorithm, isAtLeastOne } from './algorithms/algorithm.ts'
import { createAlgorithm } from './algorithms/index.ts'

/** A server as it is set up. */
export interface ServerSetup {
  capacity: number
  /** How many times slower it works than its capacity promises; 1 by default. Algorithms do not know it. */
  slowness?: number
}

/** What may change while requests come. What is left out stays. */
export interface BalancerChange {
  algorithm?: AlgorithmName | undefined
  /** By id, `server-2`. */
  weights?: Readonly<Record<string, number>> | undefined
  drained?: Readonly<Record<string, boolean>> | undefined
}

/** The servers, and the balancer before them. */
export interface Simulation {
  /**
   * Sends a request to a server, and answers what will become of it: the model knows at once. `timestamp` of the request is when it
   * arrives, but never before an earlier arrival and never after `latest`.
   * @param latest seconds since 1970; a client whose clock is ahead cannot move the simulation into the future
   */
  handle(request: BalancedRequest, latest: number): BalancedResponse
  /** @returns what it named and there is not */
  change(change: BalancerChange): string[]
  /**
   * @param takenAt seconds since 1970, the timestamp
   * @param clock lets the time of the simulation pass until then; without it, the metrics are as of the last arrival
   */
  metrics(takenAt: number, clock?: number): BalancerMetrics
}

interface Server {
  id: string
  number: number
  capacity: number
  weight: number
  isDrained: boolean
  /** Units of work a second. */
  speed: number
  activeConnections: number
  /** When all that it has accepted is done. */
  busyUntil: number
  /** What it has accepted and not finished, in the order in which it will finish. */
  open: { arrivedAt: number; finishesAt: number }[]
  total: number
  answered: number
  /** Sum of the seconds of those answered. */
  responseTimes: number
}

const throughputSeconds = 10

export interface SimulationOptions {
  servers: readonly ServerSetup[]
  algorithm: AlgorithmName
  random: () => number
}

/** The id by which config-updates and outcomes name a server. */
export function serverId(number: number): string {
  return `server-${number}`
}

/**
 * The model, as docs/load-balancer.md states it: a server does `capacity`
 * units of work a second and a request is `processing_time` units; it works on one request after the other, in the order of their
 * arrival, without pauses between them. A request that would make more than one second of work wait (at the promised capacity) is
 * refused at once, and fails. The network takes no time, and the balancer none either.
 */
export function createSimulation({ servers: setups, algorithm: first, random }: SimulationOptions): Simulation {
  const servers = setups.map(({ capacity, slowness = 1 }, number): Server => {
    const id = serverId(number)
    const [speed, weight] = [capacity / slowness, capacity]
    const counts = { activeConnections: 0, busyUntil: 0, open: [], total: 0, answered: 0, responseTimes: 0 }
    return { id, number, capacity, weight, isDrained: false, speed, ...counts }
  })
  let algorithm: Algorithm = createAlgorithm(first)
  let now = 0
  let [succeeded, failed] = [0, 0]
  /** Of the last ten seconds. */
  let arrivals: number[] = []
  let firstArrival: number | undefined

  /** Lets time pass: what finishes until then is reported in the order in which it does. */
  function advance(to: number): void {
    for (;;) {
      const next = servers.reduce<Server | undefined>((next, each) => {
        const at = each.open[0]?.finishesAt
        return at !== undefined && at < (next?.open[0]?.finishesAt ?? Number.POSITIVE_INFINITY) ? each : next
      }, undefined)
      const done = next?.open[0]
      if (!next || !done || done.finishesAt > to) break
      next.open.shift()
      next.activeConnections -= 1
      next.answered += 1
      succeeded += 1
      const responseTime = done.finishesAt - done.arrivedAt
      next.responseTimes += responseTime
      algorithm.report({ server: next.id, responseTime, succeeded: true, at: done.finishesAt })
    }
    now = Math.max(now, to)
  }

  const waitingWork = ({ busyUntil, speed }: Server) => Math.max(0, busyUntil - now) * speed

  function note(arrivedAt: number): void {
    firstArrival ??= arrivedAt
    arrivals.push(arrivedAt)
    // Seldom: shifting a long list at each arrival would cost more than the rest.
    const old = arrivals.findIndex((at) => at > arrivedAt - throughputSeconds)
    if (old > 1000) arrivals = arrivals.slice(old)
  }

  return {
    handle(request, latest) {
      advance(Math.max(now, Math.min(request.timestamp, latest)))
      note(now)
      const { request_id, client_ip, processing_time: work } = request
      const available = servers.filter(({ isDrained, weight }) => !isDrained && weight > 0)
      if (!isAtLeastOne(available)) {
        failed += 1
        return { request_id, status: 'failed', server_id: null, response_time: 0, timestamp: now, client_ip }
      }
      const server = algorithm.choose(available, request, random, now)
      server.total += 1
      const answer = { request_id, server_id: server.number, client_ip }
      if (waitingWork(server) + work > Math.max(server.capacity, work)) {
        failed += 1
        algorithm.report({ server: server.id, responseTime: 0, succeeded: false, at: now })
        return { ...answer, status: 'failed', response_time: 0, timestamp: now }
      }
      server.busyUntil = Math.max(now, server.busyUntil) + work / server.speed
      server.open.push({ arrivedAt: now, finishesAt: server.busyUntil })
      server.activeConnections += 1
      const [response_time, timestamp] = [server.busyUntil - now, server.busyUntil]
      return { ...answer, status: 'success', response_time, timestamp }
    },

    change({ algorithm: wanted, weights = {}, drained = {} }) {
      // What it has learned is of no use to another one; the same one keeps it.
      if (wanted !== undefined && wanted !== algorithm.name) algorithm = createAlgorithm(wanted)
      for (const server of servers) {
        server.weight = weights[server.id] ?? server.weight
        server.isDrained = drained[server.id] ?? server.isDrained
      }
      const known = new Set(servers.map(({ id }) => id))
      return [...Object.keys(weights), ...Object.keys(drained)].filter((id) => !known.has(id))
    },

    metrics(takenAt, clock = now) {
      advance(clock)
      const recent = arrivals.filter((arrivedAt) => arrivedAt > now - throughputSeconds).length
      const elapsed = Math.min(throughputSeconds, Math.max(1, now - (firstArrival ?? now)))
      return {
        timestamp: takenAt,
        algorithm: algorithm.name,
        global_metrics: {
          total_requests: servers.reduce((sum, { activeConnections }) => sum + activeConnections, succeeded + failed),
          successful_requests: succeeded,
          failed_requests: failed,
          throughput: recent / elapsed
        },
        server_metrics: servers.map((server) => ({
          server_id: server.number,
          capacity: server.capacity,
          current_load: waitingWork(server),
          load_percentage: (waitingWork(server) / server.capacity) * 100,
          total_requests: server.total,
          average_response_time: server.answered === 0 ? 0 : server.responseTimes / server.answered,
          active_connections: server.activeConnections
        }))
      }
    }
  }
}

/** Whole units of work a second: SERVER_CAPACITY_RANGE of the simulator. */
const capacities = { least: 50, most: 100 }

export interface ServersOfSeed {
  /** How many: NUM_SERVERS of the simulator. */
  servers: number
  seed: number
  /** By number of the server: how many times slower it is than its capacity promises. */
  slowness?: Readonly<Record<number, number>> | undefined
}

/** Servers with capacities at random; the same seed gives the same ones, and the first ones of more. */
export function serversOf({ servers, seed, slowness = {} }: ServersOfSeed): ServerSetup[] {
  const random = createRandom(seed)
  return Array.from({ length: servers }, (_, number) => ({
    capacity: capacities.least + Math.floor(random() * (capacities.most - capacities.least + 1)),
    slowness: slowness[number] ?? 1
  }))
}

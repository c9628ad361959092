import type { AlgorithmName } from '#shared/contracts/load-balancer.ts'

/** What an algorithm may know of a server. */
export interface ServerView {
  /** As config-updates name it: `server-2`, or the id of an instance. */
  id: string
  /** Its share beside the weights of the others, above 0: by default its capacity. */
  weight: number
  /** Requests that were sent to it and not answered yet. */
  activeConnections: number
}

/** What became of a request. */
export interface Outcome {
  server: string
  /** Seconds from its arrival to its answer. */
  responseTime: number
  succeeded: boolean
  /** When it was answered, in seconds on the clock of `choose`. */
  at: number
}

/**
 * A way to choose servers. It has no clock and no randomness of its own, so that the same calls make the same choices, in a
 * simulation and in a test.
 */
export interface Algorithm {
  readonly name: AlgorithmName
  /**
   * The server for a request.
   * @param servers those that may get it, at least one; they may differ from call to call
   * @param random answers a number from 0 to below 1, as Math.random
   * @param now seconds, never less than at the call before
   */
  choose<S extends ServerView>(servers: readonly [S, ...S[]], request: ChosenFor, random: () => number, now: number): S
  /** Learns from an answer. Those of each server come in their order. */
  report(outcome: Outcome): void
}

/** What an algorithm may know of a request. None of these needs it; one that keeps a client at its server would. */
export interface ChosenFor {
  client_ip: string
}

/** Whether a list has a first element. */
export function isAtLeastOne<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0
}

import type { Algorithm } from './algorithm.ts'
import { twoOf } from './without-latency.ts'

/** In seconds: after so long without an answer a peak counts for 1/e (Finagle's default decay time). */
const decaySeconds = 10
/**
 * A failure counts as an answer after so many seconds, if it did not take longer: a server that refuses at once would otherwise
 * look like the fastest, and draw all the traffic.
 */
const failureSeconds = 5
/** The cost of an open request at a server that has never answered: it is tried, and not flooded (Finagle's penalty). */
const unknownSeconds = 1

/**
 * Of two servers at random the one with the lower cost: its latency times its open requests, this one included. The latency is a
 * moving average that jumps to a peak at once and comes down slowly, so that a server which becomes slow is left alone from its
 * first slow answer on. After PeakEwma of Twitter's Finagle (com.twitter.finagle.loadbalancer.PeakEwma); the weight of an older
 * average is e^(-elapsed/decay). Failures count as slow answers.
 */
export function createPeakEwma(): Algorithm {
  const known = new Map<string, { latency: number; at: number }>()

  /** As of now: without answers an average comes down too, or a server that was slow once would never be tried again. */
  function latencyOf(server: string, now: number): number | undefined {
    const found = known.get(server)
    return found && found.latency * Math.exp(-Math.max(0, now - found.at) / decaySeconds)
  }

  return {
    name: 'peak_ewma',
    choose(servers, _, random, now) {
      const costOf = ({ id, activeConnections }: (typeof servers)[number]) => {
        const latency = latencyOf(id, now)
        if (latency === undefined) return activeConnections === 0 ? 0 : unknownSeconds + activeConnections
        return latency * (activeConnections + 1)
      }
      const [first, second] = twoOf(servers, random)
      return costOf(second) < costOf(first) ? second : first
    },
    report({ server, responseTime, succeeded, at }) {
      const measured = succeeded ? responseTime : Math.max(responseTime, failureSeconds)
      const before = known.get(server)
      if (before === undefined || measured > before.latency) {
        known.set(server, { latency: measured, at })
        return
      }
      const weight = Math.exp(-Math.max(0, at - before.at) / decaySeconds)
      known.set(server, { latency: before.latency * weight + measured * (1 - weight), at })
    }
  }
}

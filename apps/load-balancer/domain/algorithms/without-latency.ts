import type { Algorithm, ServerView } from './algorithm.ts'

const learnsNothing = { report: () => undefined }

/** Each server in turn, in the order of the list. */
export function createRoundRobin(): Algorithm {
  let next = 0
  return {
    name: 'round_robin',
    ...learnsNothing,
    choose(servers) {
      const at = next % servers.length
      next = at + 1
      return servers[at] ?? servers[0]
    }
  }
}

/** The server with the fewest open requests; among equals each in turn, so that the first ones do not get all of a quiet time. */
export function createLeastConnection(): Algorithm {
  let turn = 0
  return {
    name: 'least_connection',
    ...learnsNothing,
    choose(servers) {
      const fewest = Math.min(...servers.map(({ activeConnections }) => activeConnections))
      const equals = servers.filter(({ activeConnections }) => activeConnections === fewest)
      turn += 1
      return equals[turn % equals.length] ?? servers[0]
    }
  }
}

/**
 * Each server as often as its weight says, and spread evenly: of weights 5, 1, 1 the first is not chosen five times in a row. The
 * smooth weighted round robin of nginx (ngx_http_upstream_round_robin.c): each server gains its weight, the one that has gained
 * most is chosen and pays the sum of all.
 */
export function createWeighted(): Algorithm {
  let gained = new Map<string, number>()
  return {
    name: 'weighted',
    ...learnsNothing,
    choose(servers) {
      // What servers had gained that are away now is forgotten.
      gained = new Map(servers.map(({ id, weight }) => [id, (gained.get(id) ?? 0) + weight]))
      const best = servers.reduce((best, each) =>
        (gained.get(each.id) ?? 0) > (gained.get(best.id) ?? 0) ? each : best
      )
      const sum = servers.reduce((sum, { weight }) => sum + weight, 0)
      gained.set(best.id, (gained.get(best.id) ?? 0) - sum)
      return best
    }
  }
}

/** Any server, each with the same probability. */
export function createRandom(): Algorithm {
  return { name: 'random', ...learnsNothing, choose: (servers, _, random) => anyOf(servers, random) }
}

/**
 * Of two servers at random the one with fewer open requests (M. Mitzenmacher, The Power of Two Choices in Randomized Load
 * Balancing, IEEE TPDS 12(10), 2001): nearly as even as looking at all of them, and without the herd that runs to the one that was
 * emptiest a moment ago.
 */
export function createPowerOfTwoChoices(): Algorithm {
  return {
    name: 'power_of_two_choices',
    ...learnsNothing,
    choose(servers, _, random) {
      const [first, second] = twoOf(servers, random)
      return second.activeConnections < first.activeConnections ? second : first
    }
  }
}

/** Two different servers at random; the only one twice where there are no two. */
export function twoOf<S extends ServerView>(servers: readonly [S, ...S[]], random: () => number): [S, S] {
  const first = Math.floor(random() * servers.length)
  const step = Math.floor(random() * (servers.length - 1)) + 1
  const second = (first + step) % servers.length
  return [servers[first] ?? servers[0], servers[second] ?? servers[0]]
}

function anyOf<S extends ServerView>(servers: readonly [S, ...S[]], random: () => number): S {
  return servers[Math.floor(random() * servers.length)] ?? servers[0]
}

import type { Slow } from '#shared/contracts/cluster.ts'
import { allWhole, contradicted, type Effect, firstSince, proven, type StageWindow } from './effect.ts'
import { during, faultEvidence, seconds } from './fault-evidence.ts'
import type { Looks } from './looks.ts'
import type { Evidence } from './verdict.ts'

/** Brokers no longer answer, for any reason. */
export const brokerGone: Effect = {
  shownAs: 'node-unreachable',
  shownAt({ brokers }) {
    const moments = brokers.map((broker) => firstSince(broker, ({ nodeReachable }) => !nodeReachable))
    return moments.reduce((last, each) => (last === undefined || each === undefined ? undefined : Math.max(last, each)))
  },
  unshown: ({ node }) => `${node} keeps answering`,
  movesLeaders: true,
  evidence: (window) => contradicted(window) ?? together(window.brokers.map(faultEvidence)),
  recovered: allWhole
}

/** Like brokerGone, by a cut in the network. */
export const brokerIsolated: Effect = { ...brokerGone, looks: ['reach'] }

/** Clients are cut off from a broker that keeps its place in the cluster. */
export const clientsCut: Effect = { ...brokerIsolated, movesLeaders: false }

/** A broker and the others lose each other's packets, while it answers clients: one side leaves the other's ISRs. */
export const peersCut: Effect = {
  looks: ['reach'],
  shownAs: 'followers-cut',
  shownAt: (window) => earliest(isrShrunk(window), firstBlocked(window)),
  unshown: ({ node }) => `every replica stays in sync, and ${node} reaches the other brokers`,
  movesLeaders: false,
  evidence: (window) =>
    contradicted(window) ??
    cutEvidence(window, isrShrunk(window), 'a replica left its ISR', 'every replica stayed in sync'),
  recovered: allWhole
}

/** A broker is cut off from ZooKeeper or the controllers and still answers clients: it loses its leaderships. */
export const metadataCut: Effect = {
  ...peersCut,
  shownAs: 'node-fenced',
  shownAt: (window) => earliest(lostLeaders(window), firstBlocked(window)),
  unshown: ({ node }) => `${node} keeps its leaderships, and reaches the metadata`,
  movesLeaders: true,
  evidence: (window) =>
    contradicted(window) ??
    cutEvidence(window, lostLeaders(window), 'its leaders moved', 'it kept its leaderships, or had none')
}

function isrShrunk(window: StageWindow): number | undefined {
  return firstSince(window, ({ isrWhole, nodeReachable }) => nodeReachable && !isrWhole)
}

function lostLeaders(window: StageWindow): number | undefined {
  if (window.leadersOnNodeBefore === 0) return undefined
  return firstSince(window, ({ leadersOnNode, nodeReachable }) => nodeReachable && leadersOnNode === 0)
}

function blockedLooks(window: StageWindow) {
  const concerns = (link: string) => link.split(' ').includes(window.node)
  return during(window.looks.reach, window).filter(({ blocked }) => blocked.some(concerns))
}

function firstBlocked(window: StageWindow): number | undefined {
  return blockedLooks(window)[0]?.atMs
}

function earliest(...moments: (number | undefined)[]): number | undefined {
  const known = moments.filter((each) => each !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** The evidence of a cut is its effect on the topic, or connections between the nodes that cannot be opened. */
function cutEvidence(window: StageWindow, shownAtMs: number | undefined, shown: string, unshown: string) {
  const blocked = blockedLooks(window).length
  const tried = during(window.looks.reach, window).length
  const rules = proven(window)
  const effect = shownAtMs === undefined ? unshown : `${shown} after ${seconds(shownAtMs, window.injectedAtMs)}`
  const reach = `${blocked} of ${tried} looks from within the nodes found connections of ${window.node} closed`
  return {
    confirmed: shownAtMs !== undefined || (tried > 0 && blocked === tried),
    detail: [`${window.node} was cut off: ${effect}`, reach, ...(rules === undefined ? [] : [rules])].join('; ')
  }
}

/** The network of a broker is slow. Its rules are read back, and its answers are measured. */
export function slowed({ delayMs }: Slow): Effect {
  const leastRise = (delayMs ?? 0) * 2 * 0.8
  const rise = (window: StageWindow) => {
    const { injectedAtMs } = window
    const before = window.looks.answers.filter(({ atMs }) => injectedAtMs === null || atMs < injectedAtMs)
    const [was, is] = [medianOf(before), medianOf(during(window.looks.answers, window))]
    return was === undefined || is === undefined ? undefined : { was, is, by: is - was }
  }
  return {
    looks: ['answers'],
    shownAs: 'network-slow',
    shownAt: (window) => during(window.looks.proofs, window).find(({ holds }) => holds)?.atMs,
    unshown: ({ node }) => `the network of ${node} shows no rules`,
    movesLeaders: false,
    evidence(window) {
      const no = contradicted(window)
      if (no) return no
      const [rules, change] = [proven(window), rise(window)]
      const measured =
        change === undefined
          ? 'its answers could not be measured'
          : `half of its answers took ${Math.round(change.was)} ms before, and ${Math.round(change.is)} ms while it held`
      const isSlower = delayMs === undefined || (change !== undefined && change.by >= leastRise)
      return { confirmed: rules !== undefined && isSlower, detail: `${rules ?? 'no rules could be read'}; ${measured}` }
    },
    recovered: allWhole
  }
}

function medianOf(answers: Looks['answers']): number | undefined {
  // An answer that did not come took longest.
  const times = answers.map(({ tookMs }) => tookMs ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  return times[Math.floor(times.length / 2)]
}

function together(evidence: readonly Evidence['fault'][]): Evidence['fault'] {
  const failed = evidence.filter(({ confirmed }) => !confirmed)
  const decisive = failed.length > 0 ? failed : evidence
  return { confirmed: failed.length === 0, detail: decisive.map(({ detail }) => detail).join('; ') }
}

/** A broker can write nothing to its disk, and stops itself. */
export const diskFull: Effect = {
  ...brokerGone,
  shownAs: 'node-out',
  shownAt: (window) => earliest(brokerGone.shownAt(window), lostLeaders(window), isrShrunk(window)),
  unshown: ({ node }) => `${node} goes on as before`,
  evidence(window) {
    const no = contradicted(window)
    if (no) return no
    const out = diskFull.shownAt(window)
    const rules = proven(window)
    const detail =
      out === undefined
        ? `${window.node} went on as before`
        : `${window.node} was out after ${seconds(out, window.injectedAtMs)}`
    return { confirmed: out !== undefined, detail: rules === undefined ? detail : `${detail}; ${rules}` }
  }
}

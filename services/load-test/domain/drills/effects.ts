import type { Slow } from '#shared/contracts/cluster.ts'
import { type FaultWindow, faultEvidence, returned } from './fault-evidence.ts'
import type { LookKind, Looks } from './looks.ts'
import { firstMoment, type Observation } from './observation.ts'
import type { Participant } from './participants.ts'
import type { Evidence } from './verdict.ts'

/** A stage while its fault holds and after it is healed, as far as it has come. */
export interface StageWindow extends FaultWindow {
  /** One for each broker that the stage is about; the first is the window itself. */
  brokers: readonly FaultWindow[]
  looks: Looks
  participants: readonly Participant[]
}

/** How the effect of a stage's fault shows, and how its end does. To add one, add a row and its test. */
export interface Effect {
  /** What is looked at for it, beside the brokers' answers. */
  looks?: readonly LookKind[]
  /** The event of the timeline when it shows. */
  shownAs: string
  /** When it first showed, in monotonic milliseconds; undefined if it has not shown yet. */
  shownAt(window: StageWindow): number | undefined
  /** What is seen instead. */
  unshown(window: StageWindow): string
  /** Whether the node's leaders move away. */
  movesLeaders: boolean
  /** Whether the fault took effect and held, judged by what is seen from outside its injector. */
  evidence(window: StageWindow): Evidence['fault']
  /** The events of the timeline when it has recovered and when it has not; absent: those of replicas that are in sync. */
  recoveredAs?: readonly [whole: string, notWhole: string]
  /** Whether the last observations show that the cluster has recovered. Asked after healing. */
  recovered(window: StageWindow): boolean
}

type Times = Pick<FaultWindow, 'injectedAtMs' | 'healedAtMs'>

/** What was looked at while the fault held. */
function during<Look extends { atMs: number }>(looks: readonly Look[], { injectedAtMs, healedAtMs }: Times): Look[] {
  if (injectedAtMs === null) return []
  return looks.filter(({ atMs }) => atMs >= injectedAtMs && (healedAtMs === null || atMs < healedAtMs))
}

/** The first moment since the fault was requested, and before healing, at which an observation shows something. */
function firstSince(
  { observations, injectedAtMs, healedAtMs }: FaultWindow,
  condition: (seen: Observation) => boolean
): number | undefined {
  return injectedAtMs === null ? undefined : firstMoment(observations, condition, injectedAtMs, healedAtMs)
}

/** Whether the last observation since the healing was requested satisfies a condition. */
function isSeenHealed({ observations, healedAtMs }: FaultWindow, condition: (seen: Observation) => boolean): boolean {
  if (healedAtMs === null) return false
  const last = observations.at(-1)
  return last !== undefined && last.atMs >= healedAtMs && condition(last)
}

const isWhole = ({ isrWhole, nodeReachable, leaderless }: Observation) => isrWhole && nodeReachable && leaderless === 0
const allWhole = ({ brokers }: StageWindow) => brokers.every((broker) => isSeenHealed(broker, isWhole))

/** The agent's reading must not contradict: a fault that its node does not show is none. */
function contradicted(window: StageWindow): Evidence['fault'] | undefined {
  if (window.injectedAtMs === null) return { confirmed: false, detail: 'no fault was injected' }
  if (window.lost !== undefined) return { confirmed: false, detail: window.lost }
  const missing = during(window.looks.proofs, window).find(({ holds }) => !holds)
  return missing && { confirmed: false, detail: `the fault did not hold: ${missing.detail}` }
}

function proven({ looks, ...window }: StageWindow): string | undefined {
  return during(looks.proofs, window).at(-1)?.detail
}

function together(evidence: readonly Evidence['fault'][]): Evidence['fault'] {
  const failed = evidence.filter(({ confirmed }) => !confirmed)
  const told = failed.length > 0 ? failed : evidence
  return { confirmed: failed.length === 0, detail: told.map(({ detail }) => detail).join('; ') }
}

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

/** A broker is cut off from ZooKeeper or the controllers, and goes on answering clients: it loses its leaderships. */
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

/** A cut is proven by what it does to the topic, or by connections between the nodes that cannot be opened. */
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

/** A node of ZooKeeper no longer serves, while the others and the brokers do. */
export const ensembleNodeGone: Effect = {
  looks: ['ensemble'],
  shownAs: 'ensemble-node-gone',
  shownAt: (window) => during(window.looks.ensemble, window).find(isWithout(window.node))?.atMs,
  unshown: ({ node }) => `${node} keeps serving`,
  movesLeaders: false,
  evidence: (window) =>
    contradicted(window) ??
    held(window, isWithout(window.node), ({ serving }) => serving.includes(window.node), {
      never: `${window.node} kept serving`,
      again: `${window.node} served again before the fault was healed`,
      shown: `${window.node} stopped serving, and the others had a quorum`
    }),
  recovered: (window) => window.looks.ensemble.some(isServingAgain(window)) && allWhole(window)
}

/** No majority of ZooKeeper or of the controllers is left, while brokers go on. */
export const quorumGone: Effect = {
  looks: ['ensemble'],
  shownAs: 'quorum-lost',
  shownAt: (window) => during(window.looks.ensemble, window).find(isWithoutQuorum)?.atMs,
  unshown: () => 'there still is a quorum',
  movesLeaders: false,
  evidence: (window) =>
    contradicted(window) ??
    held(window, isWithoutQuorum, ({ hasQuorum }) => hasQuorum === true, {
      never: 'there was a quorum all the time',
      again: 'there was a quorum again before the fault was healed',
      shown: 'no quorum answered'
    }),
  recovered(window) {
    const last = window.looks.ensemble.at(-1)
    const { healedAtMs } = window
    return healedAtMs !== null && last?.hasQuorum === true && last.atMs >= healedAtMs && allWhole(window)
  }
}

type EnsembleLook = Looks['ensemble'][number]

const isWithoutQuorum = ({ hasQuorum }: EnsembleLook) => hasQuorum === false

function isWithout(node: string) {
  return ({ serving }: EnsembleLook) => serving.length > 0 && !serving.includes(node)
}

function isServingAgain({ node, healedAtMs }: StageWindow) {
  return ({ atMs, serving }: EnsembleLook) => healedAtMs !== null && atMs >= healedAtMs && serving.includes(node)
}

/**
 * Whether something showed in the looks at the ensemble, and its contrary did not until the fault was healed. A look may show
 * neither: while the nodes that are left elect a leader, nobody serves.
 */
function held(
  window: StageWindow,
  shows: (look: EnsembleLook) => boolean,
  contrary: (look: EnsembleLook) => boolean,
  words: { never: string; again: string; shown: string }
): Evidence['fault'] {
  const looks = during(window.looks.ensemble, window)
  const from = looks.findIndex(shows)
  const first = looks[from]
  if (!first) return { confirmed: false, detail: words.never }
  if (returned(looks.slice(from), window, contrary)) return { confirmed: false, detail: words.again }
  // An observation holds until the next one: the last before the fault counts, too.
  const seen = window.observations.findLast(({ atMs }) => atMs <= first.atMs)
  const answering = [...(seen ? [seen] : []), ...during(window.observations, window)]
  const least = Math.min(...answering.map(({ brokersReachable }) => brokersReachable))
  const went = answering.length === 0 ? 'whether brokers went on is unknown' : `${least} broker(s) went on`
  const after = seconds(first.atMs, window.injectedAtMs)
  return {
    confirmed: true,
    detail: `${words.shown} ${after} after the fault was requested; ${went}`
  }
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

function seconds(atMs: number, fromMs: number | null): string {
  return `${(Math.max(0, atMs - (fromMs ?? atMs)) / 1000).toFixed(1)} s`
}

import { allWhole, contradicted, type Effect, type StageWindow } from './effect.ts'
import { during, returned, seconds } from './fault-evidence.ts'
import type { Looks } from './looks.ts'
import type { Evidence } from './verdict.ts'

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

/** No majority of ZooKeeper or of the controllers is left, while brokers continue. */
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
 * Whether an effect showed in the observations of the ensemble, and its contrary did not until the fault was healed. One may show
 * neither: while the remaining nodes elect a leader, none serves.
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

import type { ComparedRun } from '#shared/contracts/compared-runs.ts'
import type { LoadTestComparison } from '#shared/contracts/load-comparison.ts'
import { runsNeeded } from '../statistics/comparison.ts'
import { type PartDifference, partDifferences } from './fingerprint.ts'

/** Why something is not compared. */
export type Reason = LoadTestComparison['refusals'][number]

/** As many names as a person reads. */
const namedAtMost = 6

/** Why runs are no side of any comparison; empty if they are one. @param name of the side, for people */
export function refusalsOfSide(name: string, runs: readonly ComparedRun[]): Reason[] {
  const refusals: Reason[] = []
  const refuse = (reason: Reason['reason'], message: string) => refusals.push({ reason, message })

  const incomplete = runs.filter(({ status }) => status !== 'completed')
  if (incomplete.length > 0) {
    const names = incomplete.map(({ id, status }) => `${id} (${status})`)
    refuse('notCompleted', `Not all runs of ${name} are completed: ${listed(names)}`)
  }
  const old = runs.filter(({ fingerprint, workloadHash }) => fingerprint === null || workloadHash === null)
  if (old.length > 0) {
    const ids = listed(old.map(({ id }) => id))
    refuse('noFingerprint', `It is not known what these runs of ${name} were made in: ${ids}`)
  }
  if (runs.length < runsNeeded) {
    refuse('tooFewRuns', `${name} has ${counted(runs.length)}, and a comparison needs ${runsNeeded} on each side`)
  }
  const workloads = new Map(runs.map(({ workload, workloadHash }) => [workloadHash, `${workload} (${workloadHash})`]))
  if (workloads.size > 1) refuse('workloadsMixed', `${name} has several workloads: ${listed([...workloads.values()])}`)
  const mixed = differencesWithin(runs)
  if (mixed.length > 0) {
    refuse('environmentMixed', `The runs of ${name} were not made in one environment: ${inWords(mixed)}`)
  }
  return refusals
}

function differencesWithin([first, ...others]: readonly ComparedRun[]): PartDifference[] {
  const differences = others.flatMap(({ fingerprint }) =>
    first?.fingerprint && fingerprint ? partDifferences(first.fingerprint.parts, fingerprint.parts) : []
  )
  return [...new Map(differences.map((each) => [each.part, each])).values()]
}

export function inWords(differences: readonly PartDifference[]): string {
  return listed(differences.map(({ part, a, b }) => `${part} (${a ?? 'unknown'}, ${b ?? 'unknown'})`))
}

export function listed(names: readonly string[]): string {
  const more = names.length - namedAtMost
  return [...names.slice(0, namedAtMost), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

export function counted(runs: number): string {
  return `${runs} run${runs === 1 ? '' : 's'}`
}

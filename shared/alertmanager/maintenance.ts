import type { MaintenanceWindow } from '../contracts/maintenance.ts'
import { matcherText } from './matchers.ts'
import type { LabelMatcher, Silence } from './port.ts'

type Labels = readonly (readonly [name: string, value: string])[]

/** A silence needs a condition that not every label set meets: every alert has a name. */
const everyAlert: LabelMatcher = { label: 'alertname', operator: '=~', value: '.+' }

/**
 * The active silences for alerts of this cluster, the first to end first: those of `kops maintenance` and any other.
 * @param labels of this cluster's alerts; a silence that requires a different value for one belongs to another cluster
 */
export function activeWindows(silences: readonly Silence[], labels: Labels): MaintenanceWindow[] {
  return silences
    .filter(({ state, matchers }) => state === 'active' && !isElsewhere(matchers, labels))
    .sort((a, b) => Date.parse(a.endsAt) - Date.parse(b.endsAt))
    .map((silence) => toWindow(silence, labels))
}

function isElsewhere(matchers: readonly LabelMatcher[], labels: Labels): boolean {
  return labels.some(([name, value]) =>
    matchers.some((matcher) => matcher.label === name && matcher.operator === '=' && matcher.value !== value)
  )
}

function toWindow({ id, startsAt, endsAt, createdBy, comment, matchers }: Silence, labels: Labels): MaintenanceWindow {
  return {
    id,
    startsAt,
    until: endsAt,
    by: createdBy,
    reason: comment,
    what: describeMatchers(matchers, labels),
    matchers
  }
}

/** Which alerts matchers mean, in one line. The labels of the cluster say nothing new. */
export function describeMatchers(matchers: readonly LabelMatcher[], labels: Labels): string {
  const own = new Set([
    ...labels.map(([label, value]) => matcherText({ label, operator: '=', value })),
    matcherText(everyAlert)
  ])
  const telling = matchers.map(matcherText).filter((text) => !own.has(text))
  return telling.length === 0 ? 'every alert' : telling.join(' and ')
}

export interface WindowChoice {
  node?: string | undefined
  matchers?: readonly LabelMatcher[] | undefined
}

/** The conditions of a window: the cluster's labels, the node, and what else was chosen; every alert where nothing was. */
export function windowMatchers({ node, matchers = [] }: WindowChoice, labels: Labels): LabelMatcher[] {
  const chosen = [
    ...labels.map(([label, value]): LabelMatcher => ({ label, operator: '=', value })),
    // prometheus.yml gives this label to every alert that names a node.
    ...(node === undefined ? [] : [{ label: 'node', operator: '=' as const, value: node }]),
    ...matchers
  ]
  return chosen.length > labels.length ? chosen : [...chosen, everyAlert]
}

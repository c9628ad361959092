import type { Drill } from '#shared/contracts/drills.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { drillState, runState } from '../pages/job-states.ts'
import { generalActions } from './actions.ts'
import { addresses, addressOf, navigation } from './pages.ts'

/** Something that the palette leads to. */
export interface PaletteEntry {
  kind: 'page' | 'topic' | 'group' | 'broker' | 'run' | 'action'
  label: string
  /** Its address; that of an action opens something, and never carries anything out. */
  to: string
}

export const pageEntries: readonly PaletteEntry[] = navigation
  .flat()
  .map(({ name, label }) => ({ kind: 'page', label, to: `/${name}` }))

export const actionEntries: readonly PaletteEntry[] = generalActions.map(({ label, to }) => ({
  kind: 'action',
  label,
  to
}))

export const topicEntry = (name: string): PaletteEntry => ({ kind: 'topic', label: name, to: addresses.topic(name) })
export const groupEntry = (name: string): PaletteEntry => ({ kind: 'group', label: name, to: addresses.group(name) })
export const brokerEntry = (id: number, name: string): PaletteEntry => ({
  kind: 'broker',
  label: name,
  to: addresses.broker(id)
})

export const drillEntry = (drill: Drill): PaletteEntry => {
  const { id, kind, node, request } = drill
  const into = request?.topic === undefined ? '' : ` into ${request.topic}`
  return {
    kind: 'run',
    label: `Drill ${kind} on ${node}${into}: ${drillState(drill).word}, ${id}`,
    to: addresses.drill(id)
  }
}
export const loadTestEntry = (run: LoadTestRun): PaletteEntry => {
  const { id, topic, workload } = run
  const name = workload ? `${workload.name} ` : ''
  return {
    kind: 'run',
    label: `Load test ${name}into ${topic}: ${runState(run).word}, ${id}`,
    to: addressOf(['load', id])
  }
}
export const gameDayEntry = (gameDay: GameDay): PaletteEntry => {
  const { id, name } = gameDay
  return { kind: 'run', label: `Game day ${name}: ${drillState(gameDay).word}, ${id}`, to: addresses.gameDay(id) }
}

/**
 * The entries that have all words of a text, best first: those that are the text, begin with it, have a word that begins with it, have it
 * anywhere.
 */
export function matchingEntries(entries: readonly PaletteEntry[], text: string, most = 30): PaletteEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return entries
    .map((entry, index) => ({ entry, index, rank: rankOf(entry.label.toLowerCase(), words) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || a.index - b.index)
    .slice(0, most)
    .map(({ entry }) => entry)
}

function rankOf(label: string, words: readonly string[]): number | undefined {
  let rank = 0
  for (const word of words) {
    const at = label.indexOf(word)
    if (at < 0) return undefined
    const startsWord = at === 0 || /[^a-z0-9]/.test(label[at - 1] ?? '')
    rank += label === word ? 0 : at === 0 ? 1 : startsWord ? 2 : 3
  }
  return rank
}

import type { CatalogChange, CatalogResult } from '#shared/contracts/catalog.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { Asked, FieldText } from '../format/asked.ts'
import type { MarkedState } from '../format/mark.ts'
import { counted } from '../format/numbers.ts'

/** What a catalog and the cluster say differently about a topic. */
export interface TopicDiff {
  topic: string
  changes: CatalogChange[]
  /** Overrides that the catalog does not name; they stay. */
  drift: readonly (readonly [name: string, value: string])[]
  /** What is wrong with it, by a policy for example. */
  warnings: Warning[]
}

export interface CatalogDiff {
  /** Refused ones first, then those that change, then those with drift or warnings alone. */
  topics: TopicDiff[]
  /** Topics that are as the catalog says. */
  same: number
  /** Warnings that concern none of the topics. */
  warnings: Warning[]
}

/** A plan by topic. */
export function catalogDiff({ changes, drift, warnings }: CatalogResult): CatalogDiff {
  const differing = changes.filter(({ action }) => action !== 'none')
  const declared = new Set(changes.map(({ topic }) => topic))
  const ofTopic = ({ target }: Warning) => target !== undefined && declared.has(target)
  const names = new Set([
    ...differing.map(({ topic }) => topic),
    ...drift.map(({ topic }) => topic),
    ...warnings.filter(ofTopic).map(({ target = '' }) => target)
  ])
  const topics = [...names].map((topic) => ({
    topic,
    changes: differing.filter((change) => change.topic === topic),
    drift: Object.entries(drift.find((each) => each.topic === topic)?.configs ?? {}),
    warnings: warnings.filter(({ target }) => target === topic)
  }))
  const rank = ({ changes }: TopicDiff) =>
    changes.some(({ action }) => action === 'refuse') ? 0 : changes.length > 0 ? 1 : 2
  return {
    topics: topics.sort((a, b) => rank(a) - rank(b) || (a.topic < b.topic ? -1 : 1)),
    same: changes.length - differing.length,
    warnings: warnings.filter((warning) => !ofTopic(warning))
  }
}

/** Changes that applying the catalog would make; deletions are among them only if they are asked for. */
export function changesToMake({ changes }: Pick<CatalogResult, 'changes'>, allowDelete: boolean): number {
  const left = ['none', 'refuse', ...(allowDelete ? [] : ['delete'])]
  return changes.filter(({ action }) => !left.includes(action)).length
}

/** How far a catalog and the cluster agree. */
export function catalogState(result: CatalogResult): MarkedState {
  const refused = result.changes.filter(({ action }) => action === 'refuse').length
  const [changes, all] = [changesToMake(result, false), changesToMake(result, true)]
  if (refused > 0) return { mark: 'down', word: `${counted(refused, 'topic')} cannot match` }
  if (changes > 0) return { mark: 'degraded', word: `${counted(changes, 'change')} to make` }
  if (all > 0) return { mark: 'degraded', word: `${counted(all, 'topic')} to remove` }
  return { mark: 'healthy', word: 'as declared' }
}

/** What a form asks of an application. */
export type ApplyChoice = { allowDelete?: true; force?: true; reason?: string }

/**
 * How a catalog is to be applied. Topics under `remove` are deleted only where that is ticked, and the catalog's name typed.
 *
 */
export function applyChoice(catalog: string, text: FieldText): Asked<ApplyChoice> {
  const [allowDelete, force] = [text('delete') !== '', text('force') !== '']
  const reason = text('reason')
  if (allowDelete && text('name') !== catalog) return { message: `type ${catalog} to have topics deleted` }
  if (force && reason === '') return { message: 'the reason is missing: force needs one' }
  return { asked: { ...(allowDelete && { allowDelete }), ...(force && { force }), ...(reason !== '' && { reason }) } }
}

import type { Discard, LetterSpan, Replay } from '#shared/contracts/dead-letter-changes.ts'
import type { Letter, LetterQuery } from '#shared/contracts/dead-letters.ts'
import type { Asked, FieldText } from '../format/asked.ts'

/** What the letters of a queue can be chosen by, as the page's address names it. */
export const letterStatuses = ['undecided', 'unconfirmed', 'replayed', 'discarded', 'all'] as const
const limit = 50

/** What the API is asked for; values as text, because parsed integers beyond 2^53 would be rounded. */
export function letterQuery(search: URLSearchParams): LetterQuery {
  const text = (name: string) => search.get(name)?.trim() || undefined
  const status = letterStatuses.find((each) => each === search.get('status'))
  const [error, originTopic, partition] = [text('error'), text('origin'), text('p')]
  return {
    ...(status && { status }),
    ...(error && { error }),
    ...(originTopic && { originTopic }),
    ...(partition && /^\d{1,9}$/.test(partition) && { partition: Number(partition) }),
    ...(search.get('from') === 'latest' && { from: 'latest' as const }),
    limit,
    format: 'text'
  }
}

/** A class of Java without its package: `DataException`. */
export function shortClass(name: string): string {
  return name.replace(/^(?:[a-z_][\w$]*\.)+(?=[A-Z])/, '')
}

export interface ErrorClass {
  /** As the headers have it; null: they name none. */
  errorClass: string | null
  letters: number
}

/** How many of these letters died of what, the most frequent first. */
export function errorClasses(letters: readonly Pick<Letter, 'origin'>[]): ErrorClass[] {
  const groups = Map.groupBy(letters, ({ origin }) => origin.errorClass)
  return [...groups]
    .map(([errorClass, all]) => ({ errorClass, letters: all.length }))
    .sort((a, b) => b.letters - a.letters || ((a.errorClass ?? '') < (b.errorClass ?? '') ? -1 : 1))
}

/** Letters by their places, as `kops dlq` takes them: `0:12-40 2:7`. @returns undefined if one is none */
export function letterSpans(text: string): LetterSpan[] | undefined {
  const words = text.split(/[\s,]+/).filter(Boolean)
  const spans = words.map((word) => {
    const [, partition, from, to] = /^(\d{1,9}):(\d{1,15})(?:-(\d{1,15}))?$/.exec(word) ?? []
    if (partition === undefined || from === undefined) return undefined
    return { partition: Number(partition), from: Number(from), ...(to === undefined ? {} : { to: Number(to) }) }
  })
  return spans.every((span) => span !== undefined) ? spans : undefined
}

/** What a form has chosen to discard. */
export function discardRequest(text: FieldText): Asked<Discard> {
  const spans = letterSpans(text('letters'))
  if (spans === undefined) return { message: 'letters are places such as 0:12 or 0:12-40' }
  const most = wholeNumber(text('limit'), 100_000)
  if (most === null) return { message: 'the number of letters is none between 1 and 100 000' }
  const partition = wholeNumber(text('p'), 999_999_999, 0)
  if (partition === null) return { message: 'the partition is not a number' }
  const force = text('force') !== ''
  const reason = text('reason')
  if (force && reason === '') return { message: 'the reason is missing: letters that are decided on need one' }
  return {
    asked: {
      ...(spans.length > 0 && { letters: spans }),
      ...(partition !== undefined && { partition }),
      ...(text('error') && { error: text('error') }),
      ...(text('origin') && { originTopic: text('origin') }),
      ...(most !== undefined && { limit: most }),
      ...(text('unconfirmed') !== '' && { includeUnconfirmed: true }),
      ...(force && { force }),
      ...(reason !== '' && { reason })
    }
  }
}

/** What a form has chosen to replay. */
export function replayRequest(text: FieldText): Asked<Replay> {
  const chosen = discardRequest(text)
  if ('message' in chosen) return chosen
  const rate = wholeNumber(text('rate'), 100_000)
  if (rate === null) return { message: 'the rate is no number of letters a second between 1 and 100 000' }
  const to = text('to')
  return { asked: { ...chosen.asked, ...(to && { to }), ...(rate !== undefined && { maxPerSecond: rate }) } }
}

/** @returns undefined: none is given; null: it is none */
function wholeNumber(text: string, most: number, least = 1): number | undefined | null {
  if (text === '') return undefined
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  return value >= least && value <= most ? value : null
}

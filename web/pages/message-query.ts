import type { BrowseQuery } from '#shared/contracts/messages.ts'
import { parseTime, type Zone } from '../format/time.ts'

/** What somebody looks for among the records of a topic, as the page's address has it. */
export interface MessageSearch {
  /** `latest`, `earliest`, `@123` (an offset), or a time. */
  from: string
  partition: string
  key: string
  value: string
  limit: string
}

export const messageLimits = ['20', '50', '200', '1000'] as const

export function messageSearch(search: URLSearchParams): MessageSearch {
  return {
    from: search.get('from') ?? 'latest',
    partition: search.get('p') ?? '',
    key: search.get('key') ?? '',
    value: search.get('value') ?? '',
    limit: search.get('limit') ?? '50'
  }
}

/** What the API is asked for, or the field that it could not be asked for, and why. */
export type AskedFor = { query: BrowseQuery } | { field: keyof MessageSearch; message: string }

/** Values are asked for as text: parsed, integers beyond 2^53 would be rounded on their way. */
export function browseQuery({ from, partition, key, value, limit }: MessageSearch, zone: Zone): AskedFor {
  const place = placeOf(from.trim(), zone)
  if (place === undefined) {
    return {
      field: 'from',
      message: 'is neither latest, earliest, an offset like @123, nor a time like 2026-01-31 12:34'
    }
  }
  if (!/^\d{0,9}$/.test(partition)) return { field: 'partition', message: 'is not a number' }
  if (place.from === 'offset' && partition === '') {
    return { field: 'partition', message: 'is missing: an offset is a place in one partition' }
  }
  return {
    query: {
      ...place,
      ...(partition === '' ? {} : { partition: Number(partition) }),
      ...(key === '' ? {} : { keyContains: key }),
      ...(value === '' ? {} : { valueContains: value }),
      limit: messageLimits.some((each) => each === limit) ? Number(limit) : 50,
      format: 'text'
    }
  }
}

function placeOf(from: string, zone: Zone): Pick<BrowseQuery, 'from' | 'offset' | 'timestamp'> | undefined {
  if (from === 'latest' || from === 'earliest') return { from }
  const offset = /^@(\d{1,16})$/.exec(from)?.[1]
  if (offset !== undefined) return { from: 'offset', offset: Number(offset) }
  const at = parseTime(from, zone)
  return at && { from: 'timestamp', timestamp: at.toISOString() }
}

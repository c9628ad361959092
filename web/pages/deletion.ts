import type { DeleteTopicQuery } from '#shared/contracts/topic-deletions.ts'

/** What somebody decides about a deletion. */
export interface Choices {
  /** Empty: now */
  grace: string
  reason: string
  /** Although it is in use. */
  force: boolean
  /** The name, as they have typed it. */
  typed: string
}

/** How long a deletion can be cancelled, by the API's words for it. */
export const graces: Record<string, string> = { '15m': '15 minutes', '1h': 'an hour', '1d': 'a day' }

export function deletionQuery({ grace, reason, force }: Choices): Pick<DeleteTopicQuery, 'grace' | 'reason' | 'force'> {
  const given = reason.trim()
  return { ...(grace !== '' && { grace }), ...(given !== '' && { reason: given }), ...(force && { force }) }
}

/** What is still to do before a topic can be deleted. */
export function lacksToDelete(topic: string, { typed, reason, force }: Choices, inUse: boolean): string | undefined {
  if (inUse && !force) return 'It is in use: say that it is to be deleted all the same.'
  if (inUse && reason.trim() === '') return 'It is in use: give a reason.'
  return typed === topic ? undefined : `Type ${topic}.`
}

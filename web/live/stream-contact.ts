/** Whether the stream of health-service stands, as a tab knows it. */
export interface StreamContact {
  /** When anything last arrived, by this machine's clock; undefined: nothing has. */
  contactAt: number | undefined
  /** When the stream was lost; undefined: it stands. */
  lostAt: number | undefined
}

export const noContactYet: StreamContact = { contactAt: undefined, lostAt: undefined }

/** A stream that is quiet for longer than this is lost: there is a ping every 15 s. */
export const silentMs = 40_000

/** Since when changes do not arrive by themselves; undefined: they do, as far as is known. */
export function silentSince({ contactAt, lostAt }: StreamContact, now: number): number | undefined {
  if (lostAt !== undefined) return lostAt
  return contactAt !== undefined && now - contactAt > silentMs ? contactAt : undefined
}

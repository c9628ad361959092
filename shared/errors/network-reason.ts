/** Why a connection failed, without an address: the caller adds the target. */
const words: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be resolved right now',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out'
}

/** The words for a network error's code; undefined for another code. */
export function networkReason(code: unknown): string | undefined {
  const said = typeof code === 'string' ? words[code] : undefined
  return said && `${said} (${code})`
}

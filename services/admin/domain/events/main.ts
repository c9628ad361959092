import type { Main } from '#shared/contracts/events.ts'

/** Where the service runs. */
export type Pod = Main['pod']

/**
 * The answer of `GET /`.
 * @param addresses of the connection, and those that trusted proxies report, the nearest to this service first; the last is the
 * user's
 */
export function describeCaller(addresses: readonly string[], pod: Pod, now: Date): Main {
  const [userIp = '', ...proxies] = addresses.toReversed()
  return { timestamp: now.toISOString(), user_ip: userIp, proxy_chain: proxies, pod }
}

import rateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import { KopsError } from '../errors/catalog.ts'

export interface RateLimitOptions {
  /** Requests that one address may send in a minute; 0: any number. */
  perMinute: number
}

/** Bounds what one address may ask, before anything else is done for it: guessing tokens is bounded by it too. */
export const rateLimitPlugin = fp<RateLimitOptions>(
  async (app, { perMinute }) => {
    if (perMinute === 0) return
    await app.register(rateLimit, { global: false })
    const take = app.createRateLimit({ max: perMinute, timeWindow: 60_000 })
    // A hook of the whole app, and not of its routes: those run after the one that finds out who asks.
    app.addHook('onRequest', async (request, reply) => {
      const limit = await take(request)
      if (limit.isAllowed || !limit.isExceeded) return
      reply.header('retry-after', limit.ttlInSeconds)
      throw new KopsError(
        'rate_limited',
        `${perMinute} requests a minute are allowed; try again in ${limit.ttlInSeconds} s`
      )
    })
  },
  { name: 'rate-limit', dependencies: ['errors'] }
)

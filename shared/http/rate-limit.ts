import rateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import { KopsError } from '../errors/catalog.ts'

export interface RateLimitOptions {
  /** Maximum requests per minute from one address; 0: unlimited. */
  perMinute: number
}

/** Limits the requests of one address before any other work, which also limits guessing tokens. */
export const rateLimitPlugin = fp<RateLimitOptions>(
  async (app, { perMinute }) => {
    if (perMinute === 0) return
    await app.register(rateLimit, { global: false })
    const take = app.createRateLimit({ max: perMinute, timeWindow: 60_000 })
    // A hook of the whole app instead of its routes, whose hooks run after authentication.
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

import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { request } from 'undici'

const AnswerSchema = Type.Object({
  access_token: Type.String({ minLength: 1 }),
  expires_in: Type.Optional(Type.Number({ minimum: 0 }))
})

const timeoutMs = 5000
/** A token is used until this share of its life is over. */
const usedShare = 0.8

export interface TokenSourceOptions {
  /** The token endpoint. */
  url: string
  clientId: string
  clientSecret: () => string
  scope?: string | undefined
}

/**
 * Tokens of the client credentials grant (RFC 6749, 4.4), one until it is about to expire, for all connections.
 * The function rejects with an Error that has no secret in it.
 */
export function createTokenSource({ url, clientId, clientSecret, scope }: TokenSourceOptions): () => Promise<string> {
  let current: { token: Promise<string>; until: number } | undefined

  async function ask(): Promise<{ token: string; lifeMs: number }> {
    const credentials = [clientId, clientSecret()].map(encodeURIComponent).join(':')
    const response = await request(url, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json'
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }).toString(),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs
    })
    if (response.statusCode !== 200) {
      await response.body.dump()
      throw new Error(`KOPS_KAFKA_SASL_TOKEN_URL answered ${response.statusCode}`)
    }
    const answer: unknown = await response.body.json().catch(() => undefined)
    if (!Value.Check(AnswerSchema, answer)) throw new Error('KOPS_KAFKA_SASL_TOKEN_URL answered without a token')
    return { token: answer.access_token, lifeMs: (answer.expires_in ?? 0) * 1000 }
  }

  return () => {
    if (current && performance.now() < current.until) return current.token
    const asked = ask()
    const mine = { token: asked.then(({ token }) => token), until: Number.POSITIVE_INFINITY }
    current = mine
    asked.then(
      ({ lifeMs }) => {
        mine.until = performance.now() + lifeMs * usedShare
      },
      () => {
        if (current === mine) current = undefined
      }
    )
    return mine.token
  }
}

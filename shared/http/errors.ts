import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Problem } from '../contracts/common.ts'
import { type ErrorCode, fieldError, isKopsError, KopsError } from '../errors/catalog.ts'
import { storageError } from '../files/storage-error.ts'

/** Fastify's own error codes, in the words of the catalog. */
const fastifyCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'validation_failed',
  FST_ERR_MAX_PARAM_LENGTH: 'validation_failed'
}

const loggedErrors = 5
/** As long as the addresses that Node accepts; only tests send longer ones. */
const longestInstance = 16_384

export interface ErrorsOptions {
  /** The service that offers a path which this one does not. */
  elsewhere?: (path: string) => { name: string; url: string } | undefined
}

/** Answers every error as RFC 9457 problem+json. A 5xx that is not of the catalog is logged and answered as `internal`. */
export const errorsPlugin = fp<ErrorsOptions>(
  async (app, { elsewhere }) => {
    app.setErrorHandler((error: FastifyError, request, reply) => {
      const known = withLimit(toKopsError(error), request)
      if (known.status >= 500) request.log.error({ err: error, code: known.code }, known.message)
      else request.log.info({ code: known.code, errors: known.errors?.slice(0, loggedErrors) }, known.message)
      return sendProblem(known, pathOf(request), request, reply)
    })
    const notFound = (request: FastifyRequest): KopsError => {
      const path = pathOf(request)
      const owner = elsewhere?.(path)
      const there = owner === undefined ? '' : ` here: ${owner.name} has it, at ${owner.url}${path}`
      return new KopsError('not_found', `${request.method} ${path} does not exist${there}`)
    }
    app.setNotFoundHandler((request, reply) => sendProblem(notFound(request), pathOf(request), request, reply))
    // Before the body is read: the framework has rules for the bodies of some methods, whether or not there is a route.
    app.addHook('preParsing', async (request) => {
      if (request.is404) throw notFound(request)
    })
  },
  { name: 'errors' }
)

/** Maps whatever was thrown to an error of the catalog. */
export function toKopsError(error: unknown): KopsError {
  if (isKopsError(error)) return error
  const storage = storageError(error)
  if (storage) return storage
  const { code, statusCode, message } = error as Partial<FastifyError>
  const mapped = code === undefined ? undefined : fastifyCodes[code]
  if (mapped)
    return new KopsError(mapped, message ?? '', { errors: [{ field: 'body', message: message ?? '' }], cause: error })
  if (code === 'FST_ERR_BAD_URL') {
    const errors = [{ field: 'path', message: 'is not a valid path: it contains a broken escape' }]
    return new KopsError('validation_failed', `path: ${errors[0]?.message}`, { errors, cause: error })
  }
  if (code?.startsWith('FST_ERR_') && statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const errors = [{ field: 'request', message: message ?? 'is not valid' }]
    return new KopsError('validation_failed', `request: ${errors[0]?.message}`, { errors, cause: error })
  }
  if (error instanceof SyntaxError && statusCode === 400) {
    return new KopsError('malformed_json', error.message, {
      errors: [{ field: 'body', message: error.message }],
      cause: error
    })
  }
  return new KopsError('internal', 'An unexpected error; the service log has details under this requestId', {
    cause: error
  })
}

/**
 * The problem+json document of an error. `instance` has only the path: a query may contain something that must not be
 * repeated.
 */
export function toProblem(error: KopsError, instance: string, requestId: string): Problem {
  return {
    type: `urn:kops:error:${error.code}`,
    title: error.title,
    status: error.status,
    detail: error.message,
    instance: instance.slice(0, longestInstance),
    code: error.code,
    ...(error.kafkaError === undefined ? {} : { kafkaError: error.kafkaError }),
    retriable: error.retriable,
    requestId,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...(error.guards === undefined ? {} : { guards: [...error.guards] }),
    ...(error.lastAnswerAt === undefined ? {} : { lastAnswerAt: error.lastAnswerAt.toISOString() })
  }
}

/**
 * Answers requests that Fastify rejects before routing, and so before any hook: a path that cannot be decoded. It is
 * not a URI, so the answer does not repeat it.
 */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id)
  sendProblem(toKopsError(error), '/', request, reply)
}

function sendProblem(error: KopsError, instance: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = JSON.stringify(toProblem(error, instance, request.id))
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  return reply
    .code(error.status)
    .type('application/problem+json')
    .serializer((payload: string) => payload)
    .send(body)
}

/** Fastify does not say how large a body may be. */
function withLimit(error: KopsError, { routeOptions: { bodyLimit } }: FastifyRequest): KopsError {
  if (error.code !== 'payload_too_large' || error.errors?.[0]?.field !== 'body') return error
  return fieldError('payload_too_large', 'body', `may have at most ${bodyLimit} bytes`, { cause: error })
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/'
}

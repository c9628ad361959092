import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { type ErrorCode, KopsError } from '../errors/catalog.ts'
import { toProblem } from './errors.ts'

/** Node's error codes for input that it rejects before there is a request. */
const refusals: Record<string, { code: ErrorCode; detail: string }> = {
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', detail: 'The address and the headers together are too long' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request_timeout', detail: 'The request did not arrive in time' }
}
const malformed = { code: 'validation_failed', detail: 'This is not an HTTP request' } as const

/** Answers malformed requests with a problem document too, and closes the connection. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { code, detail } = refusals[error.code] ?? malformed
  const errors = code === 'validation_failed' ? [{ field: 'request', message: detail }] : undefined
  const requestId = randomUUID()
  const known = new KopsError(code, detail, { cause: error, ...(errors ? { errors } : {}) })
  const body = JSON.stringify(toProblem(known, '/', requestId))
  socket.end(
    [
      `HTTP/1.1 ${known.status} ${STATUS_CODES[known.status]}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body
    ].join('\r\n')
  )
}

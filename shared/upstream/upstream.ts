import { Agent, type Dispatcher, request } from 'undici'
import { type ErrorCode, KopsError } from '../errors/catalog.ts'
import { type Owner, readAddress } from './address.ts'
import type { CallLimits } from './call-limits.ts'

export interface UpstreamOptions {
  owner: Owner
  /** Its address, with a path, user and password if needed. */
  url: string
  /** The file with the password instead; empty: none. */
  passwordFile: string
  /** The error of calls that are not answered. */
  unreachable: ErrorCode
}

/** The HTTP API of something else that kops asks: Prometheus, Alertmanager, Kafka Connect. */
export interface Upstream {
  /**
   * @param path behind that of its address
   * @param body sent as JSON; URLSearchParams as a form
   * @throws KopsError `unreachable`, with address and reason but without credentials, if there is no whole answer in time; the
   * signal's reason when aborted
   */
  send(
    method: Dispatcher.HttpMethod,
    path: string,
    limits: CallLimits,
    body?: object
  ): Promise<{ statusCode: number; content: string }>
  /** The error for an answer that says that nothing can be had. */
  unreachable(reason: string, cause?: unknown): KopsError
  close(): Promise<void>
}

/** 1,000 alerts take 1 MB, 1,000 points of 100 series 3 MB, 1,000 connectors whose tasks all failed 5 MB. */
const maxBodyBytes = 16 * 1024 * 1024
const connections = 4

/** @throws Error, without the password, if the URL is invalid or the file cannot be read */
export function createUpstream({ owner, url, passwordFile, unreachable: code }: UpstreamOptions): Upstream {
  const { authorization, place } = readAddress(owner, url, passwordFile)
  const dispatcher = new Agent({ connections })
  const unreachable = (reason: string, cause?: unknown) => new KopsError(code, `${place}: ${reason}`, { cause })

  return {
    unreachable,
    async send(method, path, { deadlineMs, signal }, body) {
      const time = AbortSignal.timeout(deadlineMs)
      try {
        const response = await request(`${place}${path}`, {
          method,
          dispatcher,
          signal: signal ? AbortSignal.any([signal, time]) : time,
          headers: { ...authorization(), ...(body === undefined ? {} : { 'content-type': typeOf(body) }) },
          ...(body === undefined ? {} : { body: body instanceof URLSearchParams ? `${body}` : JSON.stringify(body) })
        })
        return { statusCode: response.statusCode, content: await readBody(response.body) }
      } catch (cause) {
        signal?.throwIfAborted()
        const said = cause instanceof Error ? cause.message : 'no answer'
        throw unreachable(time.aborted ? `no answer within ${deadlineMs} ms` : said, cause)
      }
    },
    close: () => dispatcher.destroy()
  }
}

function typeOf(body: object): string {
  return body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json'
}

/** @throws Error if it exceeds the limit */
async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw new Error(`the answer has more than ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

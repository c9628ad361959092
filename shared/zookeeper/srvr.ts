import { createConnection } from 'node:net'
import { KopsError } from '../errors/catalog.ts'
import { formatEndpoint } from '../kafka/endpoints.ts'
import type { BrokerEndpoint } from '../kafka/ports.ts'
import type { ZookeeperMode, ZookeeperReader, ZookeeperView } from './ports.ts'

/** An answer to srvr has about 300 bytes; whatever sends more than this is not ZooKeeper. */
const maxAnswerLength = 10_000

/**
 * Reads an ensemble by the four-letter word `srvr`, the only one that ZooKeeper 3.5.3 and later answer unless configured
 * otherwise (4lw.commands.whitelist).
 */
export function createZookeeperReader(endpoints: readonly BrokerEndpoint[]): ZookeeperReader {
  return {
    async views({ deadlineMs, signal }) {
      const views = await Promise.all(endpoints.map((endpoint) => readNode(endpoint, deadlineMs, signal)))
      signal?.throwIfAborted()
      return views
    }
  }
}

async function readNode(endpoint: BrokerEndpoint, deadlineMs: number, signal?: AbortSignal): Promise<ZookeeperView> {
  try {
    return { endpoint, reachable: true, mode: parseMode(await askSrvr(endpoint, deadlineMs, signal)) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'no answer'
    const error = new KopsError('zookeeper_unreachable', `${formatEndpoint(endpoint)}: ${reason}`, { cause })
    return { endpoint, reachable: false, error }
  }
}

function askSrvr({ host, port }: BrokerEndpoint, deadlineMs: number, signal?: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = createConnection({ host, port })
  const fail = (message: string) => socket.destroy(new Error(message))
  const timer = setTimeout(() => fail(`no answer within ${deadlineMs} ms`), deadlineMs)
  const abort = () => fail('given up')
  signal?.addEventListener('abort', abort, { once: true })
  let answer = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    answer += text
    if (answer.length > maxAnswerLength) fail('the answer is not one of ZooKeeper')
  })
  socket.on('error', reject)
  // ZooKeeper ends the connection after its answer.
  socket.on('close', () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    if (answer === '') reject(new Error('the connection was closed without an answer'))
    else resolve(answer)
  })
  socket.write('srvr')
  return promise
}

/**
 * The mode in an answer to srvr; null when the node says that it serves no requests, as it does without a quorum.
 * @throws Error when it is not an answer of ZooKeeper
 */
export function parseMode(answer: string): ZookeeperMode | null {
  const mode = /^Mode: (leader|follower|standalone|observer)\s*$/m.exec(answer)?.[1]
  if (isMode(mode)) return mode
  if (/not currently serving requests/.test(answer)) return null
  throw new Error('the answer is not one of ZooKeeper')
}

function isMode(mode: string | undefined): mode is ZookeeperMode {
  return mode !== undefined
}

import { createConnection, isIP } from 'node:net'
import { connect } from 'node:tls'
import { KopsError } from '../errors/catalog.ts'
import { networkReason } from '../errors/network-reason.ts'
import type { BrokerEndpoint, Deadline } from '../kafka/model.ts'
import { readTlsFiles, type TlsFiles } from '../tls-files.ts'
import { parseMntr, parseSrvr } from './four-letter-answers.ts'
import type { ZookeeperReader, ZookeeperView } from './ports.ts'

/** Answers have about 300 bytes and some kilobytes; whatever sends more than this is not ZooKeeper. */
const maxAnswerLength = { srvr: 10_000, mntr: 200_000 } as const

/**
 * Reads an ensemble with the four-letter word `srvr`, the only one that ZooKeeper 3.5.3 and later answers by default
 * (4lw.commands.whitelist); it has everything but sub-millisecond averages, which `mntr` has. Uses only `srvr` for a
 * node after it has refused `mntr`.
 */
export function createZookeeperReader(endpoints: readonly BrokerEndpoint[], tls?: TlsFiles): ZookeeperReader {
  const withoutMntr = new Set<BrokerEndpoint>()

  async function readNode(
    endpoint: BrokerEndpoint,
    { deadlineMs, signal, brief = false }: Deadline & { brief?: boolean }
  ): Promise<ZookeeperView> {
    try {
      const [told, monitored] = await Promise.all([
        ask('srvr', endpoint, { deadlineMs, signal, tls }).then(parseSrvr),
        brief || withoutMntr.has(endpoint)
          ? undefined
          : ask('mntr', endpoint, { deadlineMs, signal, tls }).then(parseMntr, () => undefined)
      ])
      if (monitored === 'refused') withoutMntr.add(endpoint)
      else if (monitored?.latencyMs && told.latencyMs) return { endpoint, reachable: true, ...told, ...monitored }
      return { endpoint, reachable: true, ...told }
    } catch (cause) {
      const known = networkReason(cause instanceof Error && 'code' in cause ? cause.code : undefined)
      const reason = known ?? (cause instanceof Error ? cause.message : 'no answer')
      // The same names as in health-service: srvr does not return a node's number.
      const name = `zookeeper-${endpoints.indexOf(endpoint) + 1}`
      const error = new KopsError('zookeeper_unreachable', `${name}: ${reason}`, { cause })
      return { endpoint, reachable: false, error }
    }
  }

  return {
    async views(options) {
      const views = await Promise.all(endpoints.map((endpoint) => readNode(endpoint, options)))
      options.signal?.throwIfAborted()
      return views
    }
  }
}

/**
 * Whether a node serves, as leader, follower or standalone: it only does so as part of a quorum, so one suffices.
 * Resolves as soon as one serves, or once all have answered or failed.
 * @returns answered: whether any node did
 */
export async function servesQuorum(
  endpoints: readonly BrokerEndpoint[],
  deadlineMs: number,
  tls?: TlsFiles
): Promise<{ answered: boolean; serves: boolean }> {
  const modes = endpoints.map(async (endpoint) => parseSrvr(await ask('srvr', endpoint, { deadlineMs, tls })).mode)
  const serving = modes.map(async (mode) => {
    if ((await mode) === null) throw new Error('the node does not serve')
  })
  const settled = Promise.allSettled(modes)
  const serves = await Promise.any(serving).then(
    () => true,
    () => false
  )
  return { answered: serves || (await settled).some(({ status }) => status === 'fulfilled'), serves }
}

/** Sends one four-letter word and reads the whole answer, after which ZooKeeper closes the connection. */
function ask(
  word: 'srvr' | 'mntr',
  { host, port }: BrokerEndpoint,
  { deadlineMs, signal, tls }: { deadlineMs: number; signal?: AbortSignal | undefined; tls: TlsFiles | undefined }
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = tls ? connectTls(host, port, tls) : createConnection({ host, port })
  const fail = (message: string) => socket.destroy(new Error(message))
  const timer = setTimeout(() => fail(`no answer within ${deadlineMs} ms`), deadlineMs)
  const abort = () => fail('given up')
  signal?.addEventListener('abort', abort, { once: true })
  let answer = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    answer += text
    if (answer.length > maxAnswerLength[word]) fail('the answer is not from ZooKeeper')
  })
  socket.on('error', reject)
  socket.on('close', () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    if (answer === '') reject(new Error('the connection was closed without an answer'))
    else resolve(answer)
  })
  socket.write(word)
  return promise
}

function connectTls(host: string, port: number, files: TlsFiles) {
  const { context } = readTlsFiles(files)
  return connect({ host, port, secureContext: context, ...(isIP(host) === 0 && { servername: host }) })
}

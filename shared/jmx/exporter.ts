import { Agent, buildConnector, request } from 'undici'
import { KopsError } from '../errors/catalog.ts'
import { networkReason } from '../errors/network-reason.ts'
import { abortable } from '../kafka/connection/deadline.ts'
import { type BrokerEndpoint, formatEndpoint } from '../kafka/model.ts'
import { readTlsFiles, type TlsFiles } from '../tls-files.ts'
import { parseExposition } from './exposition.ts'
import type { JmxReader, JmxReading, JmxView } from './ports.ts'

/** The rules that the project ships make 20 KiB; an exporter without an allow-list makes megabytes, and is cut off here. */
const maxBodyBytes = 4 * 1024 * 1024
/** An exporter that takes at least this long, three times in a row, burdens its broker, and is read rarely. */
const heavyMs = 100
const heavyIntervalMs = 30_000

/** Minimum interval between requests to an exporter that drops packets. */
const connectMs = 1000

/** The series to keep, by their names in kafka/templates/jmx-exporter.yml and Strimzi's rules. */
const series = {
  requestQueueSize: 'kafka_network_requestchannel_requestqueuesize',
  handlerIdleRatio: 'kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent',
  activeController: 'kafka_controller_kafkacontroller_activecontrollercount',
  startTime: 'process_start_time_seconds'
} as const
/**
 * The series of JmxReading.counts. The leader counts the shrinks and expansions of ISRs that it requested; changes by
 * the controller show in the other counts of each broker. The last two exist on KRaft nodes.
 */
const counted = [
  'kafka_server_replicamanager_underreplicatedpartitions',
  'kafka_server_replicamanager_underminisrpartitioncount',
  'kafka_server_replicamanager_offlinereplicacount',
  'kafka_server_replicamanager_partitioncount',
  'kafka_server_replicamanager_leadercount',
  'kafka_server_replicamanager_isrshrinks_total',
  'kafka_server_replicamanager_isrexpands_total',
  'kafka_controller_kafkacontroller_activecontrollercount',
  'kafka_controller_kafkacontroller_offlinepartitionscount',
  'kafka_controller_kafkacontroller_preferredreplicaimbalancecount',
  'kafka_server_raftmetrics_current_leader',
  'kafka_server_raftmetrics_current_epoch'
] as const
const wanted: ReadonlySet<string> = new Set([...Object.values(series), ...counted])
/** An exporter that renders only these uses a third of the CPU time. */
export const scrapePath = `/metrics?${Array.from(wanted, (name) => `name[]=${name}`).join('&')}`

/** How exporters are reached that are not open to everyone. */
export interface ExporterAccess {
  /** Without it: plain HTTP. */
  tls?: TlsFiles | undefined
  login?: { username: string; password: () => string } | undefined
}

/** Scrapes the exporters of brokers over HTTP, over one kept connection each. */
export function createJmxReader(endpoints: readonly BrokerEndpoint[], access: ExporterAccess = {}): JmxReader {
  const { tls } = access
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    connect: (options, callback) => {
      const { passphrase: _, ...texts } = tls ? readTlsFiles(tls).texts : {}
      buildConnector({ timeout: connectMs, ...texts })(options, callback)
    }
  })
  const recent = new Map<BrokerEndpoint, { tookMs: number[]; view: JmxView; askedAtMs: number }>()

  /** The last answer of an exporter that must not be read again yet. */
  function repeated(endpoint: BrokerEndpoint): JmxView | undefined {
    const last = recent.get(endpoint)
    if (!last || last.tookMs.length < 3 || Math.min(...last.tookMs) < heavyMs) return undefined
    if (performance.now() - last.askedAtMs >= heavyIntervalMs) return undefined
    return last.view.reachable ? { ...last.view, reading: { ...last.view.reading, counts: new Map() } } : last.view
  }

  async function readExporter(endpoint: BrokerEndpoint, deadlineMs: number, signal?: AbortSignal): Promise<JmxView> {
    const known = repeated(endpoint)
    if (known) return known
    const askedAtMs = performance.now()
    const time = AbortSignal.timeout(Math.ceil(deadlineMs))
    const keep = (view: JmxView): JmxView => {
      const tookMs = [...(recent.get(endpoint)?.tookMs ?? []), performance.now() - askedAtMs].slice(-3)
      recent.set(endpoint, { tookMs, view, askedAtMs })
      return view
    }
    try {
      const end = signal ? AbortSignal.any([signal, time]) : time
      // undici respects a signal only once the connection is open.
      const text = await abortable(scrape(agent, endpoint, access, end), end)
      return keep({ endpoint, reachable: true, reading: toReading(parseExposition(text, wanted)) })
    } catch (cause) {
      const reason = time.aborted ? `no answer within ${deadlineMs} ms` : messageOf(cause)
      const error = new KopsError('exporter_unreachable', `Its metrics exporter cannot be read: ${reason}`, { cause })
      return keep({ endpoint, reachable: false, error })
    }
  }

  return {
    size: endpoints.length,
    async views({ deadlineMs, signal, skip }) {
      const views = await Promise.all(
        endpoints.map((endpoint, index) =>
          skip?.has(index) ? notAsked(endpoint) : readExporter(endpoint, deadlineMs, signal)
        )
      )
      signal?.throwIfAborted()
      return views
    },
    close: () => agent.destroy()
  }
}

function notAsked(endpoint: BrokerEndpoint): JmxView {
  const message = 'Its metrics exporter was not read because the broker does not answer'
  return { endpoint, reachable: false, error: new KopsError('exporter_unreachable', message) }
}

async function scrape(
  dispatcher: Agent,
  endpoint: BrokerEndpoint,
  { tls, login }: ExporterAccess,
  signal: AbortSignal
): Promise<string> {
  const url = `${tls ? 'https' : 'http'}://${formatEndpoint(endpoint)}${scrapePath}`
  const credentials = login && Buffer.from(`${login.username}:${login.password()}`).toString('base64')
  const headers = credentials === undefined ? {} : { authorization: `Basic ${credentials}` }
  const { statusCode, body } = await request(url, { dispatcher, signal, headers })
  if (statusCode !== 200) {
    await body.dump()
    throw new Error(`the exporter answered ${statusCode}`)
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    const part = Buffer.from(chunk)
    bytes += part.length
    if (bytes > maxBodyBytes) throw new Error(`the answer has more than ${maxBodyBytes} bytes`)
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A broker's values in an exposition; null for missing ones. */
export function toReading(values: ReadonlyMap<string, number>): JmxReading {
  const read = (name: string) => {
    const value = values.get(name)
    return value === undefined || !Number.isFinite(value) ? null : value
  }
  const startedAt = read(series.startTime)
  return {
    requestQueueSize: read(series.requestQueueSize),
    handlerIdleRatio: read(series.handlerIdleRatio),
    activeController: read(series.activeController),
    startTime: startedAt === null ? null : new Date(startedAt * 1000),
    counts: new Map(counted.flatMap((name) => (values.has(name) ? [[name, values.get(name) ?? 0]] : [])))
  }
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'no answer'
  return networkReason('code' in cause ? cause.code : undefined) ?? cause.message
}

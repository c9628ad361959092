import { Agent, request } from 'undici'
import { KopsError } from '../errors/catalog.ts'
import { formatEndpoint } from '../kafka/endpoints.ts'
import type { BrokerEndpoint } from '../kafka/ports.ts'
import { abortable } from '../kafka/reading/deadline.ts'
import { parseExposition } from './exposition.ts'
import type { JmxReader, JmxReading, JmxView } from './ports.ts'

/** The rules that the project ships make 20 KiB; an exporter without an allow-list makes megabytes, and is cut off here. */
const maxBodyBytes = 4 * 1024 * 1024

/** Until then the next question to an exporter whose packets vanish has to wait. */
const connectMs = 1000

/** The series that are kept, by the names that kafka/templates/jmx-exporter.yml and Strimzi's rules give them. */
const series = {
  requestQueueSize: 'kafka_network_requestchannel_requestqueuesize',
  handlerIdleRatio: 'kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent',
  activeController: 'kafka_controller_kafkacontroller_activecontrollercount',
  startTime: 'process_start_time_seconds'
} as const
const wanted: ReadonlySet<string> = new Set(Object.values(series))

/** Scrapes the exporters of brokers over HTTP, over one kept connection each. */
export function createJmxReader(endpoints: readonly BrokerEndpoint[]): JmxReader {
  const agent = new Agent({ connections: 1, pipelining: 1, connect: { timeout: connectMs } })

  async function readExporter(endpoint: BrokerEndpoint, deadlineMs: number, signal?: AbortSignal): Promise<JmxView> {
    const time = AbortSignal.timeout(Math.ceil(deadlineMs))
    try {
      const end = signal ? AbortSignal.any([signal, time]) : time
      // undici heeds a signal only when the connection stands.
      const text = await abortable(scrape(agent, endpoint, end), end)
      return { endpoint, reachable: true, reading: toReading(parseExposition(text, wanted)) }
    } catch (cause) {
      const reason = time.aborted ? `no answer within ${deadlineMs} ms` : messageOf(cause)
      const error = new KopsError('exporter_unreachable', `${formatEndpoint(endpoint)}: ${reason}`, { cause })
      return { endpoint, reachable: false, error }
    }
  }

  return {
    size: endpoints.length,
    async views({ deadlineMs, signal }) {
      const views = await Promise.all(endpoints.map((endpoint) => readExporter(endpoint, deadlineMs, signal)))
      signal?.throwIfAborted()
      return views
    },
    close: () => agent.destroy()
  }
}

async function scrape(dispatcher: Agent, endpoint: BrokerEndpoint, signal: AbortSignal): Promise<string> {
  const { statusCode, body } = await request(`http://${formatEndpoint(endpoint)}/metrics`, { dispatcher, signal })
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

/** What an exposition tells of a broker; null what it does not. */
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
    startTime: startedAt === null ? null : new Date(startedAt * 1000)
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'no answer'
}

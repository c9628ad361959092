import { preciseEpochMs, systemClock } from '#shared/clock.ts'
import {
  type AlgorithmName,
  balancerTopics,
  type ConfigUpdate,
  ConfigUpdateSchema
} from '#shared/contracts/load-balancer.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import type { RecordWriter } from '#shared/kafka/records/port.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { createMessageReader } from '#shared/streams/json-message.ts'
import { createDeadLetterWriter, deadLetterTopic } from './adapters/dead-letter-writer.ts'
import { followTopic } from './adapters/follow-topic.ts'
import { createGroupMember } from './adapters/group-member.ts'
import { reachCluster } from './adapters/reach-cluster.ts'
import { createSureWriter } from './adapters/sure-writer.ts'
import { loadConsumer, loadKafka, loadProducer } from './config.ts'
import { createProcessor, type Processor } from './domain/processor.ts'
import { createServerReports } from './domain/server-reports.ts'
import { createSimulation, type ServersOfSeed, serversOf } from './domain/simulation.ts'
import { catalogOf, patienceMs, type RunOptions, untilAborted } from './run-options.ts'

export interface ProcessorRunOptions extends RunOptions, ServersOfSeed {
  algorithm: AlgorithmName
  batchSize: number
  batchTimeoutMs: number
  /** Whether its servers report to service-metrics, for the router. */
  reports: boolean
}

/** serviceId of config-updates that concern the simulator. */
export const simulatorService = 'load-balancing-simulator'
export const processorGroup = 'load-balancer-group'

/** All of them, so that their records can be merged by time. */
const partitionsAtOnce = 64
const tickMs = 1000
/** Several reports in an interval of the router. */
const reportSeconds = 5
/** What is answered when it ends, and not acknowledged after so long, is answered again by whoever goes on. */
const lastMs = 10_000

const readUpdate = createMessageReader(ConfigUpdateSchema)

/**
 * `kops lb process`: a member of load-balancer-group that answers requests until the signal aborts. Offsets are committed after
 * the responses are acknowledged.
 * @throws KopsError as reachCluster(); Error if the membership ends for good
 */
export async function runProcessor(options: ProcessorRunOptions): Promise<Processor['counts']> {
  const { algorithm, batchSize, batchTimeoutMs, signal, say } = options
  const { requests, responses, metrics, configUpdates, serviceMetrics } = balancerTopics
  const kafka = { ...loadKafka(options.env), clientId: 'kops-lb-processor' }
  const reader = createClusterReader(kafka)
  const records = createRecordReader(kafka)
  const writer = createRecordWriter(kafka)
  const onProblem = (code: string, count: number) => say(`${count} responses are sent again (${code})`)
  const answers = createSureWriter({
    ...{ ...kafka, topic: responses, settings: loadProducer(options.env, say), onProblem }
  })
  const servers = serversOf(options)
  const simulation = createSimulation({ servers, algorithm, random: createRandom(options.seed + 1) })
  const reports = createServerReports(simulatorService)
  const [over, giveUp] = [new AbortController(), new AbortController()]
  const publish = publisher(writer, metrics, say)
  const publishReports = publisher(writer, serviceMetrics, say)
  const processor = createProcessor({
    ...{ simulation, batchSize, batchTimeoutMs },
    now: () => preciseEpochMs() / 1000,
    after(ms, call) {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    answer(made) {
      if (options.reports) for (const response of made) reports.note(response)
      return answers.write(made.map((message) => ({ key: String(message.request_id), message })))
    },
    deadLetters: createDeadLetterWriter({
      ...{ writer, topic: requests, group: processorGroup, clock: systemClock, say },
      signal: giveUp.signal
    }),
    publish: (message) => publish([{ partition: 0, key: null, message }])
  })
  const member = createGroupMember({
    ...{ kafka, settings: loadConsumer(options.env, say) },
    ...{ group: processorGroup, topic: requests, atOnce: partitionsAtOnce, say },
    process: processor.process,
    onAssigned: processor.assign
  })
  const ending = AbortSignal.any([signal, member.failed, over.signal])

  /** Obeys what config-updates says about the simulator, from its beginning on. */
  async function obey(): Promise<{ ended: Promise<void> }> {
    return followTopic({
      ...{ reader: records, topic: configUpdates, start: { at: 'earliest' }, signal: ending, clock: systemClock },
      onRecord({ partition, offset, value }) {
        const read = readUpdate(value)
        if ('problem' in read) say(`${configUpdates}-${partition}:${offset} is ignored: ${read.problem.message}`)
        else if (read.message.serviceId === simulatorService) {
          const unknown = simulation.change(read.message)
          say(
            `${configUpdates}: ${inWords(read.message)}${unknown.length > 0 ? `; no server is ${unknown.join(', ')}` : ''}`
          )
        }
      },
      onProblem: (message) => say(`${configUpdates}: ${message}`)
    })
  }

  let following: { ended: Promise<void> } | undefined
  let ticks: NodeJS.Timeout | undefined
  let reporting: NodeJS.Timeout | undefined
  const report = () => {
    const at = preciseEpochMs()
    const made = reports.take(simulation.metrics(at / 1000), new Date(at).toISOString(), reportSeconds)
    publishReports(made.map((message) => ({ key: message.serviceId, message })))
  }
  try {
    const needed = [
      requests,
      responses,
      metrics,
      deadLetterTopic(requests),
      ...(options.reports ? [serviceMetrics] : [])
    ]
    const topics = needed.map((name) => ({ name, catalog: catalogOf(name) }))
    const reach = { ...kafka, reader, topics, optional: [configUpdates], say, signal, clock: systemClock, patienceMs }
    const existing = await reachCluster(reach)
    await answers.open()
    if (existing.has(configUpdates)) following = await obey()
    else
      say(`${configUpdates} does not exist: nothing changes while this runs (kops catalog apply smart-load-balancer)`)
    const capacities = servers.map(({ capacity }) => capacity).join(', ')
    say(`Balancing ${requests} by ${simulation.metrics(0).algorithm} over servers of capacity ${capacities}`)
    ticks = setInterval(() => processor.tick(), tickMs)
    if (options.reports) reporting = setInterval(report, reportSeconds * 1000)
    await member.start()
    await untilAborted(ending)
    if (member.failed.aborted && !signal.aborted) throw member.failed.reason
    return processor.counts
  } finally {
    const ended = new Error('the processor has ended')
    clearInterval(ticks)
    clearInterval(reporting)
    over.abort(ended)
    processor.close()
    const late = setTimeout(() => {
      giveUp.abort(ended)
      void answers.close()
    }, lastMs)
    await member.leave()
    clearTimeout(late)
    giveUp.abort(ended)
    await following?.ended
    await Promise.all([answers.close(), writer.close(), records.close(), reader.close()])
  }
}

/** What could not be written is replaced by what comes next. */
function publisher(writer: Pick<RecordWriter, 'write'>, topic: string, say: RunOptions['say']) {
  let problem = ''
  const note = (why: string) => {
    if (why !== '' && why !== problem) say(`Nothing is published to ${topic}: ${why}`)
    problem = why
  }
  return (messages: readonly { partition?: number; key: string | null; message: object }[]): void => {
    const records = messages.map(({ partition, key, message }) => ({
      ...(partition !== undefined && { partition }),
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(JSON.stringify(message)),
      headers: []
    }))
    writer.write(topic, records, { deadlineMs: tickMs }).then(
      (results) => {
        const refused = results.find(({ status }) => status !== 'acknowledged')
        note(refused && refused.status !== 'acknowledged' ? refused.error.message : '')
      },
      (error: unknown) => note(error instanceof Error ? error.message : String(error))
    )
  }
}

function inWords({ algorithm, weights = {}, drained = {} }: ConfigUpdate): string {
  return [
    ...(algorithm === undefined ? [] : [`algorithm ${algorithm}`]),
    ...Object.entries(weights).map(([id, weight]) => `${id} has weight ${weight}`),
    ...Object.entries(drained).map(([id, isDrained]) => `${id} is ${isDrained ? 'drained' : 'back'}`)
  ].join(', ')
}

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
import { createSimulation, type ServersOfSeed, serversOf } from './domain/simulation.ts'
import { catalogOf, patienceMs, type RunOptions, untilAborted } from './run-options.ts'

export interface ProcessorRunOptions extends RunOptions, ServersOfSeed {
  algorithm: AlgorithmName
  batchSize: number
  batchTimeoutMs: number
}

/** serviceId of config-updates that concern the simulator. */
export const simulatorService = 'load-balancing-simulator'
export const processorGroup = 'load-balancer-group'

/** All of them, so that their records can be merged by time. */
const partitionsAtOnce = 64
const tickMs = 1000
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
  const { requests, responses, metrics, configUpdates } = balancerTopics
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
  const [over, giveUp] = [new AbortController(), new AbortController()]
  const processor = createProcessor({
    ...{ simulation, batchSize, batchTimeoutMs },
    now: () => preciseEpochMs() / 1000,
    after(ms, call) {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    answer: (made) => answers.write(made.map((message) => ({ key: String(message.request_id), message }))),
    deadLetters: createDeadLetterWriter({
      ...{ writer, topic: requests, group: processorGroup, clock: systemClock, say },
      signal: giveUp.signal
    }),
    publish: publisher(writer, metrics, say)
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
  try {
    const needed = [requests, responses, metrics, deadLetterTopic(requests)]
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
    await member.start()
    await untilAborted(ending)
    if (member.failed.aborted && !signal.aborted) throw member.failed.reason
    return processor.counts
  } finally {
    const ended = new Error('the processor has ended')
    clearInterval(ticks)
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

/** Metrics that could not be written are replaced by the next ones. */
function publisher(writer: Pick<RecordWriter, 'write'>, topic: string, say: RunOptions['say']) {
  let problem = ''
  const note = (why: string) => {
    if (why !== '' && why !== problem) say(`Metrics are not published: ${why}`)
    problem = why
  }
  return (message: object): void => {
    const record = { partition: 0, key: null, value: Buffer.from(JSON.stringify(message)), headers: [] }
    writer.write(topic, [record], { deadlineMs: tickMs }).then(
      ([result]) => note(result && result.status !== 'acknowledged' ? result.error.message : ''),
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

import { type Static, Type } from 'typebox'
import { ConsumersSchema } from '../contracts/load-consumption.ts'
import { type ProducerSettings, ProducerSettingsSchema, WorkloadSchema } from '../contracts/workload.ts'
import { createAjv, toFieldErrors } from '../field-errors.ts'
import { isRecord, parseJson } from '../json.ts'
import { consumerProfiles, type FetchSettings, leastFetchWaitMs } from './consuming/port.ts'
import { producerProfiles } from './producing/port.ts'

/** What an application produces with: a profile, and Kafka's own parameters over it. */
export const producerConfigProperties = {
  KOPS_PRODUCER_PROFILE: Type.Enum(['', ...WorkloadSchema.properties.profile.enum], {
    default: '',
    description:
      'What the producer is tuned for ([client-settings.md](client-settings.md)); empty: as the application has it'
  }),
  KOPS_PRODUCER_CONFIG: Type.String({
    default: '',
    aliases: ['STREAMING_KAFKA__PRODUCER_CONFIG'],
    json: 'object',
    description:
      'Parameters of Kafka’s own producer over the profile’s, an object in JSON: {"linger_ms": 5} or {"linger.ms": 5}; one that is unknown keeps the process from starting'
  })
}

/** What an application consumes with. */
export const consumerConfigProperties = {
  KOPS_CONSUMER_PROFILE: Type.Enum(['', ...ConsumersSchema.properties.profile.enum], {
    default: '',
    description:
      'What the consumer is tuned for ([client-settings.md](client-settings.md)); empty: as the application has it'
  }),
  KOPS_CONSUMER_CONFIG: Type.String({
    default: '',
    aliases: ['STREAMING_KAFKA__CONSUMER_CONFIG'],
    json: 'object',
    description:
      'Parameters of Kafka’s own consumer over the profile’s, an object in JSON: {"session_timeout_ms": 45000}; one that is unknown keeps the process from starting'
  })
}

const ProducerConfigSchema = Type.Object(producerConfigProperties)
const ConsumerConfigSchema = Type.Object(consumerConfigProperties)

/** What is given only, by our names. */
const GivenConsumerSchema = Type.Object({
  offsetReset: Type.Optional(Type.Enum(['earliest', 'latest'])),
  sessionTimeoutMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 1_800_000 })),
  heartbeatIntervalMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000 })),
  minBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 52_428_800 })),
  maxWaitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
  maxBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 104_857_600 })),
  partitionBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 104_857_600 }))
})

export interface ConsumerSettings extends FetchSettings {
  /** Where a group without commits begins; undefined: as the application says. */
  offsetReset?: 'earliest' | 'latest' | undefined
  /** session.timeout.ms and heartbeat.interval.ms */
  sessionTimeoutMs: number
  heartbeatIntervalMs: number
  /** fetch.max.bytes and max.partition.fetch.bytes, of one answer; undefined: as the client has it. */
  maxBytes?: number | undefined
  partitionBytes?: number | undefined
}

/** Settings, and the parameters that have no counterpart here, each with the reason: for the log. */
export interface ClientSettings<Settings> {
  settings: Settings
  warnings: string[]
}

/** By Kafka's name of a parameter: the name here, or why there is none, with a warning or a refusal. */
type Parameters = Record<string, { is: string } | { warns: string } | { refused: string }>

const socketBuffers = { warns: 'the operating system sizes the buffers of sockets' }
const ofTheCluster: Parameters = {
  'bootstrap.servers': { refused: 'has a setting of its own: KOPS_BOOTSTRAP_SERVERS' },
  'security.protocol': { refused: 'has a setting of its own: KOPS_KAFKA_SECURITY_PROTOCOL' },
  'client.id': { warns: 'kops names its clients itself' },
  'send.buffer.bytes': socketBuffers,
  'receive.buffer.bytes': socketBuffers
}

const producerParameters: Parameters = {
  ...ofTheCluster,
  acks: { is: 'acks' },
  'batch.size': { is: 'batchBytes' },
  'linger.ms': { is: 'lingerMs' },
  'buffer.memory': { is: 'bufferBytes' },
  'compression.type': { is: 'compression' },
  'enable.idempotence': { is: 'idempotent' },
  'max.in.flight.requests.per.connection': { is: 'requestsInFlight' },
  'request.timeout.ms': { is: 'requestTimeoutMs' },
  'delivery.timeout.ms': { is: 'deliveryTimeoutMs' },
  retries: { is: 'retries' },
  'max.request.size': { warns: 'the topic’s max.message.bytes is the limit' },
  'max.block.ms': { warns: 'waiting for room ends with the process only' },
  'transactional.id': { refused: 'is the application’s own' }
}

const consumerParameters: Parameters = {
  ...ofTheCluster,
  'auto.offset.reset': { is: 'offsetReset' },
  'session.timeout.ms': { is: 'sessionTimeoutMs' },
  'heartbeat.interval.ms': { is: 'heartbeatIntervalMs' },
  'fetch.min.bytes': { is: 'minBytes' },
  'fetch.max.wait.ms': { is: 'maxWaitMs' },
  'fetch.max.bytes': { is: 'maxBytes' },
  'max.partition.fetch.bytes': { is: 'partitionBytes' },
  'max.poll.records': { warns: 'records are handled as answers bring them: bound these by fetch.max.bytes' },
  'max.poll.interval.ms': { warns: 'heartbeats tell the group that a member lives, whatever a record takes' },
  'group.id': { refused: 'is the application’s own setting' },
  'isolation.level': { refused: 'is the application’s own: results of open transactions must not be read' }
}

const acksByKafkasName: Record<string, string> = { all: 'all', '-1': 'all', '1': 'leader', '0': 'none' }

/**
 * The settings of an application's producer.
 * @param own those that it has without a profile
 * @param uses those that the application leaves to its user; absent: all
 * @throws Error naming setting and parameter
 */
export function producerSettingsOf(
  config: Static<typeof ProducerConfigSchema>,
  own: Required<ProducerSettings> = producerProfiles.durable,
  uses?: readonly (keyof ProducerSettings)[]
): ClientSettings<Required<ProducerSettings>> {
  const setting = 'KOPS_PRODUCER_CONFIG'
  const { named, given, warnings } = read(setting, config[setting], producerParameters)
  if ('acks' in given) given['acks'] = acksByKafkasName[String(given['acks'])] ?? given['acks']
  const { retries, ...others } = given
  const wanted = checked(ProducerSettingsSchema, others, named, setting)
  const profile = config.KOPS_PRODUCER_PROFILE
  const settings = { ...(profile === '' ? own : producerProfiles[profile]), ...wanted }
  // As Kafka's own producer: acks alone turns idempotence off, and both together contradict each other.
  if (settings.acks !== 'all' && wanted.idempotent === undefined) settings.idempotent = false
  if (settings.acks !== 'all' && settings.idempotent) throw new Error(`${setting}: enable.idempotence needs acks=all`)
  // A request that times out leaves no time for another attempt.
  if (String(retries) === '0') settings.deliveryTimeoutMs = settings.requestTimeoutMs
  else if (retries !== undefined)
    warnings.push(`${setting}: retries has no effect: they go on until delivery.timeout.ms is over`)
  if (settings.deliveryTimeoutMs < settings.requestTimeoutMs) {
    throw new Error(`${setting}: delivery.timeout.ms must be at least request.timeout.ms, ${settings.requestTimeoutMs}`)
  }
  named.delete('retries')
  return { settings, warnings: [...warnings, ...unused(setting, named, uses)] }
}

/** Of Kafka's applications that set none. */
const standardConsumer: ConsumerSettings = {
  ...consumerProfiles.standard,
  sessionTimeoutMs: 30_000,
  heartbeatIntervalMs: 3000
}

/**
 * The settings of an application's consumer.
 * @param own those that it has without a profile
 * @param uses those that the application leaves to its user; absent: all
 * @throws Error naming setting and parameter
 */
export function consumerSettingsOf(
  config: Static<typeof ConsumerConfigSchema>,
  own: ConsumerSettings = standardConsumer,
  uses?: readonly (keyof ConsumerSettings)[]
): ClientSettings<ConsumerSettings> {
  const setting = 'KOPS_CONSUMER_CONFIG'
  const parameters: Parameters = { ...consumerParameters, 'enable.auto.commit': { is: 'autoCommit' } }
  const { named, given, warnings } = read(setting, config[setting], parameters)
  const { autoCommit, ...others } = given
  if (autoCommit !== undefined && String(autoCommit) !== 'false') {
    throw new Error(
      `${setting}: ${named.get('autoCommit')} must be false: what is processed is committed, and nothing else`
    )
  }
  const wanted = checked(GivenConsumerSchema, others, named, setting)
  const profile = config.KOPS_CONSUMER_PROFILE
  const settings = { ...own, ...(profile === '' ? {} : consumerProfiles[profile]), ...wanted }
  if (settings.heartbeatIntervalMs >= settings.sessionTimeoutMs) {
    throw new Error(
      `${setting}: heartbeat.interval.ms must be less than session.timeout.ms, ${settings.sessionTimeoutMs}`
    )
  }
  if (settings.maxWaitMs < leastFetchWaitMs) {
    warnings.push(
      `fetch.max.wait.ms: ${leastFetchWaitMs} is the least, so that an idle broker is not asked all the time`
    )
    settings.maxWaitMs = leastFetchWaitMs
  }
  named.delete('autoCommit')
  return { settings, warnings: [...warnings, ...unused(setting, named, uses)] }
}

/** Those among the given parameters that an application decides itself. */
function unused(setting: string, named: Read['named'], uses: readonly string[] | undefined): string[] {
  if (uses === undefined) return []
  return Array.from(named).flatMap(([is, name]) =>
    uses.includes(is) ? [] : [`${setting}: ${name} has no effect: this application decides it`]
  )
}

interface Read {
  /** By our name: the parameter as it was given. */
  named: Map<string, string>
  /** By our name. */
  given: Record<string, unknown>
  warnings: string[]
}

/** Names have dots or underscores. @throws Error for a parameter that is unknown, refused or there twice */
function read(setting: string, text: string, parameters: Parameters): Read {
  const config = parseJson(text === '' ? '{}' : text)
  if (!isRecord(config)) throw new Error(`${setting} must be an object in JSON`)
  const named: Read['named'] = new Map()
  const given: Read['given'] = {}
  const warnings: string[] = []
  const seen = new Map<string, string>()
  for (const [name, value] of Object.entries(config)) {
    const kafkas = name.toLowerCase().replaceAll('_', '.')
    const earlier = seen.get(kafkas)
    if (earlier !== undefined) throw new Error(`${setting}: ${earlier} and ${name} are the same parameter`)
    seen.set(kafkas, name)
    const parameter = parameters[kafkas]
    if (parameter === undefined)
      throw new Error(`${setting}: ${name} is unknown; docs/client-settings.md has those that kops knows`)
    if ('refused' in parameter) throw new Error(`${setting}: ${name} ${parameter.refused}`)
    if ('warns' in parameter) warnings.push(`${setting}: ${name} has no effect: ${parameter.warns}`)
    else {
      named.set(parameter.is, name)
      given[parameter.is] = value
    }
  }
  return { named, given, warnings }
}

const ajv = createAjv({ allErrors: true, coerceTypes: true })

/** @throws Error naming each parameter whose value is not valid */
function checked<T extends typeof ProducerSettingsSchema | typeof GivenConsumerSchema>(
  schema: T,
  given: Record<string, unknown>,
  named: Read['named'],
  setting: string
): Static<T> {
  const values = { ...given }
  const validate = ajv.compile<Static<T>>(schema)
  if (validate(values)) return values
  const wrong = toFieldErrors(validate.errors ?? [], setting)
  throw new Error(
    `${setting}: ${wrong.map(({ field, message }) => `${named.get(field) ?? field} ${message}`).join('; ')}`
  )
}

/**
 * Who wrote a dead letter, by its headers.
 * - share-group: Kafka's share groups (KIP-1191), and kops' own consumers and tasks
 * - streams: Kafka Streams (KIP-1034)
 * - connect: Kafka Connect's DeadLetterQueueReporter (KIP-298)
 * - spring: Spring Kafka's DeadLetterPublishingRecoverer
 * - spring-retry: Spring Kafka's retry topics, whose headers lack "dlt-"
 * - spring-cloud: the Kafka binder of Spring Cloud Stream
 * - smallrye: SmallRye Reactive Messaging, and so Quarkus
 */
export const deadLetterFormats = [
  'share-group',
  'streams',
  'connect',
  'spring',
  'spring-retry',
  'spring-cloud',
  'smallrye'
] as const
export type DeadLetterFormat = (typeof deadLetterFormats)[number]

/** Headers of kops, beside those that Kafka defines: its namespace `__dlq.` stays Kafka's. */
export const ownHeaders = {
  /** How often a letter was replayed, as decimal text. It stays with the record, so that replays cannot go round for ever. */
  replays: 'kops.dlq.replays',
  /** What was thrown, where Kafka's headers have only its message. */
  errorClass: 'kops.dlq.exception',
  /** The timestamp of the original record, in milliseconds since 1970 as decimal text. */
  timestamp: 'kops.dlq.timestamp'
} as const

/** The headers of KIP-1191, each UTF-8 text (ShareGroupDLQRecordHelper in Kafka's sources). */
export const kafkaHeaders = {
  topic: '__dlq.errors.topic',
  partition: '__dlq.errors.partition',
  offset: '__dlq.errors.offset',
  group: '__dlq.errors.group',
  deliveries: '__dlq.errors.delivery.count',
  message: '__dlq.errors.message'
} as const

/** The headers of one format. Where several may hold the same, the first that is there counts. */
export interface FormatHeaders {
  format: DeadLetterFormat
  topic: string
  partition: string
  offset: string
  timestamp?: string
  group?: string
  connector?: string
  task?: string
  stage?: string
  deliveries?: string
  errorClass: string[]
  message: string[]
  /** Numbers are text in decimal digits, or integers in big-endian bytes as Java's ByteBuffer and BigInteger write them. */
  numbers: 'text' | 'bytes'
  /** All that the format adds to a record: names, and beginnings of names that end with an asterisk. A replay leaves it out. */
  added: string[]
}

const connect = (name: string) => `__connect.errors.${name}`
const streams = (name: string) => `__streams.errors.${name}`
const dlt = (name: string) => `kafka_dlt-${name}`
const spring = (name: string) => `kafka_${name}`

/** What Spring Kafka adds to records that it cannot read, or tries again. */
const springsOwn = ['retry_topic-*', 'springDeserializerException*']

export const formats: readonly FormatHeaders[] = [
  {
    format: 'share-group',
    ...kafkaHeaders,
    timestamp: ownHeaders.timestamp,
    errorClass: [ownHeaders.errorClass],
    message: [kafkaHeaders.message],
    numbers: 'text',
    added: ['__dlq.errors.*', ownHeaders.timestamp, ownHeaders.errorClass]
  },
  {
    format: 'streams',
    topic: streams('topic'),
    partition: streams('partition'),
    offset: streams('offset'),
    errorClass: [streams('exception')],
    message: [streams('message')],
    numbers: 'text',
    added: ['__streams.errors.*']
  },
  {
    format: 'connect',
    topic: connect('topic'),
    partition: connect('partition'),
    offset: connect('offset'),
    connector: connect('connector.name'),
    task: connect('task.id'),
    stage: connect('stage'),
    errorClass: [connect('exception.class.name')],
    message: [connect('exception.message')],
    numbers: 'text',
    added: ['__connect.errors.*']
  },
  {
    format: 'spring',
    topic: dlt('original-topic'),
    partition: dlt('original-partition'),
    offset: dlt('original-offset'),
    timestamp: dlt('original-timestamp'),
    group: dlt('original-consumer-group'),
    deliveries: 'retry_topic-attempts',
    // The class itself is mostly ListenerExecutionFailedException; the cause says more.
    errorClass: [dlt('exception-cause-fqcn'), dlt('exception-fqcn'), dlt('key-exception-fqcn')],
    message: [dlt('exception-message'), dlt('key-exception-message')],
    numbers: 'bytes',
    added: [dlt('*'), ...springsOwn]
  },
  {
    format: 'spring-retry',
    topic: spring('original-topic'),
    partition: spring('original-partition'),
    offset: spring('original-offset'),
    timestamp: spring('original-timestamp'),
    // Spring names it so here, too (KafkaHeaders.ORIGINAL_CONSUMER_GROUP).
    group: dlt('original-consumer-group'),
    deliveries: 'retry_topic-attempts',
    errorClass: [spring('exception-cause-fqcn'), spring('exception-fqcn'), spring('key-exception-fqcn')],
    message: [spring('exception-message'), spring('key-exception-message')],
    numbers: 'bytes',
    added: [
      spring('original-*'),
      spring('exception-*'),
      spring('key-exception-*'),
      dlt('original-consumer-group'),
      ...springsOwn
    ]
  },
  {
    format: 'spring-cloud',
    topic: 'x-original-topic',
    partition: 'x-original-partition',
    offset: 'x-original-offset',
    timestamp: 'x-original-timestamp',
    errorClass: ['x-exception-fqcn'],
    message: ['x-exception-message'],
    numbers: 'bytes',
    // By whole names: others use this beginning, too.
    added: [
      'x-original-topic',
      'x-original-partition',
      'x-original-offset',
      'x-original-timestamp',
      'x-original-timestamp-type',
      'x-exception-fqcn',
      'x-exception-message',
      'x-exception-stacktrace'
    ]
  },
  {
    format: 'smallrye',
    topic: 'dead-letter-topic',
    partition: 'dead-letter-partition',
    offset: 'dead-letter-offset',
    errorClass: ['dead-letter-cause-class-name', 'dead-letter-exception-class-name'],
    message: ['dead-letter-cause', 'dead-letter-reason'],
    numbers: 'text',
    added: [
      'dead-letter-topic',
      'dead-letter-partition',
      'dead-letter-offset',
      'dead-letter-reason',
      'dead-letter-cause',
      'dead-letter-exception-class-name',
      'dead-letter-cause-class-name'
    ]
  }
]

import t from 'tap'
import { formats } from '#shared/streams/dead-letters/formats.ts'
import {
  type DeadLetter,
  deadLetterHeaders,
  parseDeadLetter,
  type RecordHeaders,
  replayHeaders
} from '#shared/streams/dead-letters/headers.ts'

/** As Java's ByteBuffer.putInt and putLong write them. */
const int = (value: number) => Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255])
const long = (value: bigint) => Buffer.from(value.toString(16).padStart(16, '0'), 'hex')
const utf8 = (value: string) => Buffer.from(value, 'utf8')

const unknown: DeadLetter = {
  format: null,
  topic: null,
  partition: null,
  offset: null,
  timestampMs: null,
  group: null,
  connector: null,
  task: null,
  stage: null,
  errorClass: null,
  message: null,
  deliveries: null,
  replays: 0
}

const cases: [name: string, headers: RecordHeaders, expected: Partial<DeadLetter>][] = [
  ['no headers', [], {}],
  ['headers of an application', [['trace', utf8('x')]], {}],
  [
    'Kafka, KIP-1191',
    [
      ['__dlq.errors.topic', utf8('orders')],
      ['__dlq.errors.partition', utf8('3')],
      ['__dlq.errors.offset', utf8('9007199254740991')],
      ['__dlq.errors.group', utf8('billing')],
      ['__dlq.errors.delivery.count', utf8('5')],
      ['__dlq.errors.message', utf8('Offset rejected by client.')]
    ],
    {
      format: 'share-group',
      topic: 'orders',
      partition: 3,
      offset: Number.MAX_SAFE_INTEGER,
      group: 'billing',
      deliveries: 5,
      message: 'Offset rejected by client.'
    }
  ],
  [
    'Kafka Streams, KIP-1034',
    [
      ['__streams.errors.exception', utf8('org.apache.kafka.common.errors.SerializationException: bad')],
      ['__streams.errors.message', null],
      ['__streams.errors.stacktrace', utf8('at …')],
      ['__streams.errors.topic', utf8('clicks')],
      ['__streams.errors.partition', utf8('0')],
      ['__streams.errors.offset', utf8('12')]
    ],
    {
      format: 'streams',
      topic: 'clicks',
      partition: 0,
      offset: 12,
      errorClass: 'org.apache.kafka.common.errors.SerializationException: bad'
    }
  ],
  [
    'Kafka Connect',
    [
      ['__connect.errors.topic', utf8('orders')],
      ['__connect.errors.partition', utf8('1')],
      ['__connect.errors.offset', utf8('42')],
      ['__connect.errors.connector.name', utf8('orders-to-file')],
      ['__connect.errors.task.id', utf8('0')],
      ['__connect.errors.stage', utf8('VALUE_CONVERTER')],
      ['__connect.errors.class.name', utf8('org.apache.kafka.connect.json.JsonConverter')],
      ['__connect.errors.exception.class.name', utf8('org.apache.kafka.connect.errors.DataException')],
      ['__connect.errors.exception.message', utf8('Converting byte[] to Kafka Connect data failed')],
      ['__connect.errors.exception.stacktrace', utf8('at …')]
    ],
    {
      format: 'connect',
      topic: 'orders',
      partition: 1,
      offset: 42,
      connector: 'orders-to-file',
      task: 0,
      stage: 'VALUE_CONVERTER',
      errorClass: 'org.apache.kafka.connect.errors.DataException',
      message: 'Converting byte[] to Kafka Connect data failed'
    }
  ],
  [
    'Spring Kafka',
    [
      ['kafka_dlt-original-topic', utf8('payments')],
      ['kafka_dlt-original-partition', int(2)],
      ['kafka_dlt-original-offset', long(4_294_967_297n)],
      ['kafka_dlt-original-timestamp', long(1_700_000_000_123n)],
      ['kafka_dlt-original-timestamp-type', utf8('CreateTime')],
      ['kafka_dlt-original-consumer-group', utf8('ledger')],
      ['kafka_dlt-exception-fqcn', utf8('org.springframework.kafka.listener.ListenerExecutionFailedException')],
      ['kafka_dlt-exception-cause-fqcn', utf8('java.lang.IllegalStateException')],
      ['kafka_dlt-exception-message', utf8('no account')]
    ],
    {
      format: 'spring',
      topic: 'payments',
      partition: 2,
      offset: 4_294_967_297,
      timestampMs: 1_700_000_000_123,
      group: 'ledger',
      errorClass: 'java.lang.IllegalStateException',
      message: 'no account'
    }
  ],
  [
    'Spring Kafka, an older version: no cause, no group',
    [
      ['kafka_dlt-original-topic', utf8('payments')],
      ['kafka_dlt-original-partition', int(0)],
      ['kafka_dlt-original-offset', long(7n)],
      ['kafka_dlt-exception-fqcn', utf8('java.lang.RuntimeException')]
    ],
    { format: 'spring', topic: 'payments', partition: 0, offset: 7, errorClass: 'java.lang.RuntimeException' }
  ],
  [
    'Spring Kafka, a key that it could not read',
    [
      ['kafka_dlt-original-topic', utf8('payments')],
      ['kafka_dlt-key-exception-fqcn', utf8('DeserializationException')],
      ['kafka_dlt-key-exception-message', utf8('bad key')]
    ],
    { format: 'spring', topic: 'payments', errorClass: 'DeserializationException', message: 'bad key' }
  ],
  [
    'Spring Kafka, twice: the first origin and the last error',
    [
      ['kafka_dlt-original-topic', utf8('payments')],
      ['kafka_dlt-exception-message', utf8('first')],
      ['kafka_dlt-original-topic', utf8('payments-retry')],
      ['kafka_dlt-exception-message', utf8('last')]
    ],
    { format: 'spring', topic: 'payments', message: 'last' }
  ],
  [
    'Spring Kafka, retry topics',
    [
      ['kafka_original-topic', utf8('payments')],
      ['kafka_original-partition', int(1)],
      ['kafka_original-offset', long(99n)],
      ['kafka_original-timestamp', Buffer.from([0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x7b])],
      ['kafka_dlt-original-consumer-group', utf8('ledger')],
      ['kafka_exception-fqcn', utf8('ListenerExecutionFailedException')],
      ['kafka_exception-message', utf8('boom')],
      ['retry_topic-attempts', int(4)]
    ],
    {
      format: 'spring-retry',
      topic: 'payments',
      partition: 1,
      offset: 99,
      timestampMs: 1_700_000_000_123,
      group: 'ledger',
      errorClass: 'ListenerExecutionFailedException',
      message: 'boom',
      deliveries: 4
    }
  ],
  [
    'Spring Kafka, attempts as one byte',
    [
      ['kafka_original-topic', utf8('payments')],
      ['retry_topic-attempts', Buffer.from([3])]
    ],
    { format: 'spring-retry', topic: 'payments', deliveries: 3 }
  ],
  [
    "Spring's headers as another language writes them: text",
    [
      ['kafka_dlt-original-topic', utf8('payments')],
      ['kafka_dlt-original-partition', utf8('2')],
      ['kafka_dlt-original-offset', utf8('12345678')],
      ['kafka_dlt-original-timestamp', utf8('1700000000123')]
    ],
    { format: 'spring', topic: 'payments', partition: 2, offset: 12_345_678, timestampMs: 1_700_000_000_123 }
  ],
  [
    'Spring Cloud Stream',
    [
      ['x-original-topic', utf8('words')],
      ['x-original-partition', int(0)],
      ['x-original-offset', long(5n)],
      ['x-exception-fqcn', utf8('java.lang.RuntimeException')],
      ['x-exception-message', utf8('fail')]
    ],
    {
      format: 'spring-cloud',
      topic: 'words',
      partition: 0,
      offset: 5,
      errorClass: 'java.lang.RuntimeException',
      message: 'fail'
    }
  ],
  [
    'SmallRye',
    [
      ['dead-letter-exception-class-name', utf8('Outer')],
      ['dead-letter-reason', utf8('outer')],
      ['dead-letter-cause-class-name', utf8('Inner')],
      ['dead-letter-cause', utf8('inner')],
      ['dead-letter-topic', utf8('movies')],
      ['dead-letter-partition', utf8('1')],
      ['dead-letter-offset', utf8('3')]
    ],
    { format: 'smallrye', topic: 'movies', partition: 1, offset: 3, errorClass: 'Inner', message: 'inner' }
  ],
  [
    'a record that died in Connect and then in a share group',
    [
      ['__connect.errors.topic', utf8('a')],
      ['__dlq.errors.topic', utf8('b')]
    ],
    { format: 'share-group', topic: 'b' }
  ],
  ['a topic that none can have', [['__dlq.errors.topic', utf8('../etc')]], { format: 'share-group' }],
  ['a topic without a value', [['__connect.errors.topic', null]], { format: 'connect' }],
  [
    'numbers that are none, negative, or too large',
    [
      ['__connect.errors.topic', utf8('a')],
      ['__connect.errors.partition', utf8('-1')],
      ['__connect.errors.offset', utf8('99999999999999999999')],
      ['__connect.errors.task.id', utf8('1e3')]
    ],
    { format: 'connect', topic: 'a' }
  ],
  [
    'bytes that are no number',
    [
      ['kafka_dlt-original-topic', utf8('a')],
      ['kafka_dlt-original-partition', int(-1)],
      ['kafka_dlt-original-offset', Buffer.alloc(8, 0xff)],
      ['kafka_dlt-original-timestamp', Buffer.alloc(0)]
    ],
    { format: 'spring', topic: 'a' }
  ],
  ['a counter of replays alone', [['kops.dlq.replays', utf8('2')]], { replays: 2 }],
  ['a counter that is none', [['kops.dlq.replays', utf8('many')]], { replays: 0 }]
]

for (const [name, headers, expected] of cases) {
  t.test(`reads: ${name}`, async (t) => {
    t.strictSame(parseDeadLetter(headers), { ...unknown, ...expected })
  })
}

t.test('long texts are cut', async (t) => {
  const { message, errorClass } = parseDeadLetter([
    ['__connect.errors.topic', utf8('a')],
    ['__connect.errors.exception.class.name', Buffer.alloc(1_000_000, 'c')],
    ['__connect.errors.exception.message', Buffer.alloc(1_000_000, 0xff)]
  ])
  t.ok((message?.length ?? 0) < 4100 && (errorClass?.length ?? 0) < 1100)
  t.match(message, /…$/)
})

t.test('what kops writes, kops reads; what a death before wrote is gone, and everything else stays', async (t) => {
  const original: RecordHeaders = [
    ['trace', Buffer.from([0, 255])],
    ['kops.dlq.replays', utf8('1')],
    ['kafka_dlt-original-topic', utf8('elsewhere')],
    ['__dlq.errors.topic', utf8('before')],
    ['trace', null]
  ]
  const cause = { topic: 'orders', partition: 3, offset: 17, timestampMs: 1_700_000_000_123, group: 'billing' }
  const headers = deadLetterHeaders(
    { ...cause, errorClass: 'SyntaxError', message: 'no JSON', deliveries: 4 },
    original
  )
  t.strictSame(parseDeadLetter(headers), {
    ...unknown,
    ...cause,
    format: 'share-group',
    errorClass: 'SyntaxError',
    message: 'no JSON',
    deliveries: 4,
    replays: 1
  })
  t.strictSame(headers.slice(0, 3), [original[0], original[1], original[4]])
  t.ok(headers.filter(([name]) => name === '__dlq.errors.topic').length === 1)
  t.strictSame(replayHeaders(headers, 2), [original[0], original[4], ['kops.dlq.replays', utf8('2')]])
})

t.test('an original without a timestamp has none', async (t) => {
  const cause = { topic: 'orders', partition: 0, offset: 0, timestampMs: -1, group: 'g', errorClass: 'E', message: 'm' }
  t.equal(parseDeadLetter(deadLetterHeaders(cause, [])).timestampMs, null)
})

for (const [name, headers] of cases) {
  t.test(`a replay leaves nothing of: ${name}`, async (t) => {
    const kept = replayHeaders([['trace', utf8('1')], ...headers, ['x-original-url', utf8('/')]], 1)
    const others = headers.filter(([name]) => name === 'trace')
    t.strictSame(kept, [
      ['trace', utf8('1')],
      ...others,
      ['x-original-url', utf8('/')],
      ['kops.dlq.replays', utf8('1')]
    ])
  })
}

t.test('each format removes every header that it is read from', async (t) => {
  for (const { format, added, numbers: _numbers, errorClass, message, ...names } of formats) {
    for (const name of [...errorClass, ...message, ...Object.values(names)]) {
      t.strictSame(replayHeaders([[name, utf8('1')]], 1).length, 1, `${format}: ${name}`)
    }
    t.ok(added.length > 0)
  }
})

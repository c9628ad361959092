import { type Static, Type } from 'typebox'
import {
  count,
  DryRunQuerySchema,
  TimestampSchema,
  TopicNameSchema,
  TopicParamsSchema,
  UnknownReasonSchema,
  WarningSchema
} from './common.ts'
import { described, type Endpoint } from './endpoint.ts'

const partition = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const knownOffset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const offset = Type.Union([knownOffset, Type.Null()])

const contentFilters = {
  keyContains: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Only records whose key, as shown, contains this' })
  ),
  valueContains: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Only records whose value, as shown, contains this' })
  ),
  format: Type.Optional(
    Type.Enum(['auto', 'json', 'text', 'base64'], {
      default: 'auto',
      description:
        'auto: JSON objects and arrays as JSON, other UTF-8 as text, the rest as base64. What cannot be shown as asked is ' +
        'shown as auto would; the encoding beside it tells.'
    })
  )
}

export const IsolationSchema = Type.Enum(['read_committed', 'read_uncommitted'], {
  default: 'read_committed',
  description:
    'read_committed: without the records of aborted transactions, and up to the first transaction that is open; ' +
    'read_uncommitted: whatever lies in the log'
})

export const BrowseQuerySchema = Type.Object(
  {
    from: Type.Optional(
      Type.Enum(['earliest', 'latest', 'offset', 'timestamp'], {
        default: 'latest',
        description: 'latest: newest first; the others go forwards'
      })
    ),
    offset: Type.Optional(knownOffset),
    timestamp: Type.Optional(TimestampSchema),
    partition: Type.Optional(partition),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
    isolation: Type.Optional(IsolationSchema),
    ...contentFilters,
    cursor: Type.Optional(
      Type.String({
        maxLength: 16_000,
        description:
          'nextCursor of the page before: goes on there, whatever `from` and `partition` say; filters and isolation are given again'
      })
    )
  },
  { additionalProperties: false, examples: [{ from: 'earliest', limit: 10 }] }
)
export type BrowseQuery = Static<typeof BrowseQuerySchema>

const encoding = Type.Union([Type.Enum(['json', 'text', 'base64']), Type.Null()], {
  description: 'null: there is none'
})
const content = Type.Unknown({ description: 'A string as text and as base64, any JSON as json, or null' })

export const MessageSchema = Type.Object(
  {
    partition,
    offset: knownOffset,
    timestamp: Type.Union([TimestampSchema, Type.Null()]),
    key: { ...content, examples: ['order-1'] },
    keyEncoding: { ...encoding, examples: ['text'] },
    value: { ...content, examples: [{ total: 12 }] },
    valueEncoding: encoding,
    headers: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['source'] }),
          value: { ...content, examples: ['kops'] },
          encoding: { ...encoding, examples: ['text'] }
        },
        { additionalProperties: false }
      )
    ),
    sizeBytes: count,
    masked: Type.Array(Type.String(), {
      examples: [[]],
      description:
        'What a masking rule hides, by path: `value.user.email`; `value` alone where all of it is withheld. Rules reach the ' +
        'fields of JSON and of forms (`user=me&password=x`), also within strings of JSON; other text that looks like data and ' +
        'names a masked field is hidden whole. Not reached: prose, Base64, Avro, Protobuf and what else hides its names, and ' +
        'a secret that is repeated under a name of its own. A rule that names the topic withholds every value without fields.'
    })
  },
  { $id: 'Message', additionalProperties: false }
)
export type Message = Static<typeof MessageSchema>

export const MessagePageSchema = Type.Object(
  {
    topic: TopicNameSchema,
    direction: Type.Enum(['forward', 'backward']),
    isolation: IsolationSchema,
    messages: Type.Array(MessageSchema, {
      description: 'In the order of their timestamps; those of one partition in the order of their offsets'
    }),
    scanned: Type.Object({ records: count, bytes: count, durationMs: count }, { additionalProperties: false }),
    cutBy: Type.Union([Type.Enum(['limit', 'bytes', 'time']), Type.Null()], {
      description: 'What ended the search before the end of the log; null: nothing is left in this direction'
    }),
    nextCursor: Type.Optional(Type.String({ description: 'Goes on where this page ended' })),
    partitions: Type.Array(
      Type.Object(
        {
          partition,
          logStartOffset: offset,
          logEndOffset: offset,
          lastStableOffset: Type.Optional(
            Type.Union([knownOffset, Type.Null()], {
              description: 'With read_committed: where the first open transaction begins, else the end of the log'
            })
          ),
          position: Type.Union([knownOffset, Type.Null()], { description: 'How far this partition was read' }),
          reason: Type.Optional(UnknownReasonSchema)
        },
        { additionalProperties: false }
      )
    ),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'MessagePage', additionalProperties: false }
)
export type MessagePage = Static<typeof MessagePageSchema>

export const TailQuerySchema = Type.Object(
  { partition: Type.Optional(partition), isolation: Type.Optional(IsolationSchema), ...contentFilters },
  { additionalProperties: false }
)
export type TailQuery = Static<typeof TailQuerySchema>

const inputEncoding = Type.Optional(
  Type.Enum(['json', 'text', 'base64'], { description: 'text where a string is given, json otherwise' })
)

export const RecordInputSchema = Type.Object(
  {
    key: Type.Optional(Type.Unknown({ description: 'None when null or left out' })),
    keyEncoding: inputEncoding,
    value: Type.Unknown({ description: 'null writes a tombstone' }),
    valueEncoding: inputEncoding,
    headers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ maxLength: 1000 }),
            value: Type.Union([Type.String(), Type.Null()]),
            encoding: Type.Optional(Type.Enum(['text', 'base64']))
          },
          { additionalProperties: false }
        ),
        { maxItems: 100 }
      )
    ),
    partition: Type.Optional(partition)
  },
  { $id: 'RecordInput', additionalProperties: false }
)
export type RecordInput = Static<typeof RecordInputSchema>

export const ProduceSchema = Type.Object(
  { records: Type.Array(RecordInputSchema, { minItems: 1, maxItems: 1000 }) },
  {
    additionalProperties: false,
    examples: [{ records: [{ key: 'order-1', value: { total: 12 }, headers: [{ name: 'source', value: 'kops' }] }] }]
  }
)
export type Produce = Static<typeof ProduceSchema>

export const WrittenRecordSchema = Type.Object(
  {
    partition: Type.Union([partition, Type.Null()], {
      description: 'null in a dry run of a record without key and partition: chosen when it is written'
    }),
    offset,
    status: Type.Enum(['planned', 'acknowledged', 'refused', 'indeterminate'], {
      description:
        'acknowledged: all in-sync replicas have it; refused: it was not written; indeterminate: it was sent, and no answer ' +
        'says whether it was written'
    }),
    sizeBytes: count,
    error: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() }, { additionalProperties: false }))
  },
  { $id: 'WrittenRecord', additionalProperties: false }
)
export type WrittenRecord = Static<typeof WrittenRecordSchema>

export const ProduceResultSchema = Type.Object(
  {
    topic: TopicNameSchema,
    action: Type.Literal('produce'),
    records: Type.Array(WrittenRecordSchema, { description: 'In the order of the request' }),
    dryRun: Type.Boolean(),
    applied: Type.Boolean({ description: 'Every record is acknowledged' })
  },
  { $id: 'ProduceResult', additionalProperties: false }
)
export type ProduceResult = Static<typeof ProduceResultSchema>

export const messageEndpoints = {
  browseMessages: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/messages',
    role: 'viewer',
    tag: 'messages',
    summary: 'Browse the records of a topic',
    description:
      'Newest first from `latest`, forwards from anywhere else. Bounded by limit, bytes and time: `cutBy` names the bound ' +
      'that ended the page, `scanned` what it cost, `nextCursor` goes on. Masked fields are hidden from answers and filters. ' +
      'Records of aborted and open transactions are left out unless isolation=read_uncommitted; markers are never shown.',
    params: TopicParamsSchema,
    query: BrowseQuerySchema,
    answers: { 200: MessagePageSchema }
  },
  produceMessages: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/messages',
    role: 'operator',
    audit: 'message.produce',
    tag: 'messages',
    summary: 'Write records to a topic',
    description:
      'With acks=all. Answers 201 with partition and offset of each. Integers beyond 2^53 lose digits in any JSON body: ' +
      'give such a value as text.',
    params: TopicParamsSchema,
    query: DryRunQuerySchema,
    body: ProduceSchema,
    answers: {
      200: described(ProduceResultSchema, 'Where they would go (dryRun)'),
      201: described(ProduceResultSchema, 'All in-sync replicas have every record'),
      207: described(ProduceResultSchema, 'Not every record is acknowledged: each tells its status')
    }
  }
} as const satisfies Record<string, Endpoint>

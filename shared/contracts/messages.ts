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
import { described, type Endpoint, secret } from './endpoint.ts'

const partition = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const knownOffset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const offset = Type.Union([knownOffset, Type.Null()])

const contentFilters = {
  keyContains: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Only records whose displayed key contains this' })
  ),
  valueContains: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Only records whose displayed value contains this' })
  ),
  format: Type.Optional(
    Type.Enum(['auto', 'json', 'text', 'base64'], {
      default: 'auto',
      description:
        'auto: JSON objects and arrays as JSON, other UTF-8 as text, the rest as base64. Content that does not fit the requested format is shown as in auto; its encoding field says which.'
    })
  )
}

export const IsolationSchema = Type.Enum(['read_committed', 'read_uncommitted'], {
  default: 'read_committed',
  description:
    'read_committed: excludes records of aborted transactions, and stops at the first open transaction; read_uncommitted: everything in the log'
})

export const BrowseQuerySchema = Type.Object(
  {
    from: Type.Optional(
      Type.Enum(['earliest', 'latest', 'offset', 'timestamp'], {
        default: 'latest',
        description: 'latest: newest first; the others read forwards'
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
          'nextCursor of the previous page: continues there and ignores `from` and `partition`; repeat filters and isolation'
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
        'fields of JSON and of forms (`user=me&password=x`), also within JSON strings; other text that looks like data and names a masked field is hidden entirely. Masking does not reach prose, Base64, Avro, Protobuf and other formats that hide field names, nor a secret repeated under another name. A rule that names the topic withholds every value without fields.'
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
      description: 'Ordered by timestamp; records of one partition ordered by offset'
    }),
    scanned: Type.Object({ records: count, bytes: count, durationMs: count }, { additionalProperties: false }),
    cutBy: Type.Union([Type.Enum(['limit', 'bytes', 'time']), Type.Null()], {
      description: 'The limit that ended the search before the end of the log; null: nothing is left in this direction'
    }),
    nextCursor: Type.Optional(Type.String({ description: 'Continues where this page ended' })),
    partitions: Type.Array(
      Type.Object(
        {
          partition,
          logStartOffset: offset,
          logEndOffset: offset,
          lastStableOffset: Type.Optional(
            Type.Union([knownOffset, Type.Null()], {
              description: 'With read_committed: the start of the first open transaction, or the end of the log'
            })
          ),
          position: Type.Union([knownOffset, Type.Null()], { description: 'Position reached in this partition' }),
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
  Type.Enum(['json', 'text', 'base64'], { description: 'Defaults to text for a string, json otherwise' })
)

export const RecordInputSchema = Type.Object(
  {
    key: Type.Optional(secret(Type.Unknown({ description: 'No key if null or absent' }))),
    keyEncoding: inputEncoding,
    value: secret(Type.Unknown({ description: 'null writes a tombstone' })),
    valueEncoding: inputEncoding,
    headers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ maxLength: 1000 }),
            value: secret(Type.Union([Type.String(), Type.Null()])),
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
      description: 'null in a dry run of a record without key and partition: chosen on writing'
    }),
    offset,
    status: Type.Enum(['planned', 'acknowledged', 'refused', 'indeterminate'], {
      description:
        'acknowledged: all in-sync replicas have it; refused: it was not written; indeterminate: it was sent without an answer, and may have been written'
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
    applied: Type.Boolean({ description: 'Every record is acknowledged' }),
    warnings: Type.Array(WarningSchema, { description: 'Rules of catalogs’ policies that records break' })
  },
  { $id: 'ProduceResult', additionalProperties: false }
)
export type ProduceResult = Static<typeof ProduceResultSchema>

export const messageEndpoints = {
  browseMessages: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/messages',
    role: 'reader',
    tag: 'messages',
    summary: 'Browse the records of a topic',
    description:
      'Newest first from `latest`, forwards from anywhere else. Limited by count, bytes and time: `cutBy` names the limit that ended the page, `scanned` its cost, and `nextCursor` continues it. Answers and filters do not see masked fields. Excludes records of aborted and open transactions unless isolation=read_uncommitted; never shows transaction markers.',
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
      'Writes with acks=all. Answers 201 with partition and offset of each record. Integers beyond 2^53 lose digits in any JSON body: send such a value as text.',
    params: TopicParamsSchema,
    query: DryRunQuerySchema,
    body: ProduceSchema,
    answers: {
      200: described(ProduceResultSchema, 'Where the records would go (dryRun)'),
      201: described(ProduceResultSchema, 'All in-sync replicas have every record'),
      207: described(ProduceResultSchema, 'Not every record is acknowledged: each has its status')
    }
  }
} as const satisfies Record<string, Endpoint>

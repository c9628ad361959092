import { type Static, Type } from 'typebox'
import { count, DryRunQuerySchema, TopicNameSchema, WarningSchema } from './common.ts'
import { errorFilter, originFilter, QueueParamsSchema } from './dead-letters.ts'
import { described, type Endpoint, optionalBody } from './endpoint.ts'

const partition = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** Letters of one partition. */
export const LetterSpanSchema = Type.Object(
  { partition, from: offset, to: Type.Optional({ ...offset, description: 'The last one; by default only `from`' }) },
  { additionalProperties: false, examples: [{ partition: 0, from: 12, to: 40 }] }
)
export type LetterSpan = Static<typeof LetterSpanSchema>

export const mostLetters = 100_000
const selection = {
  letters: Type.Optional(
    Type.Array(LetterSpanSchema, {
      minItems: 1,
      maxItems: 100,
      description: 'These letters, whatever was decided on them; by default every undecided one, oldest first'
    })
  ),
  partition: Type.Optional(partition),
  originTopic: Type.Optional(originFilter),
  error: Type.Optional(errorFilter),
  includeUnconfirmed: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Also letters whose replay was interrupted. Replayed again, they may arrive twice'
    })
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: mostLetters, default: 1000, description: 'How many letters at most' })
  ),
  force: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Also letters that were replayed too often, or are decided on; needs a reason'
    })
  ),
  reason: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Kept with the letters and in the audit trail' })
  )
}

export const ReplaySchema = Type.Object(
  {
    ...selection,
    to: Type.Optional({ ...TopicNameSchema, description: 'By default each goes to the topic that its headers name' }),
    maxPerSecond: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, default: 1000, description: 'The most letters a second' })
    )
  },
  { $id: 'DeadLetterReplay', additionalProperties: false, examples: [{ limit: 100 }] }
)
export type Replay = Static<typeof ReplaySchema>

export const DiscardSchema = Type.Object(selection, {
  $id: 'DeadLetterDiscard',
  additionalProperties: false,
  examples: [{ limit: 100, reason: 'orders of a test' }]
})
export type Discard = Static<typeof DiscardSchema>

export const SkipReasonSchema = Type.Enum([
  'no_origin',
  'origin_missing',
  'origin_reserved',
  'origin_not_granted',
  'origin_is_queue',
  'replayed_too_often',
  'too_large',
  'unconfirmed',
  'replayed',
  'discarded'
])
export type SkipReason = Static<typeof SkipReasonSchema>

const placeSchema = Type.Object({ partition, offset }, { additionalProperties: false })
const spans = Type.Array(Type.Object({ partition, from: offset, to: offset }, { additionalProperties: false }), {
  description: 'Which letters, as offsets that follow each other; at most 1,000 of them',
  examples: [[{ partition: 0, from: 12, to: 40 }]]
})
const outcome = {
  topic: TopicNameSchema,
  dryRun: Type.Boolean(),
  selected: Type.Integer({ minimum: 0, description: 'Letters that the request is about, without skipped ones' }),
  skipped: Type.Array(
    Type.Object(
      {
        reason: SkipReasonSchema,
        detail: Type.String({ examples: ['its topic orders does not exist'] }),
        letters: count,
        examples: Type.Array(placeSchema, { description: 'The first of them' })
      },
      { additionalProperties: false }
    ),
    { examples: [[]] }
  ),
  spans,
  cutBy: Type.Union([Type.Enum(['limit', 'time', 'refused']), Type.Null()], {
    description:
      'What ended it while letters may be left: repeat the request to go on; refused: Kafka did not take a letter. null: nothing is left'
  }),
  warnings: Type.Array(WarningSchema)
}

export const ReplayResultSchema = Type.Object(
  {
    ...outcome,
    action: Type.Literal('replay'),
    applied: Type.Boolean({
      description: 'Every selected letter is in its topic, acknowledged by all in-sync replicas'
    }),
    targets: Type.Array(
      Type.Object(
        {
          topic: TopicNameSchema,
          letters: count,
          bytes: count,
          retimed: Type.Integer({
            minimum: 0,
            description:
              'Of these, letters that get the present time, because the topic would refuse their own or delete them at once'
          })
        },
        { additionalProperties: false }
      ),
      { examples: [[{ topic: 'orders', letters: 29, bytes: 4096, retimed: 0 }]] }
    ),
    replayed: count,
    refused: Type.Integer({ minimum: 0, description: 'Kafka has not written them: they stay undecided' }),
    unconfirmed: Type.Integer({ minimum: 0, description: 'They may have been written, or not: see the status' }),
    error: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() }, { additionalProperties: false })),
    durationMs: count
  },
  { $id: 'DeadLetterReplayResult', additionalProperties: false }
)
export type ReplayResult = Static<typeof ReplayResultSchema>

export const DiscardResultSchema = Type.Object(
  { ...outcome, action: Type.Literal('discard'), applied: Type.Boolean() },
  { $id: 'DeadLetterDiscardResult', additionalProperties: false }
)
export type DiscardResult = Static<typeof DiscardResultSchema>

export const deadLetterChangeEndpoints = {
  replayDeadLetters: {
    service: 'admin',
    method: 'POST',
    path: '/api/dead-letters/{topicName}/replay',
    role: 'operator',
    audit: 'dead-letter.replay',
    tag: 'dead letters',
    summary: 'Write letters to the topics they came from',
    description:
      'With their keys, values and headers as they were, without those of their death, and with a counter: a letter that came back KOPS_DEAD_LETTER_REPLAYS_MAX times is skipped. A letter that was replayed is not replayed again. After an interruption some are unconfirmed, and skipped unless includeUnconfirmed=true.',
    params: QueueParamsSchema,
    query: DryRunQuerySchema,
    body: optionalBody(ReplaySchema),
    answers: {
      200: described(ReplayResultSchema, 'Replayed, or what would be (dryRun)'),
      207: described(ReplayResultSchema, 'Not every letter is acknowledged')
    }
  },
  discardDeadLetters: {
    service: 'admin',
    method: 'POST',
    path: '/api/dead-letters/{topicName}/discard',
    role: 'operator',
    audit: 'dead-letter.discard',
    tag: 'dead letters',
    summary: 'Mark letters as discarded',
    description:
      'Kafka cannot delete single records: they stay in the topic until its retention removes them, and are no longer listed, counted or replayed.',
    params: QueueParamsSchema,
    query: DryRunQuerySchema,
    body: optionalBody(DiscardSchema),
    answers: { 200: described(DiscardResultSchema, 'Discarded, or what would be (dryRun)') }
  }
} as const satisfies Record<string, Endpoint>

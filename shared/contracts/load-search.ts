import { type Static, Type } from 'typebox'

/** Why a trial of a search failed. */
export const TrialReasonSchema = Type.Enum(['client', 'errors', 'behind', 'late', 'growing'], {
  description:
    'client: the producers had no time left; errors: records failed; behind: less than 99 % was acknowledged in time; late: p99 of the response time was above the objective; growing: the response time rose by more than 2 % of the time that passed'
})
export type TrialReason = Static<typeof TrialReasonSchema>

/** One trial of a search, at a constant rate. */
export const TrialSchema = Type.Object(
  {
    perSecond: Type.Number({ description: 'Target, in records per second' }),
    seconds: Type.Number({ description: 'For which records were due' }),
    achievedPerSecond: Type.Number({ description: 'Acknowledged, until the last answer' }),
    p99Ms: Type.Union([Type.Number(), Type.Null()], { description: 'Of the response time, after the warm-up' }),
    passed: Type.Boolean(),
    reason: Type.Union([TrialReasonSchema, Type.Null()], { description: 'null: it passed' })
  },
  { additionalProperties: false }
)
export type Trial = Static<typeof TrialSchema>

const bound = (description: string) => Type.Union([Type.Number(), Type.Null()], { description })

/** The bounds of the highest sustainable rate, in records per second. */
export const intervalProperties = {
  highestPass: bound('Highest rate that passes, and is below every rate that fails; null: none passed'),
  lowestFail: bound('Lowest rate that fails; null: none failed, or the client was the limit')
}

/** What a search for the highest sustainable rate has found. */
export const RateSearchSchema = Type.Object(
  {
    ...intervalProperties,
    endedBecause: Type.Enum(
      ['found', 'clientLimit', 'maximumPassed', 'minimumFailed', 'soakFailed', 'outOfBounds', 'interrupted'],
      {
        description:
          'found: highestPass and lowestFail are as close as asked for; clientLimit: the producers were the limit, so that the cluster sustains highestPass or more; maximumPassed: so does maxPerSecond; minimumFailed: not even 1 record per second passed; soakFailed: the interval was found, but 90 % of highestPass was not sustained; outOfBounds: trials, records or time were used up; interrupted: cancelled or failed'
      }
    ),
    trials: Type.Array(TrialSchema, { description: 'In order' }),
    soak: Type.Optional({ ...TrialSchema, description: 'The long trial at 90 % of highestPass' })
  },
  { additionalProperties: false }
)
export type RateSearch = Static<typeof RateSearchSchema>

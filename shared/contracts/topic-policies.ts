import { type Static, Type } from 'typebox'

export const policyRules = ['names', 'environments', 'maxMessageBytes', 'correlationIdHeader'] as const
export type PolicyRule = (typeof policyRules)[number]

const globs = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 249 }), { minItems: 1, maxItems: 100, description })

/**
 * What a catalog asks of topics and of the records in them: `policy:`. A topic that breaks a rule gets a warning, or is refused
 * where the rule is enforced.
 */
export const TopicPolicySchema = Type.Object(
  {
    topics: Type.Optional(
      globs('Globs of the topics that it is for, whether they exist or not. Absent: those of this catalog')
    ),
    except: Type.Optional(globs('Globs of topics that it is not for')),
    names: Type.Optional(
      Type.Literal('kebab-case', { description: 'Names are of lower-case words and digits, joined by hyphens' })
    ),
    environments: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z][a-z0-9]*$', maxLength: 30 }), {
        minItems: 1,
        maxItems: 20,
        description: 'A name begins with one of these and a hyphen: prod-orders'
      })
    ),
    maxMessageBytes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_147_483_647,
        description: 'Most bytes of a record: max.message.bytes is at most this, and so is a record that kops writes'
      })
    ),
    correlationIdHeader: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Records that kops writes have this header, with which an event is followed from service to service',
        examples: ['correlation-id']
      })
    ),
    enforce: Type.Optional(
      Type.Array(Type.Enum([...policyRules]), {
        maxItems: policyRules.length,
        uniqueItems: true,
        description: 'Rules whose breach is refused; that of others is a warning'
      })
    )
  },
  { $id: 'TopicPolicy', additionalProperties: false }
)
export type TopicPolicy = Static<typeof TopicPolicySchema>

import { type Static, Type } from 'typebox'
import { TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import { TopicConfigsSchema, TopicSpecSchema } from './topics.ts'

/**
 * A declarative topic catalog: one YAML file under catalog/. Its JSON Schema for editors is catalog/catalog.schema.json,
 * which shared/catalog/json-schema.ts makes from this.
 */
export const CatalogSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'Names the catalog', examples: ['log-streaming'] }),
    description: Type.Optional(Type.String()),
    clusterId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'The id of the one cluster that this catalog is for: on any other it is refused',
        examples: ['MkU3OEVBNTcwNTJENDM2Qg']
      })
    ),
    topics: Type.Array(TopicSpecSchema, {
      description: 'What topics are to be. Topics and overrides that are not named stay as they are'
    }),
    remove: Type.Optional(
      Type.Array(TopicNameSchema, {
        description:
          'Topics that are to be gone. They are deleted with allowDelete only, under the guards of any deletion'
      })
    )
  },
  { $id: 'Catalog', additionalProperties: false }
)
export type Catalog = Static<typeof CatalogSchema>

/** One difference between a catalog and the cluster. A topic that needs two changes has two. */
export const CatalogChangeSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    action: Type.Enum(['create', 'add-partitions', 'alter-config', 'delete', 'none', 'refuse'], {
      description: 'refuse: it cannot become what the catalog says, and is left alone as a whole'
    }),
    detail: Type.String({ examples: ['12 partitions, replication factor 3'] }),
    applied: Type.Boolean()
  },
  { additionalProperties: false }
)
export type CatalogChange = Static<typeof CatalogChangeSchema>

/** Overrides that somebody has set on a topic and its catalog does not name. */
export const CatalogDriftSchema = Type.Object(
  { topic: Type.String({ examples: ['log-events'] }), configs: TopicConfigsSchema },
  { additionalProperties: false }
)
export type CatalogDrift = Static<typeof CatalogDriftSchema>

export const CatalogResultSchema = Type.Object(
  {
    catalog: Type.String({ examples: ['log-streaming'] }),
    clusterId: Type.Union([Type.String({ examples: ['MkU3OEVBNTcwNTJENDM2Qg'] }), Type.Null()], {
      description: 'null when no broker told it'
    }),
    dryRun: Type.Boolean(),
    changes: Type.Array(CatalogChangeSchema),
    drift: Type.Array(CatalogDriftSchema, {
      description: 'Overrides set on topics of the catalog that it does not name: told, never removed'
    }),
    own: Type.Array(Type.String({ examples: ['kops-probe'] }), {
      description: 'Topics that kops keeps for itself and no catalog names: the probe, the audit trail, events, drills'
    }),
    unmanaged: Type.Array(Type.String({ examples: ['scratch'] }), {
      description: 'All other topics that neither this catalog nor one of the installed catalogs names'
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'CatalogResult', additionalProperties: false }
)
export type CatalogResult = Static<typeof CatalogResultSchema>

const allowDelete = Type.Optional(
  Type.Boolean({ default: false, description: 'Delete the topics under `remove`. Needs the role admin' })
)

export const PlanCatalogQuerySchema = Type.Object(
  { allowDelete, dryRun: Type.Optional(Type.Literal(true, { default: true, description: 'A plan changes nothing' })) },
  { additionalProperties: false }
)
export type PlanCatalogQuery = Static<typeof PlanCatalogQuerySchema>

export const ApplyCatalogQuerySchema = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan, change nothing' })),
    allowDelete,
    force: Type.Optional(
      Type.Boolean({ default: false, description: 'Delete them although they are in use; needs a reason' })
    ),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'Why: kept in the audit trail' }))
  },
  { additionalProperties: false }
)
export type ApplyCatalogQuery = Static<typeof ApplyCatalogQuerySchema>

/** `GET /api/topics/advice`. */
export const AdviceQuerySchema = Type.Object(
  {
    consumers: Type.Integer({
      minimum: 1,
      maximum: 10000,
      description: 'Consumers in the largest group',
      examples: [12]
    }),
    throughputMbPerSec: Type.Number({
      minimum: 0,
      maximum: 1_000_000,
      description: 'Throughput aimed at, in megabytes per second',
      examples: [50]
    })
  },
  { additionalProperties: false }
)
export type AdviceQuery = Static<typeof AdviceQuerySchema>

export const AdviceSchema = Type.Object(
  {
    partitions: Type.Integer({ minimum: 1, description: 'The largest of the needs' }),
    evenlyShared: Type.Integer({
      minimum: 1,
      description: 'The next multiple of the consumers: each of them then gets as many partitions as the others'
    }),
    needs: Type.Array(
      Type.Object(
        {
          what: Type.Enum(['consumers', 'throughput', 'minimum']),
          partitions: Type.Integer({ minimum: 0 }),
          reason: Type.String({ examples: ['12 consumers, one partition each at least'] })
        },
        { additionalProperties: false }
      )
    ),
    reasons: Type.Array(Type.String({ examples: ['12 consumers, one partition each at least'] }), {
      description: 'How the numbers came about, for people'
    })
  },
  { $id: 'PartitionAdvice', additionalProperties: false }
)
export type Advice = Static<typeof AdviceSchema>

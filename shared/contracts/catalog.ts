import { type Static, Type } from 'typebox'
import { TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import { type Endpoint, NoQuerySchema } from './endpoint.ts'
import { TopicPolicySchema } from './topic-policies.ts'
import { TopicConfigsSchema, TopicSpecSchema } from './topic-specs.ts'

/**
 * A declarative topic catalog: one YAML file under catalog/. Its JSON Schema for editors is
 * catalog/catalog.schema.json, which shared/yaml/editor-schemas.ts generates from this schema.
 */
export const CatalogSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'Names the catalog', examples: ['log-streaming'] }),
    description: Type.Optional(Type.String({ maxLength: 10_000 })),
    clusterId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Id of the only cluster that accepts this catalog',
        examples: ['MkU3OEVBNTcwNTJENDM2Qg']
      })
    ),
    policy: Type.Optional(TopicPolicySchema),
    topics: Type.Array(TopicSpecSchema, {
      maxItems: 10_000,
      description: 'Desired topics. Topics and overrides that are not named stay unchanged'
    }),
    remove: Type.Optional(
      Type.Array(TopicNameSchema, {
        maxItems: 10_000,
        description: 'Topics to delete. Requires allowDelete, and the guards of any deletion apply'
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
      description: 'refuse: the topic cannot be changed to match the catalog, and is left unchanged'
    }),
    detail: Type.String({ examples: ['12 partitions, replication factor 3'] }),
    settings: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ examples: ['retention.ms'] }),
            before: Type.Union([Type.String(), Type.Null()], { description: 'null: not set on the topic' }),
            after: Type.String({ examples: ['604800000'] })
          },
          { additionalProperties: false }
        ),
        { description: 'Of alter-config: the overrides that differ' }
      )
    ),
    applied: Type.Boolean()
  },
  { additionalProperties: false }
)
export type CatalogChange = Static<typeof CatalogChangeSchema>

/** Overrides set on a topic that its catalog does not name. */
export const CatalogDriftSchema = Type.Object(
  { topic: Type.String({ examples: ['log-events'] }), configs: TopicConfigsSchema },
  { additionalProperties: false }
)
export type CatalogDrift = Static<typeof CatalogDriftSchema>

export const CatalogResultSchema = Type.Object(
  {
    catalog: Type.String({ examples: ['log-streaming'] }),
    clusterId: Type.Union([Type.String({ examples: ['MkU3OEVBNTcwNTJENDM2Qg'] }), Type.Null()], {
      description: 'null if no broker reported it'
    }),
    dryRun: Type.Boolean(),
    changes: Type.Array(CatalogChangeSchema),
    drift: Type.Array(CatalogDriftSchema, {
      description: 'Overrides on the catalog’s topics that it does not name: reported, never removed'
    }),
    own: Type.Array(Type.String({ examples: ['kops-probe'] }), {
      description: 'kops’ own topics that no catalog names: the probe, the audit trail, events, drills'
    }),
    unmanaged: Type.Array(Type.String({ examples: ['scratch'] }), {
      description: 'All other topics that no installed catalog names'
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'CatalogResult', additionalProperties: false }
)
export type CatalogResult = Static<typeof CatalogResultSchema>

export const CatalogListSchema = Type.Object(
  {
    catalogs: Type.Array(CatalogSchema, { description: 'As their files say, in the order of the names of these' }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema, { description: 'Files that are no catalogs' })
  },
  { $id: 'CatalogList', additionalProperties: false }
)
export type CatalogList = Static<typeof CatalogListSchema>

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
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan without changing anything' })),
    allowDelete,
    force: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Delete topics even if they are in use, and add very many partitions; needs a reason'
      })
    ),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'Reason, kept in the audit trail' }))
  },
  { additionalProperties: false }
)
export type ApplyCatalogQuery = Static<typeof ApplyCatalogQuerySchema>

export const catalogEndpoints = {
  listCatalogs: {
    service: 'admin',
    method: 'GET',
    path: '/api/catalog',
    role: 'viewer',
    tag: 'catalog',
    summary: 'List the installed catalogs',
    description:
      'The files of KOPS_CATALOG_DIR as they are now: send one to /api/catalog/plan for what differs from the cluster.',
    query: NoQuerySchema,
    answers: { 200: CatalogListSchema }
  },
  planCatalog: {
    service: 'admin',
    method: 'POST',
    path: '/api/catalog/plan',
    role: 'viewer',
    wholeCluster: true,
    audit: 'catalog.plan',
    changesNothing: true,
    tag: 'catalog',
    summary: 'Show the difference between a catalog and the cluster',
    description:
      'Shows what applying the catalog would do, overrides that it does not name (drift), and topics that no installed catalog names: kops’ own and all others (unmanaged). Kafka has validated the plan. Changes nothing.',
    query: PlanCatalogQuerySchema,
    body: CatalogSchema,
    answers: { 200: CatalogResultSchema }
  },
  applyCatalog: {
    service: 'admin',
    method: 'POST',
    path: '/api/catalog/apply',
    role: 'operator',
    wholeCluster: true,
    audit: 'catalog.apply',
    tag: 'catalog',
    summary: 'Apply a catalog to the cluster',
    description:
      'Idempotent: creates missing topics, adds partitions, sets overrides that differ, and refuses the rest. Deletes the topics under `remove` only with allowDelete. If it fails midway, the error lists what was done and what was not; applying the same catalog again continues from there.',
    query: ApplyCatalogQuerySchema,
    body: CatalogSchema,
    answers: { 200: CatalogResultSchema }
  }
} as const satisfies Record<string, Endpoint>

import { type Static, Type } from 'typebox'
import { WarningSchema } from './common.ts'
import { TopicSpecSchema } from './topics.ts'

/** A declarative topic catalog: one YAML file under catalog/. */
export const CatalogSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, examples: ['log-streaming'] }),
    description: Type.Optional(Type.String()),
    topics: Type.Array(TopicSpecSchema)
  },
  { $id: 'Catalog', additionalProperties: false }
)
export type Catalog = Static<typeof CatalogSchema>

/** One difference between a catalog and the cluster. */
export const CatalogChangeSchema = Type.Object(
  {
    topic: Type.String(),
    action: Type.Enum(['create', 'alter-config', 'none', 'refuse']),
    detail: Type.String({ examples: ['12 partitions, replication factor 3'] }),
    applied: Type.Boolean()
  },
  { additionalProperties: false }
)
export type CatalogChange = Static<typeof CatalogChangeSchema>

export const CatalogResultSchema = Type.Object(
  {
    catalog: Type.String(),
    dryRun: Type.Boolean(),
    changes: Type.Array(CatalogChangeSchema),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'CatalogResult', additionalProperties: false }
)
export type CatalogResult = Static<typeof CatalogResultSchema>

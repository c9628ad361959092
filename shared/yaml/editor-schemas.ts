import { type TSchema, Type } from 'typebox'
import { AnalyticsDefinitionSchema } from '../contracts/analytics.ts'
import { CatalogSchema } from '../contracts/catalog.ts'
import { ConnectorFileSchema } from '../contracts/connectors.ts'
import { DrillScheduleFileSchema, DrillScheduleSchema } from '../contracts/drill-schedules.ts'
import { DrillStepSchema, GameDayStepSchema, StartGameDaySchema } from '../contracts/gameday-request.ts'
import { PayloadSchema } from '../contracts/load-records.ts'
import { WorkloadSchema } from '../contracts/workload.ts'

/** What a workload's file may say instead of `lines`. */
const linesOfFile = Type.Object(
  {
    kind: Type.Literal('lines'),
    file: Type.String({ minLength: 1, description: 'Whose lines are the values; relative to the file of the workload' })
  },
  { additionalProperties: false }
)

// Without its discriminator: two shapes have the kind `lines`.
const { discriminator: _discriminator, oneOf: shapes, ...payload } = Object(PayloadSchema)

const workloadFile = {
  ...WorkloadSchema,
  properties: { ...WorkloadSchema.properties, payload: { ...payload, oneOf: [...shapes, linesOfFile] } }
}

const workloadOrName = Type.Union([
  Type.String({ minLength: 1, description: 'The name of a file of workloads/, or the path of one' }),
  workloadFile
])
const drillFile = { ...DrillStepSchema, properties: { ...DrillStepSchema.properties, load: workloadOrName } }
const stepFile = {
  ...GameDayStepSchema,
  properties: { ...GameDayStepSchema.properties, load: workloadOrName, drill: drillFile },
  minProperties: 1,
  maxProperties: 1
}
const gameDayFile = {
  ...StartGameDaySchema,
  properties: { ...StartGameDaySchema.properties, steps: { ...StartGameDaySchema.properties.steps, items: stepFile } }
}

const fileOfGameDay = Type.String({ minLength: 1, description: 'The name of a file beside this one, or its path' })
const schedulesFile = {
  ...DrillScheduleFileSchema,
  properties: {
    schedules: {
      ...DrillScheduleFileSchema.properties.schedules,
      items: {
        ...DrillScheduleSchema,
        properties: { ...DrillScheduleSchema.properties, gameday: Type.Union([fileOfGameDay, gameDayFile]) }
      }
    }
  }
}

/** The JSON Schema documents for editors (YAML language servers), by their path. */
export const editorSchemas: Record<string, string> = {
  'apps/analytics/analytics.schema.json': documentOf('Stream processing of kops', AnalyticsDefinitionSchema),
  'catalog/catalog.schema.json': documentOf('Topic catalog of kops', CatalogSchema),
  'connectors/connector.schema.json': documentOf('Connector of Kafka Connect, for kops', ConnectorFileSchema),
  'workloads/workload.schema.json': documentOf('Workload of kops', workloadFile),
  'gamedays/gameday.schema.json': documentOf('Game day of kops', gameDayFile),
  'gamedays/schedules/schedules.schema.json': documentOf('Schedules of drills of kops', schedulesFile)
}

/** `$id`s inside a schema are left out: editors would look for documents of these names. */
function documentOf(title: string, schema: TSchema): string {
  const content = JSON.stringify({ ...schema, $id: undefined }, (key, value) => (key === '$id' ? undefined : value))
  const document = { $schema: 'http://json-schema.org/draft-07/schema#', title, ...(JSON.parse(content) as object) }
  return `${JSON.stringify(document, null, 2)}\n`
}

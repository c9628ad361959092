import { type Static, Type } from 'typebox'
import { count, TimestampSchema } from './common.ts'

export const DoctorAreaSchema = Type.Enum(
  ['machine', 'ports', 'versions', 'cluster', 'connection', 'services', 'configuration', 'production'],
  { description: 'What a check is about' }
)
export type DoctorArea = Static<typeof DoctorAreaSchema>

export const DoctorSeveritySchema = Type.Enum(['ok', 'info', 'warning', 'error', 'unknown'], {
  description:
    'ok: as it should be; info: worth knowing; warning: works, with a risk; error: something is wrong; unknown: could not be checked'
})
export type DoctorSeverity = Static<typeof DoctorSeveritySchema>

export const DoctorFindingSchema = Type.Object(
  {
    id: Type.String({
      description: 'Of the check, stable; a check that finds several problems has a finding for each',
      examples: ['machine.disk']
    }),
    area: DoctorAreaSchema,
    severity: DoctorSeveritySchema,
    found: Type.String({
      description: 'What was found; for unknown, why it could not be checked',
      examples: ['4.1 GiB of 80.0 GiB are free on the disk of .kops']
    }),
    advice: Type.Union([Type.String(), Type.Null()], {
      description: 'What to do; null if nothing is to be done',
      examples: ['Free some space: a broker whose disk is full stops']
    })
  },
  { $id: 'DoctorFinding', additionalProperties: false }
)
export type DoctorFinding = Static<typeof DoctorFindingSchema>

/** What `kops doctor --json` prints. */
export const DoctorReportSchema = Type.Object(
  {
    production: Type.Boolean({ description: "Whether production's checklist was gone through as well" }),
    counts: Type.Object(
      { ok: count, info: count, warning: count, error: count, unknown: count },
      { additionalProperties: false, description: 'Findings by severity' }
    ),
    findings: Type.Array(DoctorFindingSchema, { description: 'By area' }),
    asOf: TimestampSchema,
    durationMs: Type.Number({ minimum: 0 })
  },
  { $id: 'DoctorReport', additionalProperties: false }
)
export type DoctorReport = Static<typeof DoctorReportSchema>

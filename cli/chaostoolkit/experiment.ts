import { type Static, Type } from 'typebox'

/**
 * The format of chaostoolkit experiments, as far as kops reads and writes it (chaoslib/experiment.py and chaoslib/activity.py
 * check it).
 */
const PausesSchema = Type.Object({ before: Type.Optional(Type.Number()), after: Type.Optional(Type.Number()) })

const ProviderSchema = Type.Object({
  type: Type.String(),
  /** http */
  url: Type.Optional(Type.String()),
  method: Type.Optional(Type.String()),
  headers: Type.Optional(Type.Record(Type.String(), Type.String())),
  timeout: Type.Optional(Type.Unknown()),
  /** process */
  path: Type.Optional(Type.String()),
  /** python */
  module: Type.Optional(Type.String()),
  func: Type.Optional(Type.String()),
  /** Of http the body or the query, of process the command line, as a list, a text, or names with values. */
  arguments: Type.Optional(Type.Unknown())
})

export const ActivitySchema = Type.Object({
  type: Type.Enum(['action', 'probe']),
  name: Type.String({ minLength: 1 }),
  provider: ProviderSchema,
  tolerance: Type.Optional(Type.Unknown()),
  pauses: Type.Optional(PausesSchema),
  background: Type.Optional(Type.Boolean())
})
export type Activity = Static<typeof ActivitySchema>

/** An activity, or the name of one that is elsewhere in the experiment. */
const EntrySchema = Type.Union([ActivitySchema, Type.Object({ ref: Type.String({ minLength: 1 }) })])

export const ExperimentSchema = Type.Object({
  title: Type.String({ minLength: 1 }),
  description: Type.String({ minLength: 1 }),
  tags: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  configuration: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  secrets: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  'steady-state-hypothesis': Type.Optional(
    Type.Object({ title: Type.String({ minLength: 1 }), probes: Type.Array(EntrySchema) })
  ),
  method: Type.Array(EntrySchema),
  rollbacks: Type.Optional(Type.Array(EntrySchema))
})
export type Experiment = Static<typeof ExperimentSchema>

/** What chaostoolkit writes of a run (chaoslib/run.py: initialize_run_journal). */
export interface Journal {
  'chaoslib-version': string
  platform: string
  node: string
  experiment: Experiment
  start: string
  status: 'completed' | 'failed' | 'aborted'
  deviated: boolean
  steady_states: { before: null; after: { steady_state_met: boolean; probes: [] } | null; during: [] }
  run: JournalRun[]
  rollbacks: []
  end: string | null
  /** Seconds. */
  duration: number | null
}

export interface JournalRun {
  activity: Activity
  output: unknown
  status: 'succeeded' | 'failed'
  start: string | null
  end: string | null
  /** Seconds. */
  duration: number | null
}

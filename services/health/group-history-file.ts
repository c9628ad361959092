import { Type } from 'typebox'
import { createJsonFiles } from '#shared/files/json-files.ts'
import type { HistoryDocument, HistoryStore } from './domain/groups/index.ts'

const place = { topic: Type.String(), partition: Type.Integer({ minimum: 0 }) }

/** See SavedHistory: rings of numbers as text. */
const HistoryDocumentSchema = Type.Object({
  id: Type.Literal('group-history'),
  clusterId: Type.String(),
  savedAt: Type.String(),
  times: Type.String(),
  topics: Type.Array(Type.Object({ name: Type.String(), id: Type.String() })),
  logs: Type.Array(Type.Object({ ...place, starts: Type.String(), ends: Type.String() })),
  commits: Type.Array(Type.Object({ ...place, group: Type.String(), offsets: Type.String() }))
})

/** The history of groups in its own file, replaced atomically. */
export function createHistoryFile(folder: string, onUnreadable: (path: string, cause: unknown) => void): HistoryStore {
  return createJsonFiles<HistoryDocument>({ folder, schema: HistoryDocumentSchema, onUnreadable })
}

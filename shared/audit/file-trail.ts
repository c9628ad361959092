import { readFileSync } from 'node:fs'
import Value from 'typebox/value'
import { type AuditEvent, AuditEventSchema } from '../contracts/audit.ts'
import { createSpoolFile, type SpoolFileOptions } from '../files/spool-file.ts'
import { parseJson } from '../json.ts'
import { type AuditTrail, createAuditTrail } from './audit-trail.ts'
import { canonicalHash } from './canonical-json.ts'
import { type ChainStore, createEventChain } from './chain.ts'

/**
 * An audit trail in a file to which events are appended, one JSON document a line, each on disk before it counts: for what
 * must work without Kafka. Its last event is the state of its chain.
 * @param newWriter makes the name of a new chain
 */
export function createFileTrail(
  { path, onUndecodable }: Omit<SpoolFileOptions, 'schema'>,
  newWriter: () => string
): AuditTrail {
  const file = createSpoolFile<AuditEvent>({ path, schema: AuditEventSchema, onUndecodable })
  const append = async (events: AuditEvent[]) => {
    for (const event of events) await file.append(event)
  }
  return createAuditTrail({ append }, undefined, createEventChain(lastEventOf(path), newWriter))
}

function lastEventOf(path: string): ChainStore {
  return {
    read() {
      let lines: string[]
      try {
        lines = readFileSync(path, 'utf8').split('\n')
      } catch (error) {
        const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
        return { because: missing ? 'no-state' : 'state-unreadable' }
      }
      const text = lines.findLast((line) => Value.Check(AuditEventSchema, parseJson(line)))
      const event: unknown = text === undefined ? undefined : parseJson(text)
      if (!Value.Check(AuditEventSchema, event) || event.chain === undefined) return { because: 'state-unreadable' }
      const { writer, sequence } = event.chain
      return { continues: { writer, sequence, hash: canonicalHash(event), at: event.at, open: [] } }
    },
    write() {},
    close() {}
  }
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { auditEvent } from '#shared/audit/audit-event.ts'
import { type AuditEvent, AuditEventSchema } from '#shared/contracts/audit.ts'
import { createSpoolFile } from '#shared/files/spool-file.ts'

function event(requestId: string) {
  const actor = { name: 'alice', role: 'admin', how: 'token', address: '127.0.0.1' }
  const mutation = { requestId, action: 'topic.create', dryRun: false, actor, target: 'a', note: {} }
  return auditEvent(mutation, 'applied', { at: new Date('2026-01-31T12:00:00Z') })
}

const piece = fc.oneof(
  fc.record({ event: fc.constant(true), bytes: fc.constant(new Uint8Array()) }),
  fc.record({ event: fc.constant(false), bytes: fc.uint8Array({ maxLength: 60 }) })
)

t.test('whatever stands between events, and however the file ends, each whole event is delivered once', async (t) => {
  const folder = t.testdir()
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.uint8Array({ maxLength: 60 }), async (pieces, end) => {
      const path = join(folder, 'audit.jsonl')
      const lines = pieces.map(({ event: isEvent, bytes }, nth) =>
        isEvent ? Buffer.from(JSON.stringify(event(`event-${nth}`))) : Buffer.from(bytes)
      )
      await writeFile(path, Buffer.concat([...lines.flatMap((line) => [line, Buffer.from('\n')]), end]))
      const spool = createSpoolFile<AuditEvent>({ schema: AuditEventSchema, path, onUndecodable: () => {} })
      await spool.append(event('appended'))
      const delivered: string[] = []
      await spool.drain(async (events) => void delivered.push(...events.map(({ requestId }) => requestId)))
      const expected = pieces.flatMap(({ event: isEvent }, nth) => (isEvent ? [`event-${nth}`] : []))
      t.same(delivered, [...expected, 'appended'])
    }),
    { numRuns: 200, seed: 2024 }
  )
})

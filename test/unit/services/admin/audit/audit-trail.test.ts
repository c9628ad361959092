import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createSpoolFile } from '#services/admin/audit/spool-file.ts'
import { auditEvent } from '#services/admin/domain/audit/audit-event.ts'
import { createAuditTrail } from '#services/admin/domain/audit/audit-trail.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import { KopsError } from '#shared/errors/catalog.ts'

function event(requestId: string): AuditEvent {
  const actor = { name: 'alice', role: 'admin', how: 'token', address: '127.0.0.1' }
  const mutation = { requestId, action: 'topic.create', dryRun: false, actor, target: 'a', note: {} }
  return auditEvent(mutation, 'applied', { at: new Date('2026-01-31T12:00:00Z') })
}

/** Kafka that can be gone. */
function log() {
  const written: string[] = []
  const state = { gone: false }
  return {
    written,
    state,
    async append(events: AuditEvent[]) {
      if (state.gone) throw new KopsError('cluster_unreachable', 'no broker answers')
      written.push(...events.map(({ requestId }) => requestId))
    },
    close: async () => {}
  }
}

t.test('without a spool, a mutation that Kafka cannot record is refused', async (t) => {
  const kafka = log()
  kafka.state.gone = true
  await t.rejects(createAuditTrail(kafka, undefined).record(event('a')), { code: 'audit_unavailable' })
})

t.test('with a spool, events wait on disk until Kafka is back, across a restart', async (t) => {
  const path = join(t.testdir(), 'deep', 'spool.jsonl')
  const kafka = log()
  kafka.state.gone = true
  const before = createAuditTrail(kafka, createSpoolFile(path))
  await before.record(event('one'))
  await before.record(event('two'))
  t.equal((await readFile(path, 'utf8')).trim().split('\n').length, 2)

  kafka.state.gone = false
  const spool = createSpoolFile(path)
  await createAuditTrail(kafka, spool).record(event('three'))
  await spool.drain(async () => {})
  t.same(kafka.written, ['three', 'one', 'two'])
})

t.test('a delivery that fails loses nothing', async (t) => {
  const path = join(t.testdir(), 'spool.jsonl')
  const spool = createSpoolFile(path)
  await spool.append(event('one'))
  await t.rejects(
    spool.drain(async () => {
      throw new Error('gone again')
    })
  )
  await spool.append(event('two'))
  const delivered: string[] = []
  await spool.drain(async (events) => void delivered.push(...events.map(({ requestId }) => requestId)))
  t.same(delivered, ['one', 'two'])
})

t.test('a last line that a crash cut short does not hold the others up', async (t) => {
  const path = join(t.testdir(), 'spool.jsonl')
  const spool = createSpoolFile(path)
  await spool.append(event('one'))
  await appendFile(path, '{"id":"cut')
  const delivered: string[] = []
  await spool.drain(async (events) => void delivered.push(...events.map(({ requestId }) => requestId)))
  t.same(delivered, ['one'])
})

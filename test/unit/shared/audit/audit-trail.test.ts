import { appendFile, open, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { inOrder } from '#cli/audit-trail.ts'
import { auditEvent } from '#shared/audit/audit-event.ts'
import { createAuditTrail } from '#shared/audit/audit-trail.ts'
import { verifyChain } from '#shared/audit/verify-chain.ts'
import { type AuditEvent, AuditEventSchema } from '#shared/contracts/audit.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createSpoolFile, type Spool } from '#shared/files/spool-file.ts'
import { memoryChain } from './memory-chain.ts'

function event(requestId: string): AuditEvent {
  const actor = { name: 'alice', role: 'admin', how: 'token', address: '127.0.0.1' }
  const mutation = { requestId, action: 'topic.create', dryRun: false, actor, target: 'a', note: {} }
  return auditEvent(mutation, 'applied', { at: new Date('2026-01-31T12:00:00Z') })
}

function spoolAt(path: string, found: { path: string; bytes: number }[] = []): Spool<AuditEvent> {
  return createSpoolFile<AuditEvent>({
    schema: AuditEventSchema,
    path,
    onUndecodable: (undecodable) => found.push(undecodable)
  })
}

async function deliveredBy(spool: Spool<AuditEvent>): Promise<string[]> {
  const delivered: string[] = []
  await spool.drain(async (events) => void delivered.push(...events.map(({ requestId }) => requestId)))
  return delivered
}

/** Kafka that can be gone. */
function log() {
  const written: string[] = []
  const state: { gone: boolean; events: AuditEvent[] } = { gone: false, events: [] }
  return {
    written,
    state,
    async append(events: AuditEvent[]) {
      if (state.gone) throw new KopsError('cluster_unreachable', 'no broker answers')
      written.push(...events.map(({ requestId }) => requestId))
      state.events.push(...events)
    },
    close: async () => {}
  }
}

t.test('without a spool, a mutation that Kafka cannot record is refused', async (t) => {
  const kafka = log()
  kafka.state.gone = true
  await t.rejects(createAuditTrail(kafka, undefined, memoryChain()).record(event('a')), { code: 'audit_unavailable' })
})

t.test(
  'an event that is refused leaves a hole in the chain, which the next one declares; a spooled one does not',
  async (t) => {
    for (const spooled of [false, true]) {
      const kafka = log()
      const spool = spooled ? spoolAt(join(t.testdir(), 'spool.jsonl')) : undefined
      const trail = createAuditTrail(kafka, spool, memoryChain())
      await trail.record(event('one'))
      kafka.state.gone = true
      if (spooled) await trail.record(event('two'))
      else await t.rejects(trail.record(event('two')), { code: 'audit_unavailable' })
      kafka.state.gone = false
      await trail.record(event('three'))
      await spool?.drain(async () => {})
      const places = kafka.state.events.map(({ chain }) => [chain?.sequence, chain?.unwritten?.length ?? 0])
      t.same(
        places,
        spooled
          ? [
              [0, 0],
              [2, 0],
              [1, 0]
            ]
          : [
              [0, 0],
              [2, 1]
            ]
      )
      t.ok(verifyChain(inOrder(kafka.state.events)).intact)
    }
  }
)

t.test('with a spool, events wait on disk until Kafka is back, across a restart', async (t) => {
  const path = join(t.testdir(), 'deep', 'spool.jsonl')
  const kafka = log()
  kafka.state.gone = true
  const before = createAuditTrail(kafka, spoolAt(path), memoryChain())
  await before.record(event('one'))
  await before.record(event('two'))
  t.equal((await readFile(path, 'utf8')).trim().split('\n').length, 2)

  kafka.state.gone = false
  const spool = spoolAt(path)
  await createAuditTrail(kafka, spool, memoryChain()).record(event('three'))
  await spool.drain(async () => {})
  t.same(kafka.written, ['three', 'one', 'two'])
})

t.test('a delivery that fails loses nothing', async (t) => {
  const path = join(t.testdir(), 'spool.jsonl')
  const spool = spoolAt(path)
  await spool.append(event('one'))
  await t.rejects(
    spool.drain(async () => {
      throw new Error('gone again')
    })
  )
  await spool.append(event('two'))
  t.same(await deliveredBy(spool), ['one', 'two'])
})

t.test('an append that a crash cut short at any byte spoils no other event, and its bytes are kept', async (t) => {
  const whole = Buffer.from(`${JSON.stringify({ ...event('torn'), reason: 'Größe 🦄' })}\n`)
  const path = join(t.testdir(), 'spool.jsonl')
  for (let length = 1; length <= whole.length; length++) {
    await writeFile(`${path}.undecodable`, '')
    const found: { path: string; bytes: number }[] = []
    await spoolAt(path).append(event('one'))
    await appendFile(path, whole.subarray(0, length))

    const spool = spoolAt(path, found)
    await spool.append(event('two'))
    await spool.append(event('three'))
    const complete = length >= whole.length - 1
    t.same(await deliveredBy(spool), ['one', ...(complete ? ['torn'] : []), 'two', 'three'], `${length} bytes`)
    const kept = complete ? [] : [{ path: `${path}.undecodable`, bytes: length }]
    t.same(found, kept, `${length} bytes: what is kept is named`)
    const expected = complete ? Buffer.alloc(0) : Buffer.concat([whole.subarray(0, length), Buffer.from('\n')])
    t.same(await readFile(`${path}.undecodable`), expected, `${length} bytes: it is what was there`)
  }
})

t.test('an append that failed halfway, on a full disk, does not spoil the next one', async (t) => {
  const path = join(t.testdir(), 'spool.jsonl')
  const found: { path: string; bytes: number }[] = []
  const spool = spoolAt(path, found)
  await spool.append(event('one'))
  await spool.append(event('torn'))
  await using file = await open(path)
  await truncate(path, (await file.stat()).size - 10)
  await spool.append(event('two'))
  t.same(await deliveredBy(spool), ['one', 'two'])
  t.match(found, [{ bytes: Number }])
})

t.test('a delivery keeps what is no event, after it delivered what is', async (t) => {
  const path = join(t.testdir(), 'spool.jsonl')
  const found: { path: string; bytes: number }[] = []
  const spool = spoolAt(path, found)
  await spool.append(event('one'))
  await appendFile(path, '{"id":"cut{"id":"another"}\n\n{"id":"cut')
  const gone = spool.drain(async () => {
    throw new Error('gone')
  })
  await t.rejects(gone)
  t.same(found, [])
  t.same(await deliveredBy(spool), ['one'])
  t.same(found, [{ path: `${path}.undecodable`, bytes: 36 }])
  t.equal(await readFile(`${path}.undecodable`, 'utf8'), '{"id":"cut{"id":"another"}\n{"id":"cut\n')
  t.same(await deliveredBy(spool), [])
})

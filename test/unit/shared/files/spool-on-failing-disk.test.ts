import { join } from 'node:path'
import t, { type Test } from 'tap'
import { auditEvent } from '#shared/audit/audit-event.ts'
import { type AuditEvent, AuditEventSchema } from '#shared/contracts/audit.ts'
import { createSpoolFile } from '#shared/files/spool-file.ts'
import { type DiskError, diskErrors, failingDisk } from '../../failing-disk.ts'

function event(requestId: string) {
  const actor = { name: 'alice', role: 'admin', how: 'token', address: '127.0.0.1' }
  const mutation = { requestId, action: 'topic.create', dryRun: false, actor, target: 'a', note: {} }
  return auditEvent(mutation, 'applied', { at: new Date('2026-01-31T12:00:00Z') })
}

/** Events go into the spool and leave it while the disk may fail; then again when it works. */
async function story(t: Test, failure?: { error: DiskError; nth: number; only: boolean }) {
  const folder = join(t.testdir(), 'spool')
  const disk = failingDisk(t, folder)
  if (failure) disk.fail(failure.error, failure.nth, failure.only)
  const spool = createSpoolFile<AuditEvent>({
    schema: AuditEventSchema,
    path: join(folder, 'audit.jsonl'),
    onUndecodable: () => {}
  })
  const safe: string[] = []
  const delivered: string[] = []
  const append = (id: string) =>
    spool.append(event(id)).then(
      () => void safe.push(id),
      (error: Error) => void t.match(error, { code: failure?.error })
    )
  const drain = () => spool.drain(async (events) => void delivered.push(...events.map(({ requestId }) => requestId)))

  await append('a')
  await append('b')
  await drain().catch((error: Error) => t.match(error, { code: failure?.error }))
  await append('c')
  const sites = [...disk.writes]
  disk.recover()
  await append('d')
  await drain()
  t.same(
    safe.filter((id) => !delivered.includes(id)),
    [],
    'every event that was safe is delivered'
  )
  t.equal(safe.at(-1), 'd', 'and the spool works again')
  return sites
}

t.test('whichever write of the spool fails, no event is lost that was safe', async (t) => {
  let sites: string[] = []
  await t.test('no write fails', async (t) => {
    sites = await story(t)
  })
  for (const [nth, site] of sites.entries()) {
    for (const error of diskErrors) {
      for (const only of [true, false]) {
        await t.test(`${error} at ${site} (${nth})${only ? '' : ' and ever after'}`, (t) =>
          story(t, { error, nth, only }).then(() => {})
        )
      }
    }
  }
})

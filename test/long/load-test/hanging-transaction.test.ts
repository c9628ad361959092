// Runs alone: a drill expects a cluster that nothing else changes, and one measures how long readers wait.
import t from 'tap'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { createTransactionReader } from '#shared/kafka/verifying/transaction-reader.ts'
import {
  assertPassed,
  drillUntil,
  ended,
  independentAdmin,
  isGone,
  startDrill
} from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { startServiceProcess } from '../../integration/support/service-process.ts'
import { connection, stateDir } from '../../integration/support/under-test.ts'

const kind = 'hanging-transaction'
const consumers = { members: 1 }

const cases: { request: StartDrill; end: string; endedBy: string; says: RegExp; counts: object; gapMs: number }[] = [
  {
    request: { kind, consumers, faultDurationMs: 6000 },
    ...{ end: 'committed', endedBy: 'producer', gapMs: 5500 },
    says: /stood still until [6-8]\.\d s .* in 3 of 3 other.* Ongoing, then .*CompleteCommit/,
    counts: { indeterminate: 0 }
  },
  {
    request: { kind, consumers, faultDurationMs: 16_000, transaction: { timeoutMs: 3000 } },
    ...{ end: 'aborted', endedBy: 'coordinator', gapMs: 2500 },
    says: /stood still until \d+\.\d s .* in 3 of 3 other.* Ongoing, then .*CompleteAbort/,
    counts: { indeterminate: 30, indeterminatePresent: 30 }
  }
]
for (const { request, end, endedBy, says, counts, gapMs } of cases) {
  t.test(`readers wait behind a transaction that its ${endedBy} ends: ${end}`, async (t) => {
    const { id } = await startDrill(t, request)
    const drill = await drillUntil(id, ended)
    t.comment(JSON.stringify({ evidence: drill.evidence, transaction: drill.transaction, consumers: drill.consumers }))
    assertPassed(t, drill)
    t.match(drill.evidence, [{ confirmed: true, detail: says }])
    t.match(drill.transaction, { end, endedBy, records: 30, within: true })
    t.equal(drill.transaction?.partitions.length, 3)
    t.match(drill.comparison, [{ name: 'committedWait', within: true }])
    t.match(drill.verdict?.counts, counts)
    const gaps = drill.consumers?.[0]?.partitions.map(({ gapMaxMs }) => Number(gapMaxMs)) ?? []
    t.ok(
      gaps.slice(0, 3).every((gap) => gap > gapMs),
      `a consumer waited: ${gaps}`
    )
    t.ok(
      gaps.slice(3).every((gap) => gap < gapMs),
      'and not in the other partitions'
    )
  })
}

t.test('the transaction of a service that was killed is aborted when it is back', async (t) => {
  const dataDir = t.testdir()
  const start = () =>
    startServiceProcess(t, 'load-test', { dataDir, ready: '/api/drills', env: { KOPS_STATE_DIR: stateDir } })
  const killed = await start()
  const wanted: StartDrill = { kind, consumers, faultDurationMs: 120_000 }
  const startIt = () => killed.ask<Drill>('POST', '/api/drills', wanted)
  const { body } = await eventually('the drill starts', startIt, ({ status }) => status === 202, 60_000)
  const { id } = body
  const hanging = `kops-drill-${id}-hanging`
  const reader = createTransactionReader(connection)
  t.teardown(() => reader.close())
  const state = () => reader.state(hanging, { deadlineMs: 3000 }).catch(() => undefined)
  await eventually('the transaction is open', state, (is) => is === 'Ongoing', 60_000)
  await killed.kill()
  t.equal(await state(), 'Ongoing', 'it outlasts its producer')
  const next = await start()
  await eventually('it was aborted', state, (is) => is !== undefined && is !== 'Ongoing', 15_000)
  t.match((await next.ask('GET', `/api/drills/${id}`)).body, {
    status: 'aborted',
    failure: /the next start aborts its transaction/
  })
  t.equal(await isGone(await independentAdmin(t), `kops-drill-${id}`), true)
})

import { join } from 'node:path'
import t from 'tap'
import { bandText, eventText, liveText } from '#cli/drills/drill-lines.ts'
import { drillRequest, members } from '#cli/drills/drill-request.ts'
import { createDrillView } from '#cli/drills/follow-drill.ts'
import { createLiveLine } from '#cli/drills/live-line.ts'
import type { DrillPrediction } from '#shared/contracts/drill-plan.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { phaseOf } from '#shared/drill-timeline.ts'
import { drill } from './drill.ts'
import { serviceWith } from './service.ts'

const workloads = join(import.meta.dirname, '../../../../workloads')
const band = { min: 4, max: 8 }
const prediction: DrillPrediction = {
  ...{ moves: [], offline: [], writesStop: [], groups: [], assumed: [], notes: ['replicas copy nothing'] },
  totals: { moves: 34, offline: 0, writesStop: 0 },
  ownTopic: { moves: 2, offline: 0, writesStop: 0 },
  seconds: { detection: band, leaders: band, clientGap: band, followed: band, isrFull: { min: 1, max: 10 } }
}
const zero = Date.parse('2026-02-03T04:05:00.000Z')
const at = (seconds: number) => new Date(zero + seconds * 1000).toISOString()
const events = (...names: string[]): Drill['timeline'] => names.map((event, index) => ({ at: at(index), event }))
const running = (change: Partial<Drill>): Drill => ({ ...drill(), createdAt: at(0), verdict: null, ...change })

t.test('a drill is always in a phase, which its last telling event began', (t) => {
  const cases: { timeline: string[]; what: string; since: number }[] = [
    { timeline: [], what: 'preparing', since: 0 },
    { timeline: ['topic-created', 'workload-acknowledged'], what: 'preparing', since: 0 },
    { timeline: ['topic-created', 'fault-injecting'], what: 'injecting the fault', since: 1 },
    { timeline: ['fault-injecting', 'fault-injected', 'leaders-moved'], what: 'the fault is active', since: 1 },
    { timeline: ['fault-injected', 'healing'], what: 'healing', since: 1 },
    { timeline: ['fault-injected', 'healing', 'healed'], what: 'recovering', since: 2 },
    { timeline: ['healed', 'isr-full', 'workload-stopped'], what: 'reading back', since: 2 },
    { timeline: ['healed', 'fault-injected'], what: 'the fault is active', since: 1 }
  ]
  for (const { timeline, what, since } of cases) {
    t.same(phaseOf({ timeline: events(...timeline), createdAt: at(0) }), { what, since: at(since) })
  }
  t.end()
})

t.test('the live line says what happens, what is expected next, and how many records there are', (t) => {
  const progress = { acknowledged: 3540, failed: 0, indeterminate: 0 }
  const active = running({ timeline: events('fault-injecting', 'fault-injected'), prediction, progress })
  t.equal(
    liveText(active, zero + 6500),
    '    6 s  the fault is active for 5 s  leaders move after 4-8 s  3,540 records'
  )
  const healing = running({ timeline: events('fault-injected', 'leaders-moved', 'healing'), prediction })
  t.equal(liveText(healing, zero + 4000), '    4 s  healing for 2 s  in sync after 1-10 s')
  const refused = running({ progress: { ...progress, failed: 12 }, timeline: [] })
  t.equal(liveText(refused, zero + 2000), '    2 s  preparing for 2 s  3,540 records, 12 refused')
  const seconds = { ...prediction.seconds, committedWait: { min: 20, max: 22 } }
  const hanging = running({
    timeline: events('fault-injecting', 'fault-injected'),
    prediction: { ...prediction, seconds }
  })
  t.equal(liveText(hanging, zero + 2000), '    2 s  the fault is active for 1 s  committed readers go on after 20-22 s')
  t.end()
})

t.test('an event has its time, and what was predicted beside what was measured', (t) => {
  const moved = { at: at(9), event: 'leaders-moved', detail: '6.1 s after the fault was requested' }
  const { when, what, detail } = eventText(moved, { createdAt: at(0), prediction })
  t.same([when, what, detail], ['   9.0 s', 'leaders-moved', '6.1 s after the fault was requested (predicted 4-8 s)'])
  t.equal(eventText({ ...moved, detail: 'a\u001b[2Jb' }, { createdAt: at(0) }).detail, 'a\\u001b[2Jb')
  t.equal(bandText({ min: 0.2, max: 3 }), '0.2-3 s')
  t.end()
})

t.test('a view prints guards and prediction first and each event once, whatever the line below shows', (t) => {
  const printed: string[] = []
  const written: string[] = []
  const terminal = { isTTY: true, columns: 30, write: (text: string) => written.push(text) > 0 }
  const line = createLiveLine({ print: (text) => void printed.push(text), error() {} }, terminal)
  const show = createDrillView(line)
  const guards = [{ name: 'quorum-survives', passed: false, reading: '1 of 3', limit: '2', forced: true }]
  show(running({ timeline: events('topic-created'), guards, prediction }))
  line.draw('x'.repeat(100))
  show(running({ timeline: events('topic-created', 'fault-injected'), guards, prediction }))
  const all = printed.join('\n')
  t.match(all, /quorum-survives +no, forced +1 of 3 +2\nExpected +noticed after 4-8 s, new/)
  t.match(all, /Its topic +2 partitions get other leaders[\s\S]*Note +replicas copy nothing\n +0\.0 s {2}topic-created/)
  t.equal(all.match(/topic-created/g)?.length, 1)
  t.match(printed.at(-1), /1\.0 s {2}fault-injected/)
  t.equal(written[0], `\r${'x'.repeat(29)}\u001b[K`, 'narrower than the terminal')
  t.equal(written[1], '\r\u001b[K', 'cleared before the event')
  const piped = createLiveLine({ print() {}, error() {} }, { ...terminal, isTTY: false })
  piped.draw('nothing')
  t.equal(written.length, 2)
  t.end()
})

t.test('a command line becomes a request', async (t) => {
  t.same(await drillRequest('broker-kill', { node: 'kafka-2', duration: 30_000 }, workloads), {
    kind: 'broker-kill',
    node: 'kafka-2',
    faultDurationMs: 30_000
  })
  const full = await drillRequest(
    'leader-kill',
    {
      partition: [{ topic: 'orders', partitions: [3] }],
      topic: 'orders',
      confirmTopic: 'orders',
      queue: 600_000,
      producers: members('acks=leader,recordsPerSecond=500'),
      transaction: members('end=abort,timeoutMs=5000'),
      abortWhen: members('promql=sum(x{a="b",c="d"}) > 1', members('offlinePartitions=0')),
      load: 'steady',
      force: 'agreed'
    },
    workloads
  )
  t.match(full, {
    partition: { topic: 'orders', partition: 3 },
    topic: 'orders',
    confirmTopic: 'orders',
    queueMs: 600_000,
    producers: { acks: 'leader', recordsPerSecond: 500 },
    transaction: { end: 'abort', timeoutMs: 5000 },
    abortWhen: { offlinePartitions: 0, promql: 'sum(x{a="b",c="d"}) > 1' },
    load: { name: 'steady' },
    force: { reason: 'agreed' }
  })
  t.throws(() => members('acks'), /Not name=value/)
  t.same(members('verify=true'), { verify: true })
  await t.rejects(drillRequest('broker-kill', { load: 'no-such' }, workloads), { name: 'UsageError' })
})

t.test('drills are listed and shown, and watching one has the exit code of its verdict', async (t) => {
  const passed = drill()
  const failed = drill({ id: '20260203T050506-9f3a1d', ...withResult('fail') })
  const unclear = drill({ id: '20260203T060506-9f3a1e', ...withResult('inconclusive') })
  const { kops } = await serviceWith(t, [passed, failed, unclear])
  const { printed, code } = await kops('list')
  t.equal(code, 0)
  t.match(printed, new RegExp(`${unclear.id} +broker-stop +kafka-2 +INCONCLUSIVE[\\s\\S]*${passed.id} +broker-stop`))
  t.match((await kops('show', passed.id)).printed, /^Kind +broker-stop\nDrill +2026[\s\S]*^PASS\n {2}All 12345 ack/m)
  for (const [id, expected, result] of [
    [passed.id, 0, /^PASS$/m],
    [failed.id, 5, /^FAIL$/m],
    [unclear.id, 5, /^INCONCLUSIVE$/m]
  ] as const) {
    const watched = await kops('watch', id)
    t.equal(watched.code, expected, id)
    t.match(watched.printed, result)
  }
  const json = await kops('watch', failed.id, '--json')
  t.equal(JSON.parse(json.printed).id, failed.id)
  t.equal(json.code, 5)
  t.match(await kops('abort'), { code: 0, printed: /Neither a drill nor a game day is under way/ })
  await t.rejects(kops('abort', passed.id), { code: 'job_finished' })
})

t.test(
  'a kind that is not there is refused before anything is asked, and a refusal of the service is thrown',
  async (t) => {
    const { kops } = await serviceWith(t, [])
    await t.rejects(kops('broker-explode', 'kafka-1'), { name: 'UsageError', message: /kops drill kinds/ })
    await t.rejects(kops('broker-stop', 'kafka-1'), { code: 'agent_unreachable' }, 'the earlier form')
    await t.rejects(kops('run', 'broker-stop', '--node', 'kafka-1'), { code: 'agent_unreachable' })
    await t.rejects(kops('run', 'broker-stop', '--node', 'nobody'), {
      code: 'validation_failed',
      errors: [{ field: 'node' }]
    })
  }
)

function withResult(result: 'fail' | 'inconclusive'): Partial<Drill> {
  const { verdict } = drill()
  return { verdict: verdict && { ...verdict, result } }
}

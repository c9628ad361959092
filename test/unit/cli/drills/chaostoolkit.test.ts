import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import Value from 'typebox/value'
import { ExperimentSchema } from '#cli/chaostoolkit/experiment.ts'
import { experimentOf } from '#cli/chaostoolkit/export.ts'
import { gameDayOfExperiment } from '#cli/chaostoolkit/import.ts'
import { gameDayOf, journalOf } from '#cli/chaostoolkit/journal.ts'
import type { StartGameDay } from '#shared/contracts/gameday-request.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import { drill } from './drill.ts'
import { serviceWith } from './service.ts'

const plan: StartGameDay = {
  name: 'bad-night',
  description: 'One broker, then another',
  steps: [
    { wait: '5s' },
    { drill: { kind: 'broker-stop', node: 'kafka-1' } },
    { wait: '30s' },
    { until: { inSync: true, timeout: '2m' } },
    { drill: { kind: 'broker-stop', node: 'kafka-2', expect: 'fail' } }
  ]
}
const document = { path: 'x.json', what: 'the experiment' }
const parts = { drillOf: () => Promise.reject(new Error('is not a drill')) }

t.test('a game day becomes an experiment, with its waits as pauses', (t) => {
  const experiment = experimentOf(plan, { authorized: false })
  t.equal(Value.Check(ExperimentSchema, experiment), true)
  t.match(experiment, {
    title: 'bad-night',
    'steady-state-hypothesis': {
      probes: [
        { type: 'probe', tolerance: { type: 'jsonpath', path: '$.status', expect: ['HEALTHY'] } },
        { tolerance: { expect: ['pass', 'pass', 'pass'] }, provider: { url: /\/api\/gamedays\?limit=3$/ } }
      ]
    },
    method: [
      {
        type: 'action',
        name: 'drill broker-stop kafka-1',
        pauses: { before: 5, after: 30 },
        provider: {
          type: 'http',
          method: 'POST',
          url: '${kops_loadtest_url}/api/gamedays?wait=true',
          // chaostoolkit sends JSON for exactly this header.
          headers: { 'Content-Type': 'application/json' },
          arguments: { name: 'bad-night', steps: [plan.steps[1]] }
        }
      },
      { name: 'until all replicas are in sync, at most 2m' },
      { provider: { arguments: { steps: [plan.steps[4]] } } }
    ],
    rollbacks: [{ provider: { type: 'process', path: 'kops', arguments: ['drill', 'abort'] } }]
  })
  t.notMatch(JSON.stringify(experiment), /kops_token/)
  const guarded = experimentOf(plan, { authorized: true })
  t.match(guarded.configuration, { kops_token: { type: 'env', key: 'KOPS_TOKEN' } })
  t.match(guarded.method[0], { provider: { headers: { Authorization: 'Bearer ${kops_token}' } } })
  t.end()
})

t.test('an exported game day is imported with the same steps, and the health at the end', async (t) => {
  const { steps, name } = await gameDayOfExperiment(experimentOf(plan, { authorized: true }), document, parts)
  t.same(steps, [...plan.steps, { until: { health: 'HEALTHY', timeout: '2m' } }])
  t.equal(name, 'bad-night')
})

const own = { title: 'my night', description: 'x', rollbacks: [] }
const http = (url: string, given: object) => ({
  ...{ type: 'action', name: 'a' },
  provider: { type: 'http', method: 'POST', url, arguments: given }
})
const request = { kind: 'broker-stop', node: 'kafka-3' }

t.test('what is not of kops is refused by its name, and nothing else is', async (t) => {
  const python = { type: 'python', module: 'chaosaws.ec2.actions', func: 'stop_instance' }
  const cases = [
    {
      activity: { type: 'action', name: 'stop it', provider: python },
      message: /method\.0 \(stop it\) is not .*chaosaws/
    },
    { activity: http('http://x/api/topics', request), message: /method\.0 \(a\) is not an action of kops: POST http/ },
    {
      activity: { ...http('http://x/api/drills', request), background: true },
      message: /\(a\) runs in the background/
    },
    { activity: { ref: 'other' }, message: /method\.0 \(other\) refers to another activity/ },
    {
      activity: http('http://x/api/drills', { kind: 'nope', node: 'kafka-1' }),
      message: /steps\.0\.drill\.kind must be/
    },
    { activity: http('http://x/api/gamedays', { name: 'y', steps: [{}] }), message: /steps\.0 needs exactly one of/ },
    {
      activity: { type: 'action', name: 'p', provider: { type: 'process', path: '/bin/rm', arguments: '-rf /' } },
      message: /\(p\) is not an action of kops: process \/bin\/rm/
    }
  ]
  for (const { activity, message } of cases) {
    const reading = gameDayOfExperiment({ ...own, method: [activity] }, document, parts)
    await t.rejects(reading, { code: 'validation_failed', message })
  }
  const probe = { type: 'probe', name: 'theirs', provider: { type: 'http', url: 'http://shop/health' } }
  const method = [http('http://x/api/drills', request)]
  const hypothesis = { title: 'h', probes: [probe] }
  const all = { ...own, method, 'steady-state-hypothesis': hypothesis, rollbacks: [{ ...probe, type: 'action' }] }
  await t.rejects(gameDayOfExperiment(all, document, parts), {
    message: /probes\.0 \(theirs\) is not a probe of kops; rollbacks\.0 \(theirs\) is not an action of kops/
  })
  await t.rejects(gameDayOfExperiment({ title: 'x' }, document, parts), { message: /x\.json: .*method is required/ })
  t.same((await gameDayOfExperiment({ ...own, method }, document, parts)).steps, [{ drill: request }])
})

t.test('a result becomes a journal', (t) => {
  const step = {
    startedAt: '2026-01-31T12:00:00.000Z',
    finishedAt: '2026-01-31T12:00:40.000Z',
    run: null,
    detail: 'why'
  }
  const gameDay: GameDay = {
    ...{ id: 'g', name: 'bad-night', status: 'completed', plan, links: { self: '/x' } },
    createdAt: step.startedAt,
    finishedAt: '2026-01-31T12:01:00.000Z',
    steps: [
      { ...step, what: 'wait 5s', state: 'passed', drill: null },
      { ...step, what: 'drill', state: 'passed', drill: 'd1' },
      { ...step, what: 'wait 30s', state: 'passed', drill: null },
      { ...step, what: 'until', state: 'failed', drill: null },
      { ...step, what: 'drill', state: 'skipped', drill: null, startedAt: null }
    ],
    verdict: { result: 'fail', reasons: ['step 4'] }
  }
  t.match(journalOf(gameDay, '1.2.3'), {
    status: 'completed',
    deviated: true,
    start: step.startedAt,
    duration: 60,
    steady_states: { after: { steady_state_met: false } },
    run: [
      {
        activity: { name: 'drill broker-stop kafka-1' },
        status: 'succeeded',
        duration: 40,
        output: { body: { drill: 'd1' } }
      },
      { activity: { name: /^until/ }, output: { body: { state: 'failed' } } }
    ]
  })
  t.equal(journalOf(gameDay, '1').run.length, 2, 'without what was skipped')
  const cases = [
    { result: 'pass', status: 'completed', deviated: false },
    { result: 'inconclusive', status: 'failed', deviated: false },
    { result: 'aborted', status: 'aborted', deviated: false }
  ] as const
  for (const { result, ...expected } of cases) {
    t.match(journalOf({ ...gameDay, verdict: { result, reasons: [] } }, '1'), expected)
  }
  t.match(journalOf(gameDayOf(drill()), '1'), {
    status: 'completed',
    deviated: false,
    experiment: { title: 'broker-stop' },
    run: [{ status: 'succeeded', duration: 40 }]
  })
  t.end()
})

t.test('the command line exports files and records, and imports what a command line of kops says', async (t) => {
  const record = drill()
  const { kops, folder } = await serviceWith(t, [record])
  const experiment = JSON.parse((await kops('export', 'first')).printed)
  t.equal(Value.Check(ExperimentSchema, experiment), true)
  t.match(JSON.parse((await kops('export', record.id)).printed), { title: 'broker-stop', method: [{ type: 'action' }] })
  t.match(JSON.parse((await kops('export', record.id, '--journal')).printed), { deviated: false, run: [{}] })
  await t.rejects(kops('export', 'first', '--journal'), { name: 'UsageError' })
  await t.rejects(kops('export', '20260101T000000-000000'), { code: 'job_not_found' })

  const process = (given: unknown) => ({
    ...{ type: 'action', name: 'a' },
    provider: { type: 'process', path: '/opt/kops', arguments: given }
  })
  const file = `${folder}/experiment.json`
  const method = [
    process(['drill', 'run', 'broker-stop', '--node', 'kafka-1', '--duration', '30s']),
    process('drill network-partition kafka-2')
  ]
  await writeFile(file, JSON.stringify({ ...own, method }))
  const { said } = await kops('import', file, '-o', `${folder}/mine.yaml`)
  t.match(said, /It is in .*mine\.yaml/)
  const imported = [
    'name: my-night',
    'description: x',
    'steps:',
    ...['  - drill:', '      kind: broker-stop', '      node: kafka-1', '      faultDurationMs: 30000'],
    ...['  - drill:', '      kind: network-partition', '      node: kafka-2', '']
  ]
  t.equal(await readFile(`${folder}/mine.yaml`, 'utf8'), imported.join('\n'))
  await writeFile(file, JSON.stringify({ ...own, method: [process(['drill', 'gamedays'])] }))
  await t.rejects(kops('import', file), { message: /method\.0 \(a\)|steps\.0\.drill/ })
})

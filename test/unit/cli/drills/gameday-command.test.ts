import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { liveText } from '#cli/drills/follow-gameday.ts'
import type { GameDayStep } from '#shared/contracts/gameday-request.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import { loadGameDay } from '#shared/gamedays/load-gameday.ts'
import { serviceWith } from './service.ts'

/** Prometheus to which some queries have a result; `count` of them at most. */
function prometheusWith(...results: string[]) {
  const asked: string[] = []
  return {
    asked,
    async range({ query }: { query: string }) {
      asked.push(query)
      const points: [number, number][] = [[1, 1]]
      return { series: results.includes(query) ? [{ labels: {}, points }] : [], warnings: [] }
    },
    close: async () => {}
  }
}

const until = (promql: string): GameDayStep => ({ until: { promql, timeout: '10ms' } })
const wait: GameDayStep = { wait: '1ms' }

async function begin(t: Test, steps: GameDayStep[]) {
  const prometheus = prometheusWith('up')
  const { kops, folder } = await serviceWith(t, [], { prometheus })
  const file = join(folder, 'mine.json')
  await writeFile(file, JSON.stringify({ name: 'mine', steps }))
  return { kops, folder, file, prometheus }
}

t.test('a game day of a file is run to its end, shown, and listed', async (t) => {
  const { kops, file } = await begin(t, [wait, until('up')])
  const { code, printed, said } = await kops('gameday', file)
  t.equal(code, 0)
  t.match(
    printed,
    /^Step 1 of 2: wait 1ms\n {2}passed after \d\.\d s\nStep 2 of 2: until up has a result[\s\S]*^PASS {2}2/m
  )
  t.match(said, /^Game day \d{8}T\d{6}-[0-9a-f]{6}; Ctrl-C aborts it\.$/)
  t.match((await kops('gamedays')).printed, /^2\S+ +mine +PASS +2 of 2/m)
  const id = /\d{8}T\d{6}-[0-9a-f]{6}/.exec(said)?.[0] ?? ''
  t.match((await kops('show', id)).printed, new RegExp(`^PASS {2}${id}$`, 'm'))
  await t.rejects(kops('show', 'nope'), { code: 'job_not_found' })
  t.match(JSON.parse((await kops('gamedays', '--json')).printed), { gameDays: [{ verdict: { result: 'pass' } }] })
})

t.test('a failure and what is not known exit with 5, and say which step it was', async (t) => {
  const failing = await begin(t, [until('down'), wait])
  const failed = await failing.kops('gameday', failing.file)
  t.equal(failed.code, 5)
  t.match(
    failed.printed,
    /^ {2}failed after[\s\S]*not in time: the query has no result[\s\S]*^ *2 +wait 1ms +skipped[\s\S]*^FAIL/m
  )
  const json = await failing.kops('gameday', failing.file, '--json')
  t.match(JSON.parse(json.printed), { verdict: { result: 'fail' }, steps: [{ state: 'failed' }, { state: 'skipped' }] })
  t.equal(json.said, '')
  t.equal(json.code, 5)
})

t.test('a mistake names file and line, also one that only the service knows', async (t) => {
  const { kops, folder, file } = await begin(t, [wait])
  await writeFile(file, 'name: x\nsteps:\n  - wait: soon\n')
  await t.rejects(kops('gameday', file), { code: 'validation_failed', message: /mine\.json:3: steps\.0\.wait/ })
  await t.rejects(kops('gameday', 'no-such'), { name: 'UsageError', message: /one of .*first/ })
  await t.rejects(kops('gameday', join(folder, 'none.yaml')), { message: /none\.yaml: the game day cannot be read/ })
})

t.test('one that failed is run again until no step can be left out', async (t) => {
  const steps = [wait, until('up'), wait, until('down'), wait]
  const { kops, file, folder, prometheus } = await begin(t, steps)
  const smallest = join(folder, 'smallest.yaml')
  const { code, printed, said } = await kops('gameday', file, '--shrink', '-o', smallest)
  t.equal(code, 5)
  t.match(said, /Run 1 of at most 12, with until down has a result/)
  t.match(printed, /^FAIL {2}Still, with 1 of 5 steps, after 1 more run\. No step of it can be left out\.$/m)
  t.same((await loadGameDay(smallest, folder)).plan.steps, [until('down')])
  t.match(await readFile(smallest, 'utf8'), /^name: mine\nsteps:\n/)
  t.equal(prometheus.asked.filter((query) => query === 'down').length >= 2, true, 'it was really run again')

  const passing = await begin(t, [until('up')])
  const passed = await passing.kops('gameday', passing.file, '--shrink')
  t.equal(passed.code, 0)
  t.notMatch(passed.printed, /Still/)
})

t.test('--dry-run shows the steps with what each would do, and starts nothing', async (t) => {
  const { kops, file } = await begin(t, [wait, until('up'), until('down')])
  const { code, printed } = await kops('gameday', file, '--dry-run')
  t.equal(code, 0)
  t.match(printed, /^Step 1 of 3: wait 1ms\nStep 2 of 3: until up has a result, at most 10ms\n {2}holds now: /)
  t.match(printed, /^Step 3 of 3.*\n {2}does not hold now: the query has no result\n\nIt would be started\.$/m)
  t.match(JSON.parse((await kops('gameday', file, '--dry-run', '--json')).printed), {
    ...{ name: 'mine', admitted: true },
    guards: [{ name: 'no-other-game-day' }, { name: 'no-other-job' }]
  })
  t.match((await kops('gamedays')).printed, /There are no game days/)
  const drill = await begin(t, [{ drill: { kind: 'broker-stop', node: 'kafka-1' } }])
  await t.rejects(drill.kops('gameday', drill.file, '--dry-run'), { code: 'agent_unreachable' })
})

t.test('--dry-run of what would be refused exits with 1, and says which step it is', async (t) => {
  const load: GameDayStep = { load: { name: 'w', topic: { kind: 'existing', name: 'mine' }, records: 1 } }
  const { kops, file } = await begin(t, [wait, load])
  const { code, printed } = await kops('gameday', file, '--dry-run')
  t.equal(code, 1)
  t.match(printed, /^Step 2 of 2: load w\n {2}.*confirm.*$/m)
  t.match(printed, /^It would be refused, or a step would\.$/m)
})

t.test('without schedules there are none, and the setting is named', async (t) => {
  const { kops } = await begin(t, [wait])
  t.match((await kops('schedules')).printed, /There are no schedules: KOPS_DRILL_SCHEDULES/)
})

t.test('the live line says which step it is, since when, and what it waits for', (t) => {
  const step = { what: 'wait 30s', finishedAt: null, drill: null, run: null, detail: null, startedAt: null }
  const gameDay = {
    steps: [
      { ...step, state: 'passed' },
      { ...step, state: 'running', startedAt: '2026-01-31T12:00:00.000Z', detail: 'health is DOWN' }
    ]
  } as GameDay
  const now = Date.parse('2026-01-31T12:00:12.000Z')
  t.equal(liveText(gameDay, now).trim(), 'step 2 of 2: wait 30s for 12 s  health is DOWN')
  t.equal(liveText({ ...gameDay, steps: [] }), '')
  t.end()
})

// Runs alone: drills break brokers.
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters as bare } from 'node:util'
import t, { type Test } from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { StartGameDay } from '#shared/contracts/gameday-request.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import { kops, kopsJson, startKopsOnTerminal } from '../../integration/cli/kops.ts'
import { ask } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

t.setTimeout(180_000)

/** A game day in a file. Every JSON document is YAML. */
async function fileOf(t: Test, plan: StartGameDay): Promise<string> {
  const file = join(t.testdir(), 'small.yaml')
  await writeFile(file, JSON.stringify(plan))
  return file
}

const stop = (faultDurationMs: number) =>
  ({ drill: { kind: 'broker-stop', node: 'kafka-2', faultDurationMs } }) as const

t.test('a game day carries out its steps one after the other, and other drills wait', async (t) => {
  const steps = [
    { until: { inSync: true, timeout: '60s' } },
    { wait: '500ms' },
    stop(5000),
    { until: { inSync: true } }
  ]
  const running = kops(['drill', 'gameday', await fileOf(t, { name: 'small', steps } as StartGameDay)])
  await eventually(
    'its drill is under way',
    () => ask<{ gameDays: GameDay[] }>('GET', '/api/gamedays'),
    ({ body }) =>
      body.gameDays.some(({ name, steps }) => name === 'small' && steps.some(({ drill }) => drill !== null)),
    60_000
  )
  t.match(await ask('POST', '/api/drills', { kind: 'broker-stop', node: 'kafka-1' }), {
    status: 409,
    body: { code: 'job_conflict', detail: /game day small/ }
  })
  const { code, stdout, stderr } = await running
  t.equal(code, 0, stderr + stdout)
  t.match(
    stdout,
    /^Step 1 of 4: until all replicas are in sync[\s\S]*^ {2}passed after[\s\S]*^Step 2 of 4: wait 500ms$/m
  )
  t.match(stdout, /^Step 3 of 4[\s\S]*^ +[\d.]+ s {2}fault-injected$[\s\S]*^ +[\d.]+ s {2}isr-full/m)
  t.match(stdout, /^STEP +WHAT[\s\S]*^PASS {2}\d{8}T/m)
  t.match(stderr, /^Game day \d{8}T\d{6}-[0-9a-f]{6}; Ctrl-C aborts it\.$/m)

  const { gameDays } = await kopsJson(endpoints.listGameDays, ['drill', 'gamedays'])
  t.match(gameDays[0], { name: 'small', status: 'completed', verdict: { result: 'pass' } })
  const id = gameDays[0]?.steps[2]?.drill
  t.match((await kops(['drill', 'show', String(id)])).stdout, /^Kind +broker-stop$[\s\S]*^PASS$/m)
  t.match((await kops(['drill', 'list'])).stdout, new RegExp(`^${id} +broker-stop +kafka-2 +PASS`, 'm'))
})

t.test('Ctrl-C on a terminal aborts it, and waits until the fault is healed', async (t) => {
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  const file = await fileOf(t, { name: 'endless', steps: [stop(120_000), { wait: '1h' }] })
  const child = startKopsOnTerminal(['drill', 'gameday', file], 80)
  t.teardown(() => child.kill('SIGKILL'))
  let seen = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    seen += chunk
  })
  const shown = async () => seen
  await eventually('the fault is shown', shown, (text) => /the fault is active for \d+ s/.test(text), 60_000)
  child.stdin.write('\u0003')
  const [code] = await once(child, 'close')
  t.equal(code, 130, seen)
  t.same((await agent.status()).faults, [])
  const lines = bare(seen).split(/[\r\n]+/)
  t.same(
    lines.filter((line) => line.length > 80),
    []
  )
  t.match(bare(seen), /Aborting: this waits until the fault is healed[\s\S]*aborted[\s\S]*skipped[\s\S]*ABORTED/)
})

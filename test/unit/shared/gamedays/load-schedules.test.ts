import { join } from 'node:path'
import t from 'tap'
import { loadSchedules } from '#shared/gamedays/load-schedules.ts'

const now = new Date('2026-01-31T12:00:00Z')
const head = 'schedules:\n  - name: nightly\n    timeZone: Europe/Berlin\n'
const drill = '    drill: {kind: broker-stop, node: kafka-1}\n'
const files = {
  'first.yaml': 'name: first\nsteps: [{wait: 3s}]\n',
  'forcing.yaml':
    'name: forcing\nsteps: [{drill: {kind: broker-stop, node: kafka-1, clusterId: x, force: {reason: agreed}}}]\n'
}

t.test('a file of schedules names its game days, by name or path', async (t) => {
  const text = `${head}    cron: '0 3 * * *'\n    gameday: first\n${head.slice(11).replace('nightly', 'other')}    cron: '@weekly'\n    gameday: ./first.yaml\n`
  const dir = t.testdir({ ...files, 's.yaml': text })
  t.match(await loadSchedules(join(dir, 's.yaml'), dir, now), [
    { name: 'nightly', gameday: { name: 'first', steps: [{ wait: '3s' }] } },
    { name: 'other', gameday: { name: 'first' } }
  ])
})

t.test('a mistake names file, line and field', async (t) => {
  const cases = [
    { text: 'schedules: []', message: /s\.yaml:1: schedules must NOT have fewer than 1/ },
    { text: `${head}    cron: '61 * * * *'\n${drill}`, message: /s\.yaml:4: schedules\.0\.cron .*minute/ },
    { text: `${head}    cron: '* * * * * *'\n${drill}`, message: /s\.yaml:4: schedules\.0\.cron .*5 parts/ },
    {
      text: `${head.replace('Europe/Berlin', 'Mars/Olympus')}    cron: '0 3 * * *'\n${drill}`,
      message: /s\.yaml:3: schedules\.0\.timeZone/
    },
    {
      text: `${head}    cron: '0 9 * * *'\n    quietHours: [{from: '08:00', to: '20:00'}]\n${drill}`,
      message: /s\.yaml:4: schedules\.0\.cron is never due, or only in quiet hours/
    },
    {
      text: `${head}    cron: '0 3 * * *'\n    quietHours: [{from: '8', to: '20:00'}]\n${drill}`,
      message: /s\.yaml:5: schedules\.0\.quietHours\.0\.from must be: a time such as 08:00/
    },
    { text: `${head}    cron: '0 3 * * *'\n`, message: /s\.yaml:2: schedules\.0 needs exactly one of drill, gameday/ },
    {
      text: `${head}    cron: '0 3 * * *'\n    drill: {kind: broker-stop, node: kafka-1, force: {reason: now}}\n`,
      message: /s\.yaml:5: schedules\.0\.drill\.force is unknown/
    },
    {
      text: `${head}    cron: '0 3 * * *'\n    gameday: forcing\n`,
      message: /schedules\.0\.gameday forces a drill in step 1|drill\.force is unknown/
    },
    {
      text: `${head}    cron: '0 3 * * *'\n${drill}${head.slice(11)}    cron: '0 4 * * *'\n${drill}`,
      message: /s\.yaml:6: schedules\.1\.name is that of another schedule: nightly/
    },
    { text: `${head}    cron: '0 3 * * *'\n    gameday: nope\n`, message: /nope\.yaml: the game day cannot be read/ }
  ]
  for (const { text, message } of cases) {
    const dir = t.testdir({ ...files, 's.yaml': text })
    await t.rejects(loadSchedules(join(dir, 's.yaml'), dir, now), { code: 'validation_failed', message }, text)
  }
})

t.test('the example is valid', async (t) => {
  const root = join(import.meta.dirname, '../../../..')
  const file = join(root, 'gamedays/schedules/example.yaml')
  t.equal((await loadSchedules(file, join(root, 'workloads'), now)).length, 2)
})

import { join } from 'node:path'
import t from 'tap'
import { loadGameDay } from '#shared/gamedays/load-gameday.ts'
import { stepInWords } from '#shared/gamedays/step-words.ts'
import { errorsOf, resolveStep } from '#shared/gamedays/steps.ts'

const workloads = join(import.meta.dirname, '../../../../workloads')
const drill = 'drill: {kind: broker-stop, node: kafka-1}'

t.test('a mistake in a game day names its file, line and field', async (t) => {
  const cases = [
    { text: 'name: x\nsteps: [\n', message: /x\.yaml:\d+: / },
    { text: '', message: /x\.yaml: the game day must be object$/ },
    { text: 'name: x\nsteps: []', message: /x\.yaml:2: steps must NOT have fewer than 1 items$/ },
    {
      text: 'name: x\nsteps:\n  - drill:\n      kind: broker-explode\n      node: kafka-1\n',
      message: /x\.yaml:4: steps\.0\.drill\.kind must be one of broker-stop, /
    },
    {
      text: `name: x\nsteps:\n  - ${drill}\n  - drill:\n      kind: broker-stop\n      nodes: kafka-1\n`,
      message: /x\.yaml:6: steps\.1\.drill\.nodes is unknown|x\.yaml:4: steps\.1\.drill\.node is required/
    },
    { text: 'name: x\nsteps:\n  - wait: 30\n', message: /x\.yaml:3: steps\.0\.wait must be string \(quote it\)$/ },
    { text: 'name: x\nsteps:\n  - wait: soon\n', message: /x\.yaml:3: steps\.0\.wait must be: a duration such as 30s/ },
    {
      text: `name: x\nsteps:\n  - ${drill}\n    wait: 3s\n`,
      message: /x\.yaml:3: steps\.0 needs exactly one of drill, wait, until, load$/
    },
    {
      text: 'name: x\nsteps:\n  - wait: 3s\n  - until: {timeout: 3s}\n',
      message: /x\.yaml:4: steps\.1\.until needs exactly one of health, promql, inSync$/
    },
    {
      text: 'name: x\nsteps:\n  - wait: no\n  - until: {health: FINE}\n',
      message: /x\.yaml:3: steps\.0\.wait .*; line 4: steps\.1\.until\.health must be one of HEALTHY/
    },
    {
      text: 'name: x\nsteps:\n  - load: no-such\n',
      message: /no-such\.yaml: the workload cannot be read: there is no such file$/
    }
  ]
  for (const { text, message } of cases) {
    const dir = t.testdir({ 'x.yaml': text })
    await t.rejects(loadGameDay(join(dir, 'x.yaml'), workloads), { code: 'validation_failed', message }, text)
  }
})

t.test('a workload may be named, in YAML and in JSON, or be a file beside the game day', async (t) => {
  const own = 'name: mine\ntopic: {kind: existing, name: log-events}\nrecords: 7\n'
  const dir = t.testdir({
    'x.yaml': 'name: x\nsteps:\n  - load: steady\n  - load: ./mine.yaml\n',
    'x.json': '{"name": "x", "steps": [{"load": "steady"}, {"wait": "90s"}]}',
    'mine.yaml': own
  })
  const names = async (file: string) =>
    (await loadGameDay(join(dir, file), workloads)).plan.steps.map(({ load }) => load?.name)
  t.same(await names('x.yaml'), ['steady', 'mine'])
  t.same(await names('x.json'), ['steady', undefined])
})

t.test('each step resolves to what it does, and says it in words', (t) => {
  const cases = [
    {
      step: { drill: { kind: 'broker-stop', node: 'kafka-1', expect: 'fail' } },
      resolved: { kind: 'drill', request: { kind: 'broker-stop', node: 'kafka-1' }, expect: 'fail' },
      words: 'drill broker-stop kafka-1, expecting fail'
    },
    { step: { wait: '2m' }, resolved: { kind: 'wait', ms: 120_000 }, words: 'wait 2m' },
    {
      step: { until: { inSync: true } },
      resolved: { kind: 'until', condition: { kind: 'inSync' }, timeoutMs: 120_000 },
      words: 'until all replicas are in sync, at most 2m'
    },
    {
      step: { until: { health: 'HEALTHY', timeout: '500ms' } },
      resolved: { kind: 'until', condition: { kind: 'health', status: 'HEALTHY' }, timeoutMs: 500 },
      words: 'until health is HEALTHY, at most 500ms'
    },
    {
      step: { until: { promql: 'up == 1' } },
      resolved: { kind: 'until', condition: { kind: 'promql', query: 'up == 1' } },
      words: 'until up == 1 has a result, at most 2m'
    },
    {
      step: { load: { name: 'w', topic: { kind: 'existing', name: 'x' }, records: 1 } },
      resolved: { kind: 'load', workload: { name: 'w' } },
      words: 'load w'
    }
  ] as const
  for (const { step, resolved, words } of cases) {
    t.same(errorsOf({ steps: [step] }), [])
    t.match(resolveStep(step), resolved)
    t.equal(stepInWords(step), words)
  }
  t.notOk('expect' in Reflect.get(resolveStep(cases[0].step), 'request'))
  t.end()
})

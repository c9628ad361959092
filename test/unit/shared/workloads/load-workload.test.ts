import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { resolveWorkload } from '#services/load-test/domain/load/resolve-workload.ts'
import { loadWorkload } from '#shared/workloads/load-workload.ts'

const workload = 'name: x\ntopic: {kind: existing, name: log-events}\nrecords: 1\n'

t.test('errors in a workload name its file and field', async (t) => {
  const cases = [
    { text: '', message: /x\.yaml: the workload must be object$/ },
    { text: 'a: [1\nb', message: /x\.yaml:2: / },
    { text: `${workload}rate: {kind: constant}`, message: /x\.yaml: rate\.perSecond is required$/ },
    { text: `${workload}rate: {kind: fast}`, message: /x\.yaml: rate\.kind must be one of closed, / },
    {
      text: `${workload}payload: {kind: random, compressibility: 0, size: {kind: fixed, bytes: 0}}`,
      message: /x\.yaml: payload\.size\.bytes must be >= 1$/
    },
    { text: `${workload}headers: [{name: n, value: 5}]`, message: /headers\.0\.value must be string \(quote it\)$/ },
    {
      text: `${workload}payload: {kind: lines, file: no.txt}`,
      message: /no\.txt: payload\.file cannot be read: there is no such file$/
    },
    { text: `${workload}payload: {kind: lines, file: empty.txt}`, message: /^payload\.file: empty\.txt has no lines$/ },
    {
      text: `${workload}payload: {kind: lines, file: 5}`,
      message: /payload\.lines is required; payload\.file is unknown$/
    },
    { text: `${workload}payload: {kind: lines, file: a.txt, lines: [a]}`, message: /payload\.file is unknown$/ },
    { text: `${workload}payload: {kind: log-events, file: a.txt}`, message: /payload\.file is unknown$/ }
  ]
  for (const { text, message } of cases) {
    const dir = t.testdir({ 'x.yaml': text, 'a.txt': 'a', 'empty.txt': '\n\r\n' })
    await t.rejects(loadWorkload(join(dir, 'x.yaml')), { code: 'validation_failed', message }, text)
  }
  await t.rejects(loadWorkload('/nowhere/x.yaml'), { code: 'validation_failed', message: /^\/nowhere\/x\.yaml: / })
})

t.test('the lines of a file beside the workload become its payload', async (t) => {
  const dir = t.testdir({
    'x.yaml': `${workload}payload: {kind: lines, file: data/lines.txt}`,
    data: { 'lines.txt': 'one\r\n\ntwo \nżółw' }
  })
  t.same((await loadWorkload(join(dir, 'x.yaml'))).payload, { kind: 'lines', lines: ['one', 'two ', 'żółw'] })
})

const folder = join(import.meta.dirname, '../../../../workloads')
const limits = { maxPerSecond: 100_000, maxRecords: 10_000_000, maxSeconds: 3600, maxBytes: 10_000_000_000 }
const ready = (await Array.fromAsync(glob('*.yaml', { cwd: folder }))).sort()

t.test('there are workloads for the usual purposes', async (t) => {
  const names = ['backlog', 'fan-out', 'log-processor', 'many-keys-zipf', 'ramp', 'search']
  names.push('seed-10k', 'seed-1k', 'seed-50k', 'spike', 'steady')
  t.same(
    ready,
    names.map((name) => `${name}.yaml`)
  )
})

for (const file of ready) {
  t.test(`workloads/${file} has the name of its file and can run`, async (t) => {
    const loaded = await loadWorkload(join(folder, file))
    t.equal(`${loaded.name}.yaml`, file)
    t.type(loaded.description, 'string')
    t.equal(resolveWorkload(loaded, { defaultTopic: 'log-events', limits }).name, loaded.name)
  })
}

t.test('the workloads seed-* send the numbers of records in their names', async (t) => {
  for (const [name, records] of [
    ['seed-1k', 1000],
    ['seed-10k', 10_000],
    ['seed-50k', 50_000]
  ] as const) {
    const loaded = await loadWorkload(join(folder, `${name}.yaml`))
    t.match(loaded, { records, topic: { kind: 'existing', name: 'log-events' } })
    t.match(resolveWorkload(loaded, { defaultTopic: 'log-events', limits }), { rate: { kind: 'closed' } })
  }
})

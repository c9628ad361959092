import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { stripVTControlCharacters as bare } from 'node:util'
import t, { type Test } from 'tap'
import { projectRoot } from '#cli/config.ts'
import { fakeServices } from './kops.ts'

const asOf = '2026-01-31T12:00:00Z'
/** kops from its sources, without the hooks of tap. */
function words(t: Test, args: string[]): string[] {
  return [
    'env',
    '-u',
    'NODE_OPTIONS',
    `XDG_CONFIG_HOME=${t.testdirName}`,
    process.execPath,
    join(projectRoot, 'cli/main.ts'),
    ...args
  ]
}

function started(t: Test, [command = '', ...rest]: string[]): ChildProcess {
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

t.test('in a pipe each change is a line of JSON, and Ctrl-C exits with 130', async (t) => {
  let topics = ['orders', 'payments']
  const { options } = await fakeServices(t, () => ({ body: listOf(topics) }))
  const child = started(t, words(t, [...options, 'topics', 'list', '--watch']))
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
  const next = async () => JSON.parse(String((await lines.next()).value))
  t.match(await next(), { event: 'added', item: { name: 'orders' } })
  t.match(await next(), { event: 'added', item: { name: 'payments' } })
  topics = ['orders', 'invoices']
  t.match(await next(), { event: 'added', item: { name: 'invoices' } })
  t.match(await next(), { event: 'gone', item: { name: 'payments' } })
  child.kill('SIGINT')
  t.same(await once(child, 'exit'), [130, null])
})

t.test('what a stream reports is read at once', async (t) => {
  let count = 0
  let seen = Promise.withResolvers<void>()
  const alert = (summary: string) => ({
    ...{ fingerprint: 'f', name: 'a', status: 'firing', severity: 'critical', summary, description: null },
    ...{ runbookUrl: null, labels: {}, startsAt: asOf, endsAt: null, receivedAt: asOf, silencedBy: [], inhibitedBy: [] }
  })
  const told = {
    ...{
      timestamp: asOf,
      serviceId: 'kafka',
      instanceId: 'kafka-1',
      alert: 'a',
      state: 'FIRING',
      severity: 'critical',
      summary: 's'
    },
    ...{ startedAt: asOf, endedAt: null, source: 'alertmanager', labels: {} }
  }
  async function* events() {
    for (;;) {
      await seen.promise
      seen = Promise.withResolvers()
      count += 1
      yield { event: 'alert', data: told }
    }
  }
  const { options } = await fakeServices(t, ({ path }) =>
    path === '/api/health/stream' ? { events: events() } : { body: { alerts: [alert(`${count}`)], asOf, warnings: [] } }
  )
  const child = started(t, words(t, [...options, 'alerts', '--watch']))
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
  const begun = performance.now()
  const readings = 12
  for (let reading = 0; reading < readings; reading += 1) {
    const { event } = JSON.parse(String((await lines.next()).value))
    t.equal(event, reading === 0 ? 'added' : 'changed')
    seen.resolve()
  }
  t.ok(performance.now() - begun < (readings - 1) * 3000, 'sooner than by reading every three seconds')
})

t.test('on a terminal the page is redrawn, and Ctrl-C leaves with 130', async (t) => {
  let topics = ['orders']
  const { options } = await fakeServices(t, () => ({ body: listOf(topics) }))
  const line = words(t, [...options, 'topics', 'list', '--watch'])
    .map((word) => `'${word}'`)
    .join(' ')
  const child = started(t, ['script', '-qefc', `stty cols 80 rows 24; exec ${line}`, '/dev/null'])
  let shown = ''
  const until = async (pattern: RegExp) => {
    while (!pattern.test(bare(shown))) {
      const [chunk] = await once(child.stdout ?? child, 'data')
      shown += chunk
    }
  }
  await until(/TOPIC +PARTITIONS[\s\S]*orders[\s\S]*Read every 3 s; Ctrl-C quits\./)
  topics = ['invoices']
  await until(/invoices/)
  child.stdin?.write('\u0003')
  const [code] = await once(child, 'exit')
  t.equal(code, 130)
})

t.test('a terminal gets colours, and none with NO_COLOR', async (t) => {
  const { options } = await fakeServices(t, () => ({ body: listOf(['orders']) }))
  for (const [setting, coloured] of [
    ['KOPS_X=1', true],
    ['NO_COLOR=1', false]
  ] as const) {
    const [env = '', ...rest] = words(t, [...options, 'topics', 'list'])
    // Node.js shows fewer colours with these, too.
    const unset = ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI'].flatMap((name) => ['-u', name])
    const line = [env, ...unset, ...rest.slice(0, 2), setting, 'TERM=xterm-256color', ...rest.slice(2)]
    const child = started(t, ['script', '-qefc', line.map((word) => `'${word}'`).join(' '), '/dev/null'])
    const [shown] = await Promise.all([text(child.stdout ?? process.stdin), once(child, 'exit')])
    t.match(shown, 'orders')
    t.equal(shown.includes('\u001b['), coloured, setting)
  }
})

t.test('a service that refuses ends the watching with the code of the refusal', async (t) => {
  const problem = {
    ...{ type: 'about:blank', title: 'x', status: 403, detail: 'no', instance: '/', code: 'forbidden' },
    ...{ retriable: false, requestId: 'r' }
  }
  const { options } = await fakeServices(t, () => ({ status: 403, body: problem }))
  for (const list of [
    ['topics', 'list'],
    ['groups', 'list'],
    ['alerts'],
    ['reassignments', 'list'],
    ['load', 'list'],
    ['capacity', 'list'],
    ['drill', 'list'],
    ['drill', 'gamedays']
  ]) {
    const child = started(t, words(t, [...options, ...list, '--watch']))
    t.same(await once(child, 'exit'), [4, null], list.join(' '))
  }
})

function listOf(names: string[]) {
  const topics = names.map((name) => ({
    ...{ name, internal: false, partitions: 3, replicas: 9, replicationFactor: 3, offline: 0, underReplicated: 0 },
    sizeBytes: 1024
  }))
  return { topics, total: topics.length, asOf, warnings: [] }
}

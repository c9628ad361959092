import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { inheritedVariables } from '#shared/cluster/keeper/config.ts'
import { noDeaths, oneMore, readDeaths, reasonOf } from '#shared/cluster/keeper/deaths.ts'
import { keepProcesses } from '#shared/cluster/keeper/keep-processes.ts'
import { keptFiles } from '#shared/cluster/keeper/kept-files.ts'

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 1000; tries++) {
    const value = await read()
    if (holds(value)) return value
    await delay(10)
  }
  throw new Error(`not within 10 s: ${holds}`)
}

/** Keeps processes in a folder of this test's own. */
function keeping(t: Test) {
  const ends: (() => Promise<unknown>)[] = []
  // Before the directory is created, because its records are deleted with it.
  t.teardown(async () => {
    for (const end of ends) await end()
    await files.ledger.kill('one')
  })
  const stateDir = t.testdir()
  const files = keptFiles(stateDir)
  const log: string[] = []
  return {
    stateDir,
    files,
    log,
    deaths: async () => (await files.deaths())['one'] ?? noDeaths,
    pid: async () => (await files.ledger.status('one')).pid,
    write: (script: string) =>
      files.write({
        name: 'one',
        command: '/bin/sh',
        args: ['-c', script],
        cwd: stateDir,
        env: { WHOM: 'the log' },
        inherited: { PATH: '/usr/bin:/bin' },
        logFile: join(stateDir, 'one.log')
      }),
    begin() {
      const ending = new AbortController()
      const ended = keepProcesses(files, { signal: ending.signal, log: (line) => log.push(line) })
      const end = async () => {
        ending.abort()
        await ended
      }
      ends.push(end)
      return { ended, end }
    }
  }
}

t.test(
  'a kept process that is killed runs again, with the environment it was given, and its death is counted',
  async (t) => {
    const { files, stateDir, deaths, pid, write, begin } = keeping(t)
    await write('echo "to $WHOM, home ${HOME-unset}"; exec sleep 60')
    const { ended } = begin()
    const first = await until(pid, (found) => found !== null)
    t.same(await deaths(), noDeaths)
    const printed = () => readFile(join(stateDir, 'one.log'), 'utf8')
    await until(printed, (text) => text !== '')
    await files.ledger.signal('one', 'SIGKILL')
    await until(pid, (found) => found !== null && found !== first)
    t.match(await deaths(), { count: 1, reasons: { SIGKILL: 1 }, last: { reason: 'SIGKILL' } })
    const twice = 'to the log, home unset\n'.repeat(2)
    await until(printed, (text) => text === twice)

    await files.remove('one')
    await ended
    t.ok(await files.ledger.isAlive('one'), 'the keeper ends when nothing is to be kept; the process goes on')
    await files.ledger.stop('one')
    t.match(await deaths(), { count: 1 }, 'being stopped is no death')
  }
)

t.test(
  'a process that cannot live is tried with growing delays, and at once when it is to be started otherwise',
  async (t) => {
    const { deaths, pid, log, write, begin } = keeping(t)
    await write('exit 3')
    begin()
    const { reasons } = await until(deaths, ({ count }) => count === 2)
    t.same(reasons, { 'exit code 3': 2 })
    // The second one follows its death.
    await until(
      async () => log,
      ({ length }) => length > 1
    )
    t.match(log, [/died \(exit code 3\); restarting it in 500 ms/, /in 1000 ms/])
    await until(deaths, ({ count }) => count === 3)
    await write('exec sleep 60')
    const before = performance.now()
    await until(pid, (found) => found !== null)
    t.ok(performance.now() - before < 1500, 'not after the 2 s of the third delay')
  }
)

t.test('a keeper that ends leaves its processes running, and the next one watches over them', async (t) => {
  const { files, log, deaths, pid, write, begin } = keeping(t)
  await write('exec sleep 60')
  const first = begin()
  const kept = await until(pid, (found) => found !== null)
  await first.end()
  t.equal(await pid(), kept)
  begin()
  await until(
    async () => log,
    (lines) => lines.includes('one runs already')
  )
  await files.ledger.signal('one', 'SIGKILL')
  await until(pid, (found) => found !== null && found !== kept)
  t.match(await deaths(), { count: 1, reasons: { unknown: 1 } }, 'it is no child of this keeper')
})

t.test('deaths are counted by reason, and an invalid file counts none', async (t) => {
  t.equal(reasonOf({ code: null, signal: 'SIGSEGV' }), 'SIGSEGV')
  t.equal(reasonOf({ code: 1, signal: null }), 'exit code 1')
  t.equal(reasonOf({ code: null, signal: null }), 'unknown')
  const twice = oneMore(oneMore(noDeaths, 'SIGKILL', 'then'), 'SIGKILL', 'now')
  t.same(twice, { count: 2, reasons: { SIGKILL: 2 }, last: { at: 'now', reason: 'SIGKILL' } })
  const folder = t.testdir({ broken: '{"one":{"count":', other: '{"one":{"count":-1}}' })
  for (const name of ['broken', 'other', 'absent']) t.same(await readDeaths(join(folder, name)), {}, name)
})

t.test('only variables that a service may need are written down', async (t) => {
  t.same(
    inheritedVariables({ KOPS_TOKENS: 'a', PATH: '/bin', https_proxy: 'p', AWS_SECRET_ACCESS_KEY: 's', PATHS: 'x' }),
    { KOPS_TOKENS: 'a', PATH: '/bin', https_proxy: 'p' }
  )
  const aliases = { KAFKA_TOPIC_EVENTS: 'a', STREAMING_EVENTS_TOPIC: 'b', STREAMING_KAFKA__CONSUMER_CONFIG: '{}' }
  const others = { KAFKA_BROKER: 'c', STREAMING_KAFKA__BOOTSTRAP_SERVERS: 'd', STREAMING_KAFKA__SASL_PASSWORD: 'e' }
  t.same(inheritedVariables({ ...aliases, ...others }), aliases, 'but no address and no credential of another cluster')
})

t.test('a process that is stopped to start with other settings has not died', async (t) => {
  const { files, deaths, pid, write, begin } = keeping(t)
  await write('exec sleep 60')
  begin()
  const first = await until(pid, (found) => found !== null)
  await write('exec sleep 61')
  // Not stop(): the keeper starts it again before that has seen it gone.
  await files.ledger.signal('one', 'SIGTERM')
  await until(pid, (found) => found !== null && found !== first)
  t.same(await deaths(), noDeaths)
  await files.ledger.signal('one', 'SIGKILL')
  await until(deaths, ({ count }) => count === 1)
})

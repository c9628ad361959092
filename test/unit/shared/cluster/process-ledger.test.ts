import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createProcessLedger, type ProcessSpec } from '#shared/cluster/process-ledger.ts'
import { diskErrors, failingDisk } from '../../failing-disk.ts'

function createLedger(t: Test) {
  const folder = t.testdir()
  const ledger = createProcessLedger((name) => join(folder, `${name}.pid`))
  t.teardown(() => ledger.kill('one'))
  const logFile = join(folder, 'one.log')
  const start = (script: string, more: Partial<ProcessSpec> = {}) =>
    ledger.start({ name: 'one', command: '/bin/sh', args: ['-c', script], logFile, ...more })
  return { ledger, folder, logFile, start }
}

t.test('a process is found again by another ledger on the same records, and not started twice', async (t) => {
  const { ledger, folder, start } = createLedger(t)
  const started = await start('sleep 60')
  t.equal(started.alreadyRunning, false)

  const other = createProcessLedger((name) => join(folder, `${name}.pid`))
  t.match(await other.status('one'), { state: 'running', pid: started.pid })
  t.match(await start('sleep 60'), { alreadyRunning: true, pid: started.pid })
  t.equal(await other.stop('one'), 'stopped')
  t.same(await ledger.status('one'), { state: 'gone', pid: null, startedAt: null })
  t.equal(await ledger.stop('one'), 'not-running', 'again')
})

t.test('variables are added, output goes to the log, and the exit code is returned', async (t) => {
  const { logFile, start } = createLedger(t)
  const { exited } = await start('echo "to $WHOM"; exit 3', { env: { WHOM: 'the log' }, attached: true })
  t.same(await exited, { code: 3, signal: null })
  t.equal(await readFile(logFile, 'utf8'), 'to the log\n')
})

t.test('a process that ignores SIGTERM is killed after its grace', async (t) => {
  const { ledger, logFile, start } = createLedger(t)
  await start('trap "" TERM; echo deaf; while :; do sleep 0.05; done')
  for (let tries = 0; tries < 1000 && !(await readFile(logFile, 'utf8')).includes('deaf'); tries++) await delay(5)
  t.equal(await ledger.stop('one', { graceMs: 200 }), 'killed')
  t.notOk(await ledger.isAlive('one'))
})

t.test('a paused process is recognised, and stops on request', async (t) => {
  const { ledger, start } = createLedger(t)
  await start('exec sleep 60')
  await ledger.signal('one', 'SIGSTOP')
  // The kernel stops it a moment after the signal was sent.
  for (let tries = 0; tries < 200 && (await ledger.status('one')).state === 'running'; tries++) await delay(5)
  t.match(await ledger.status('one'), { state: 'paused' })
  t.equal(await ledger.stop('one'), 'stopped')
})

t.test('a process that only has the recorded pid gets no signal', async (t) => {
  const { ledger, folder, start } = createLedger(t)
  const { pid } = await start('exec sleep 60')
  const record = join(folder, 'one.pid')
  const text = await readFile(record, 'utf8')
  // As if the recorded process had ended and this one had got its pid later.
  await writeFile(record, text.replace(/(\) .(?: \S+){18}) \d+/, '$1 1'))
  t.not(await readFile(record, 'utf8'), text)
  t.equal(await ledger.signal('one', 'SIGKILL'), false)
  t.equal(await ledger.stop('one'), 'not-running')
  t.ok(process.kill(pid, 0), 'it lives')
  process.kill(pid, 'SIGKILL')
})

t.test('a command that does not exist ends at once, with the reason in the log', async (t) => {
  const { ledger, logFile } = createLedger(t)
  const { exited } = await ledger.start({
    name: 'one',
    command: '/nowhere/java',
    args: [],
    logFile,
    attached: true
  })
  t.equal((await exited).code, 127)
  t.match(await readFile(logFile, 'utf8'), /\/nowhere\/java/)
})

t.test('a folder that does not exist is a failure of the start', async (t) => {
  const { ledger, logFile } = createLedger(t)
  await t.rejects(ledger.start({ name: 'one', command: 'true', args: [], logFile, cwd: '/nowhere' }), {
    code: 'runtime_failed'
  })
})

t.test('a disk that fails starts no process, and the next attempt does', async (t) => {
  const { ledger, folder, start } = createLedger(t)
  const disk = failingDisk(t, folder)
  await start('exec sleep 60')
  const sites = disk.writes.length
  await ledger.kill('one')
  for (const error of diskErrors) {
    for (let nth = 0; nth < sites; nth += 1) {
      disk.fail(error, nth, true)
      await t.rejects(start('exec sleep 60'), { code: error }, disk.writes.join(', '))
      disk.recover()
      t.same(await ledger.status('one'), { state: 'gone', pid: null, startedAt: null })
    }
  }
  t.match(await start('exec sleep 60'), { alreadyRunning: false })
})

const skip = process.getuid?.() === 0 ? false : 'only root can start a process as another user'
t.test(
  'a process has the groups that it was given and no rights; of its user, only its own group looks into it',
  { skip },
  async (t) => {
    const { ledger, start } = createLedger(t)
    const [uid, group] = [1_900_000_123, 2_000_000_123]
    const { pid } = await start('exec sleep 60', {
      cwd: '/',
      env: { SECRET: 'x' },
      user: { uid, gid: group, groups: [uid] }
    })
    t.teardown(() => ledger.kill('one'))
    // The record is written before it becomes the command.
    const name = async () => (await readFile(`/proc/${pid}/comm`, 'utf8')).trim()
    for (let tries = 0; tries < 1000 && (await name()) !== 'sleep'; tries++) await delay(5)
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    t.match(status, new RegExp(`^Gid:\\t${group}\\t${group}\\t${group}\\t`, 'm'))
    t.match(status, new RegExp(`^Groups:\\t${uid} *$`, 'm'))
    t.match(status, /^CapEff:\t0+$/m)
    const look = (gid: number) => promisify(execFile)('cat', [`/proc/${pid}/environ`], { uid, gid })
    t.match((await look(group)).stdout, 'SECRET=x')
    await t.rejects(look(uid), /Permission denied/)
  }
)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { takeLock } from '#shared/files/lock-file.ts'
import { poll } from '#shared/poll.ts'

t.test('one holds a lock at a time, and the next one after it was released', async (t) => {
  const path = join(t.testdir(), 'folder', 'a.lock')
  const first = await takeLock(path)
  t.ok(first)
  t.equal(await takeLock(path), undefined)
  await first?.release()
  const second = await takeLock(path)
  t.ok(second)
  await second?.release()
})

t.test('the lock of a process that was killed is free', async (t) => {
  const path = join(t.testdir(), 'a.lock')
  const module = JSON.stringify(new URL('../../../../shared/files/lock-file.ts', import.meta.url))
  const script = `const { takeLock } = await import(${module}); await takeLock(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  await once(holder.stdout, 'data')
  t.equal(await takeLock(path), undefined)
  holder.kill('SIGKILL')
  await once(holder, 'close')
  const { answer } = await poll(
    () => takeLock(path),
    (lock) => lock !== undefined,
    { timeoutMs: 5000, pauseMs: 20 }
  )
  t.ok(answer)
  await answer?.release()
})

t.test('nobody but the owner can open it, so nobody else can hold it', async (t) => {
  const path = join(t.testdir(), 'a.lock')
  const lock = await takeLock(path)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  await lock?.release()
  await t.rejects(takeLock('/proc/a.lock'), 'a file that cannot be made')
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { rotateLog, rotateLogs } from '#shared/cluster/log-rotation.ts'
import { poll } from '#shared/poll.ts'

t.test('a log that has grown is set aside and empty, and its process writes on at the beginning', async (t) => {
  const path = join(t.testdir(), 'a.log')
  await using log = await open(path, 'a')
  const child = spawn('/bin/sh', ['-c', 'echo before; read go; echo after'], { stdio: ['pipe', log.fd, log.fd] })
  await poll(
    async () => (await stat(path)).size,
    (size) => size > 0,
    { timeoutMs: 5000, pauseMs: 5 }
  )
  t.equal(await rotateLog(path, 100), false, 'it is small')
  t.equal(await rotateLog(path, 5), true)
  child.stdin?.end('go\n')
  await once(child, 'close')
  t.equal(await readFile(`${path}.1`, 'utf8'), 'before\n')
  t.equal(await readFile(path, 'utf8'), 'after\n')
  t.equal(await rotateLog(path, 5), true)
  t.equal(await readFile(`${path}.1`, 'utf8'), 'after\n', 'one old log is kept')
})

t.test('what cannot be set aside is reported, and a missing log is none', async (t) => {
  // A folder in the place of the copy.
  const folder = t.testdir({ 'a.log': 'much', 'a.log.1': {} })
  await t.rejects(rotateLog(join(folder, 'a.log'), 1), 'what is in its place is not removed')
  t.equal(await rotateLog(join(folder, 'missing.log'), 1), false)
})

t.test('logs are looked after until the end', async (t) => {
  const folder = t.testdir({ 'a.log.1': {} })
  await writeFile(join(folder, 'a.log'), Buffer.alloc(33 * 1024 * 1024))
  const ending = new AbortController()
  const problems: string[] = []
  const ended = rotateLogs(async () => [join(folder, 'a.log')], {
    signal: ending.signal,
    onProblem: (path) => problems.push(path)
  })
  await poll(
    async () => problems.length,
    (count) => count > 0,
    { timeoutMs: 5000, pauseMs: 5 }
  )
  ending.abort()
  await ended
  t.same(problems, [join(folder, 'a.log')])
})

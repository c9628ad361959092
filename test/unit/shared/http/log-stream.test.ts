import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createLogStream } from '#shared/http/log-stream.ts'
import { poll } from '#shared/poll.ts'

t.test('lines arrive whole and in order, also those that wait at the end', async (t) => {
  const path = join(t.testdir(), 'log')
  const fd = openSync(path, 'a')
  t.teardown(() => closeSync(fd))
  const stream = createLogStream(fd)
  const lines = Array.from({ length: 500 }, (_, n) => `${n} ${'é'.repeat(n)}\n`)
  for (const line of lines) stream.write(line)
  const { answer } = await poll(
    () => readFile(path, 'utf8'),
    (log) => log === lines.join(''),
    {
      timeoutMs: 5000,
      pauseMs: 5
    }
  )
  t.equal(answer, lines.join(''))
})

t.test('a process that logs to a full disk lives on, and can end', async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const agentApp = new URL('../../../../shared/cluster/agent/app.ts', import.meta.url)
  const program = `
    const { createAgentApp } = await import(${JSON.stringify(agentApp.href)})
    const app = await createAgentApp('info')
    for (let n = 0; n < 200; n++) {
      app.log.info('a line')
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    console.error('it lives')
    process.exit(0)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', full, 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  if (!child.stderr) throw new Error('no standard error')
  const [[code], errors] = await Promise.all([once(child, 'exit'), text(child.stderr)])
  t.match(errors, 'it lives')
  t.equal(code, 0)
})

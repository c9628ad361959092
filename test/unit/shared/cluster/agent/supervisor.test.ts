import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { exitCodes } from '#shared/cluster/agent/supervisor-rules.ts'

t.test('a supervisor that cannot start its agent, as on a full disk, retries until it can', async (t) => {
  const stateDir = t.testdir({ agent: 'a file where the folder of the agent should be' })
  const script = fileURLToPath(new URL('../../../../../shared/cluster/agent/supervisor.ts', import.meta.url))
  const supervisor = spawn(process.execPath, [script, '--state-dir', stateDir], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(() => supervisor.kill('SIGKILL'))
  let errors = ''
  const ended = once(supervisor, 'exit')
  for await (const chunk of supervisor.stderr) {
    errors += String(chunk)
    if (errors.split('restarting it').length < 3) continue
    await rm(join(stateDir, 'agent'), { force: true })
    break
  }
  t.match(errors, 'restarting it in', 'it has tried twice')
  t.same(await ended, [exitCodes.misconfigured, null], 'the agent has started, and found no cluster')
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'

const caller = `
import { runInForeground } from '#shared/cluster/foreground.ts'
process.exitCode = await runInForeground('sh', ['-c', 'echo $$; exec sleep 60'])
`

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  t.test(`a program in the foreground ends with ${signal} to its caller`, async (t) => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', caller], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    t.teardown(() => child.kill('SIGKILL'))
    const [line] = await once(child.stdout, 'data')
    const program = Number(String(line))
    child.kill(signal)
    const [code] = await once(child, 'exit')
    t.equal(code, signal === 'SIGTERM' ? 143 : 129)
    t.throws(() => process.kill(program, 0), { code: 'ESRCH' })
  })
}

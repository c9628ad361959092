/**
 * Runs the unit tests and then the integration tests: all, or those with one of the patterns in their path. Starts no
 * cluster if no integration test matches.
 *
 *   npm test -- [options of test/integration/run.ts] [patterns]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'

const projectRoot = join(import.meta.dirname, '..')
const given = process.argv.slice(2)
const patterns = given.filter((argument) => !argument.startsWith('--'))

let [ran, code] = [0, 0]
for (const kind of ['unit', 'integration']) {
  const files = await Array.fromAsync(glob(`test/${kind}/**/*.test.ts`, { cwd: projectRoot }))
  if (patterns.length > 0 && !files.some((file) => patterns.some((pattern) => file.includes(pattern)))) continue
  ran += 1
  const child = spawn(process.execPath, [`test/${kind}/run.ts`, ...(kind === 'unit' ? patterns : given)], {
    cwd: projectRoot,
    stdio: 'inherit'
  })
  // The terminal signals both: the runner takes its clusters down, and this one waits for it.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name))
  code = ((await once(child, 'exit')) as [number | null])[0] ?? 1
  if (code !== 0) break
}
if (ran === 0) {
  console.error(`no test has ${patterns.join(' or ')} in its path`)
  code = 64
}
process.exitCode = code

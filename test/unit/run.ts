/**
 * Runs the unit tests in a few processes, one more than there are processors, each of which takes one file after another:
 * starting a process for each file, as tap does, takes longer than most files. Shows failures, and the number of passed
 * tests.
 *
 *   npm run test:unit -- [patterns]
 *
 * Runs all files, or those with one of the patterns in their path.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { glob } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import '../compile-cache.ts'

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** For fewer files no further process is started: each loads the modules and compiles the schemas again. */
const filesAtLeast = 24
/** Some files wait. */
const processesAtMost = availableParallelism() + 1
/** A process fails in which no test ends for so long. */
const timeoutSeconds = 240
/** Sent by a process that has run its files, and wants another one. */
const ready = 'ready'

interface Outcome {
  passed: boolean
  output: string
  assertions: number
}

const patterns = process.argv.slice(2)
if (process.env['KOPS_UNIT_WORKER']) await takeFiles()
else process.exitCode = await runAll(await filesWith(patterns))

async function filesWith(patterns: string[]): Promise<string[]> {
  const all = await Array.fromAsync(glob('test/unit/**/*.test.ts', { cwd: projectRoot }))
  const wanted = (file: string) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern))
  return all.filter(wanted).sort()
}

async function runAll(files: string[]): Promise<number> {
  if (files.length === 0) {
    console.error(`no unit test has ${patterns.join(' or ')} in its path`)
    return 64
  }
  const startedAt = performance.now()
  const processes = Math.min(Math.ceil(files.length / filesAtLeast), processesAtMost)
  const waiting = files.values()
  const outcomes = await Promise.all(Array.from({ length: processes }, (_, index) => runWorker(waiting, index)))
  const failed = outcomes.filter(({ passed }) => !passed)
  for (const { output } of failed) console.log(`${failuresIn(output)}\n`)
  const assertions = outcomes.reduce((sum, outcome) => sum + outcome.assertions, 0)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const verdict = failed.length === 0 ? 'all passed' : `${failed.length} of ${processes} processes failed`
  console.log(`${files.length} files, ${assertions} assertions in ${seconds} s: ${verdict}`)
  return failed.length === 0 ? 0 : 1
}

/** Runs a process that takes files until none is waiting. */
async function runWorker(waiting: Iterator<string>, index: number): Promise<Outcome> {
  // tap names the folders of a process' tests after its arguments.
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(import.meta.url), `worker-${index}`], {
    cwd: projectRoot,
    env: {
      ...process.env,
      KOPS_UNIT_WORKER: 'yes',
      TAP_TIMEOUT: String(timeoutSeconds),
      // Tests that start node or kops get this one.
      PATH: `${join(projectRoot, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('a process of unit tests has no output')
  let whole = false
  child.on('message', (message) => {
    // tap sends messages of its own.
    if (message !== ready) return
    const { value, done } = waiting.next()
    if (done) {
      whole = true
      child.disconnect()
    } else child.send(value)
  })
  const [printed, said, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')])
  const counted = /^# \{ total: (\d+)/m.exec(printed)?.[1] ?? printed.match(/^ +ok /gm)?.length ?? 0
  return { passed: code === 0 && whole, output: `${printed}\n${said}`, assertions: Number(counted) }
}

/** Runs one file after another, as they are sent. */
async function takeFiles(): Promise<void> {
  const { default: tap } = await import('tap')
  tap.afterEach(() => tap.setTimeout(timeoutSeconds * 1000))
  // Before a test makes its folder: otherwise tap would remove that first, under the services which a teardown closes.
  tap.beforeEach((t) => t.teardown(() => {}))
  const cleanUps: (() => unknown)[] = []
  // With the first one of its own, tap would end as soon as no test is waiting.
  tap.teardown = (cleanUp) => void cleanUps.push(cleanUp)
  process.on('message', async (file: string) => {
    tap.comment(`File: ${file}`)
    // tap lets the process end although there is a channel.
    process.channel?.ref()
    await import(pathToFileURL(resolve(projectRoot, file)).href)
    // Tests run one after another: this one begins when those of the file have ended.
    await tap.test(`the end of ${file}`, { silent: true }, async () => {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
    })
    process.send?.(ready)
  })
  process.send?.(ready)
}

/** The failed subtests in full, each below the file that ran last before it; if none is reported, the end of the output. */
function failuresIn(output: string): string {
  const failed: string[] = []
  let file = ''
  for (const block of output.split(/^(?=# Subtest: |# File: )/m)) {
    if (block.startsWith('# File: ')) file = block.split('\n')[0] ?? ''
    else if (/^\s*not ok /m.test(block)) failed.push(`${file}\n${block}`)
  }
  return failed.length > 0 ? failed.join('\n') : output.split('\n').slice(-40).join('\n')
}

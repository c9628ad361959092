/**
 * Runs the unit tests, many files per process and one process more than there are processors: starting a process for
 * each file, as tap does, takes longer than most files. Shows failures, and the number of passed tests.
 *
 *   npm run test:unit -- [patterns]
 *
 * Runs all files, or those with one of the patterns in their path.
 */
import { spawn } from 'node:child_process'
import { glob } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import '../compile-cache.ts'

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** A process has no fewer, if there are as many. */
const filesAtLeast = 24
/** Some files wait. */
const processesAtOnce = availableParallelism() + 1
/** A process fails in which no test ends for so long. */
const timeoutSeconds = 240

interface Outcome {
  files: string[]
  passed: boolean
  output: string
  assertions: number
}

const patterns = process.argv.slice(2)
const shared = process.env['KOPS_UNIT_FILES']
if (shared) {
  const { default: tap } = await import('tap')
  tap.afterEach(() => tap.setTimeout(timeoutSeconds * 1000))
  for (const file of shared.split(' ')) await import(pathToFileURL(resolve(projectRoot, file)).href)
} else process.exitCode = await runAll(await filesWith(patterns))

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
  const waiting = groupsOf(files)
  const outcomes: Outcome[] = []
  async function work(): Promise<void> {
    for (let group = waiting.shift(); group; group = waiting.shift()) {
      const outcome = await runTogether(group)
      outcomes.push(outcome)
      if (!outcome.passed) console.log(`${failuresIn(outcome.output)}\nin one of\n  ${group.join('\n  ')}\n`)
    }
  }
  await Promise.all(Array.from({ length: processesAtOnce }, work))
  const failed = outcomes.filter(({ passed }) => !passed).length
  const assertions = outcomes.reduce((sum, outcome) => sum + outcome.assertions, 0)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const verdict = failed === 0 ? 'all passed' : `${failed} of ${outcomes.length} processes failed`
  console.log(`${files.length} files, ${assertions} assertions in ${seconds} s: ${verdict}`)
  return failed === 0 ? 0 : 1
}

/**
 * Deals files to the groups in turn: neighbours, which take similar time, are in different groups. There are no more than run
 * at the same time: each loads the modules and compiles the schemas again, which takes four seconds of processor time.
 */
function groupsOf(files: string[]): string[][] {
  const count = Math.min(Math.ceil(files.length / filesAtLeast), processesAtOnce)
  return Array.from({ length: count }, (_, group) => files.filter((_, index) => index % count === group))
}

async function runTogether(files: string[]): Promise<Outcome> {
  // tap names the folders of a process' tests after its arguments.
  const name = files[0]?.replaceAll(/\W/g, '-') ?? ''
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), name], {
    cwd: projectRoot,
    env: {
      ...process.env,
      KOPS_UNIT_FILES: files.join(' '),
      TAP_TIMEOUT: String(timeoutSeconds),
      // Tests that start node or kops get this one.
      PATH: `${join(projectRoot, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exit = new Promise<number | null>((done, failed) => child.once('close', done).once('error', failed))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  const counted = /^# \{ total: (\d+)/m.exec(stdout)?.[1] ?? stdout.match(/^ +ok /gm)?.length ?? 0
  return { files, passed: code === 0, output: `${stdout}\n${stderr}`, assertions: Number(counted) }
}

/** The failed subtests in full; if none is reported, the end of the output. */
function failuresIn(output: string): string {
  const failed = output.split(/^(?=# Subtest: )/m).filter((block) => /^\s*not ok /m.test(block))
  return failed.length > 0 ? failed.join('\n') : output.split('\n').slice(-40).join('\n')
}

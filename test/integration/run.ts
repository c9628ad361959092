/**
 * Runs the integration tests on their own clusters, with the whole stack, on free ports and in separate state
 * directories, and takes them down again, whatever happens. Leaves a cluster that is set up in this checkout alone.
 *
 *   npm run test:integration -- [--mode zookeeper|kraft] [--security plaintext|ssl|sasl_ssl] [--long] [--again] [--clusters 1|2] [--minutes N] [patterns]
 *
 * Runs all files, or those with one of the patterns in their path. --long runs the exhaustive tests of test/long
 * instead: crash tables, injected failures, minutes without a quorum.
 *
 * With --again, files that failed run a second time on a new cluster. Those that pass then are reported as such: they are flaky and
 * want to be mended, but do not fail the run.
 *
 * With --minutes, no file begins later than that, except a second attempt; those that were not run are listed, and each day
 * begins with another file, so that all have their turn.
 *
 * A file with a comment `// Runs alone: why` has the cluster to itself, and may break it; with `// Runs undisturbed: why` it has
 * the machine to itself, too. One with `// Brings its own cluster: what for` runs beside those that run alone. The others
 * run three at a time (those of --long two at a time), and assert only on what they created; those with the same comment
 * `// Takes turns: what` never run at the same time, and begin first.
 *
 * With four processors and the memory for it, the files of test/integration run on two clusters, each with a lane of files: one
 * lane starts with those that run alone, one with the others, and the lane that finishes first helps the other. On two processors a
 * second cluster gains nothing, and files miss their deadlines. Those of test/long wait for most of their time: with the memory for it, a
 * second cluster takes over where the files with their own clusters end. --clusters sets how many.
 */
import { glob, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import Value from 'typebox/value'
import { counted, terminal } from '#cli/output.ts'
import { showProgress } from '#cli/progress.ts'
import { fetchDistribution } from '#shared/cluster/local/fetch-distribution.ts'
import {
  type ClusterMode,
  ClusterModeSchema,
  type ClusterSecurity,
  ClusterSecuritySchema
} from '#shared/contracts/cluster.ts'
import '../compile-cache.ts'
import { type Lane, portsOfLane, startLane } from './support/lane.ts'
import { freePorts } from './support/test-cluster.ts'

/** So few files are through on one cluster before a second one is up. */
const fewFiles = 6
/** A cluster with everything around it has some 2.5 GiB. */
const memoryOfTwo = 8 * 2 ** 30

interface Queue {
  /** Whether its files may break the cluster. */
  alone: boolean
  /** So many at the same time. */
  atOnce: number
  files: QueuedFile[]
  /** What running files take turns with. */
  taken: Set<string>
}

interface QueuedFile {
  file: string
  turns: string | undefined
}

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const { values, positionals } = parseArgs({
  options: {
    mode: { type: 'string', default: 'zookeeper' },
    security: { type: 'string', default: 'plaintext' },
    long: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    clusters: { type: 'string', default: '' },
    minutes: { type: 'string', default: 'Infinity' }
  },
  allowPositionals: true
})
const { mode, security, long, again } = values
/** Files at the same time on one cluster: they wait most of the time. Some of test/long start another one. */
const mostAtOnce = long ? 2 : 3
if (!Value.Check(ClusterModeSchema, mode)) {
  terminal.error(`--mode is zookeeper or kraft, not ${mode}`)
  process.exit(64)
}
if (!Value.Check(ClusterSecuritySchema, security)) {
  terminal.error(`--security is plaintext, ssl or sasl_ssl, not ${security}`)
  process.exit(64)
}
if (!['', '1', '2'].includes(values.clusters)) {
  terminal.error(`--clusters is 1 or 2, not ${values.clusters}`)
  process.exit(64)
}
/** Number of the day. */
const today = Math.floor(Date.now() / 86_400_000)
const budgetMs = Number(values.minutes) * 60_000
if (!(budgetMs > 0)) {
  terminal.error(`--minutes is a number of minutes, not ${values.minutes}`)
  process.exit(64)
}
const enoughMemory = process.availableMemory() >= memoryOfTwo
const canRunTwo = enoughMemory && (long || availableParallelism() >= 4)
const twoClusters = values.clusters === '' ? canRunTwo : values.clusters === '2'
const files = await testFiles()
if (files.length === 0) {
  terminal.error(`no test file has ${positionals.join(' or ')} in its path`)
  process.exit(64)
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())

await fetchDistribution(join(projectRoot, 'kafka'), mode, showProgress(terminal))
const ports = await freePorts((twoClusters ? 2 : 1) * portsOfLane)
let isTimeUp = () => performance.now() > budgetMs
const first = await runAll(files, mode, security)
const omitted = first.left
isTimeUp = () => false
const second =
  again && !interrupted.signal.aborted && first.failed.length > 0
    ? await runAll(first.failed, mode, security)
    : undefined
const { failed, whole } = second ?? first
if (omitted.length > 0) console.log(`# not begun within ${values.minutes} min: ${omitted.join(' ')}`)
const flaky = first.failed.filter((file) => !failed.includes(file))

const passed = whole ? 'all passed' : 'not all of them were run'
const verdict = failed.length === 0 ? passed : `failed: ${failed.join(' ')}`
const flakes = flaky.length === 0 ? '' : `, ${flaky.length} at the second attempt: ${flaky.join(' ')}`
console.log(
  `# ${counted(files.length - omitted.length, 'file')} in ${Math.round(performance.now() / 1000)} s, ${verdict}${flakes}`
)
process.exitCode = failed.length === 0 && whole ? 0 : 1

/** Runs files on clusters that are made for them. `whole`: each was run or is `left` for want of time, and the clusters came up and went down. */
async function runAll(
  files: string[],
  mode: ClusterMode,
  security: ClusterSecurity
): Promise<{ failed: string[]; left: string[]; whole: boolean }> {
  const failed: string[] = []
  const { together, alone, elsewhere, undisturbed } = await queues(files)
  const runEach = async (lane: Lane, ...queues: Queue[]) => {
    for (const queue of queues) failed.push(...(await work(lane, queue)))
  }
  const onSecond = async (...queues: Queue[]) =>
    twoClusters && files.length > fewFiles ? onLane(1, mode, security, (lane) => runEach(lane, ...queues)) : true
  const second = long ? true : onSecond(alone, together)
  const first = onLane(0, mode, security, async (lane) => {
    const beside = async () => {
      await runEach(lane, elsewhere)
      if (long && !(await onSecond(alone))) throw new Error('the second cluster failed')
    }
    // Now and then first: a limit of time would leave out the same ones each time.
    if (long && today % 2 === 0) await runEach(lane, undisturbed)
    await Promise.all([runEach(lane, together, alone), beside(), second])
    await runEach(lane, undisturbed)
  })
  const ends = await Promise.all([first, second])
  const left = [together, alone, elsewhere, undisturbed].flatMap(({ files }) => files.map(({ file }) => file))
  return { failed, left, whole: (left.length === 0 || isTimeUp()) && ends.every(Boolean) }
}

/** @returns whether the lane came up, was used, and went down; what failed of it is printed */
async function onLane(
  index: number,
  mode: ClusterMode,
  security: ClusterSecurity,
  use: (lane: Lane) => Promise<void>
): Promise<boolean> {
  // The same directories each time: the next run repairs what a killed one left.
  const names = ['test', mode === 'kraft' && 'kraft', security !== 'plaintext' && security, index > 0 && 'second']
  try {
    const lane = await startLane({
      mode,
      security,
      stateDir: join(projectRoot, '.kops', names.filter(Boolean).join('-')),
      timeoutSeconds: long ? 1500 : 240,
      ports: ports.slice(index * portsOfLane, (index + 1) * portsOfLane),
      signal: interrupted.signal
    })
    await use(lane).finally(() => lane.end())
    return true
  } catch (error) {
    terminal.error(String(error))
    return false
  }
}

async function testFiles(): Promise<string[]> {
  const folder = long ? 'long' : 'integration'
  const all = await Array.fromAsync(glob(`test/${folder}/**/*.test.ts`, { cwd: projectRoot }))
  const wanted = (file: string) => positionals.length === 0 || positionals.some((pattern) => file.includes(pattern))
  const files = all.filter(wanted).sort()
  const first = Number.isFinite(budgetMs) ? today % Math.max(1, files.length) : 0
  return [...files.slice(first), ...files.slice(0, first)]
}

async function queues(files: string[]) {
  const emptyQueue = (alone: boolean, atOnce = 1): Queue => ({ alone, atOnce, files: [], taken: new Set() })
  const all = {
    together: emptyQueue(false, mostAtOnce),
    alone: emptyQueue(true),
    elsewhere: emptyQueue(false),
    undisturbed: emptyQueue(true)
  }
  const byHeading: Record<string, Queue> = {
    'Runs alone': all.alone,
    'Runs undisturbed': all.undisturbed,
    'Brings its own cluster': all.elsewhere
  }
  const heading = /^\/\/ (Runs alone|Runs undisturbed|Brings its own cluster|Takes turns): (\S.*)$/m
  for (const file of files) {
    const source = await readFile(join(projectRoot, file), 'utf8')
    const [, how = '', what] = heading.exec(source) ?? []
    const queue = byHeading[how] ?? all.together
    queue.files.push({ file, turns: queue === all.together ? what : undefined })
  }
  // Who has the turn takes all of its files, one after another: begun last, they would run while nothing else is left.
  all.together.files.sort((a, b) => Number(b.turns !== undefined) - Number(a.turns !== undefined))
  return all
}

/** Runs the files of a queue until it is empty, and returns those that failed. Prints the output of each in one piece. */
async function work(lane: Lane, queue: Queue): Promise<string[]> {
  const failed: string[] = []
  async function next(): Promise<void> {
    for (let next = take(queue); next; next = take(queue)) {
      const { file, turns } = next
      if (turns) queue.taken.add(turns)
      const { passed, seconds, output } = await lane.run(file, queue.alone)
      if (turns) queue.taken.delete(turns)
      console.log(`# File: ${file}\n${output}${passed ? 'ok' : 'not ok'} ${file} ${seconds.toFixed(1)} s\n`)
      if (!passed) failed.push(file)
    }
  }
  await Promise.all(Array.from({ length: queue.atOnce }, next))
  return failed
}

/** @returns none also if those that are left have to wait for their turn: whoever has it takes them, too */
function take({ files, taken }: Queue): QueuedFile | undefined {
  if (interrupted.signal.aborted || isTimeUp()) return undefined
  const index = files.findIndex(({ turns }) => turns === undefined || !taken.has(turns))
  return index < 0 ? undefined : files.splice(index, 1)[0]
}

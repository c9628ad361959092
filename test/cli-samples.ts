/**
 * Writes what every command prints, its help and a sample, into one file, to be read from top to bottom as its user meets it, in 80
 * columns: npm run cli:samples -- [file]. Needs the services of ./setup.sh; samples change nothing but a topic of their own, and
 * changes of anything else are dry runs.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { Command } from 'commander'
import { projectRoot } from '#cli/config.ts'
import { buildWholeProgram } from '#cli/program.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const [file = join(projectRoot, '.kops/cli-samples.txt')] = positionals
const topic = `samples-${Date.now().toString(36)}`
const away = { KOPS_ADMIN_URL: 'http://127.0.0.1:9', KOPS_HEALTH_URL: 'http://127.0.0.1:9' }
const deadlineMs = 60_000

/** In an order in which each finds what it needs. */
const samples: { line: string; env?: Record<string, string> }[] = [
  ...lines(
    '--version',
    'cluster status',
    'cluster reach',
    'cluster logs kafka-1 --lines 3',
    'doctor',
    'doctor --production'
  ),
  ...lines(
    'health',
    'health -o yaml',
    'health history score',
    'health probe',
    'alerts',
    'what-if',
    'what-if kafka-1',
    'can-restart kafka-2'
  ),
  ...lines(
    `topics create ${topic} --partitions 3 --replication-factor 3 --dry-run`,
    `topics create ${topic} --partitions 3 --replication-factor 3`,
    `topics create ${topic} --partitions 3 --replication-factor 3`,
    'topics list',
    'topics list -o wide',
    'topics list -o name',
    `topics describe ${topic}`,
    `topics describe ${topic}x`,
    `topics config get ${topic}`,
    `topics config set ${topic} retention.ms=3600000`,
    `topics config set ${topic} retention.ms=soon`,
    `topics config unset ${topic} retention.ms`,
    `topics add-partitions ${topic} 6 --dry-run`,
    `topics set-replication-factor ${topic} 2 --dry-run`,
    'topics advice --help'
  ),
  ...lines(
    `messages produce ${topic} one two`,
    `messages read ${topic} --from earliest`,
    `messages read ${topic} -o jsonl`
  ),
  ...lines(
    'groups list',
    'groups describe log-processor',
    'groups reset-offsets log-processor --to-earliest --dry-run'
  ),
  ...lines(
    'brokers list',
    'brokers describe 1',
    'brokers config get 1 log.retention.hours',
    'brokers elect-leaders --dry-run',
    'brokers drain 3 --dry-run'
  ),
  ...lines(
    `scale partitions ${topic} 12 --consumers 12 --target-mb 80 --dry-run`,
    'scale brokers 4 --dry-run',
    'scale brokers 2',
    'scale consumers log-processor --measure 2s',
    'scale heap 512m --dry-run',
    'scale threads --network 8 --io 16 --dry-run'
  ),
  ...lines('reassignments list', 'acls list', 'catalog plan catalog/log-streaming.yaml', 'maintenance list'),
  ...lines('audit search --limit 3', 'audit verify'),
  ...lines(
    'load workloads',
    'load list',
    'load run workloads/small.yaml --dry-run',
    'load run small',
    'capacity',
    'capacity list',
    'lb compare --num-requests 1000 --slow-server 4=10',
    'lb generate --num-requests 100 --rate 100'
  ),
  ...lines(
    'drill kinds',
    'drill plan broker-kill --node kafka-2',
    'drill list',
    'drill scorecard',
    'drill gamedays',
    'drill schedules'
  ),
  ...lines('context list', 'completion bash --help'),
  ...lines(
    'topic list',
    'topics lsit',
    'topics list --partitionz 3',
    'topics create bad/name --partitions 1',
    'drill run broker-stop --node kafka-9'
  ),
  { line: 'topics list', env: away },
  { line: 'health', env: away },
  { line: 'topics list', env: { KOPS_TOKEN: 'wrong' } },
  ...lines(
    `topics list --curl`,
    `topics delete ${topic} --dry-run`,
    `topics delete ${topic} --yes`,
    'topics deletions list'
  )
]

function lines(...all: string[]) {
  return all.map((line) => ({ line }))
}

async function kops(line: string, env: Record<string, string> = {}): Promise<string> {
  const child = spawn(join(projectRoot, 'kops'), line.split(' '), {
    cwd: projectRoot,
    env: { ...process.env, COLUMNS: '80', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const named = Object.entries(env).map(([name, value]) => `${name}=${value} `)
  const status = code === 0 ? '' : `[exit ${code}]\n`
  return `$ ${named.join('')}kops ${line}\n${out}${err === '' ? '' : `--- on standard error\n${err}`}${status}\n`
}

function* pathsOf(command: Command, path: readonly string[] = []): Generator<readonly string[]> {
  yield path
  for (const each of command.commands) if (each.name() !== 'help') yield* pathsOf(each, [...path, each.name()])
}

const silent = { print() {}, error() {} }
const program = await buildWholeProgram({ output: silent, person: { present: false, ask: async () => undefined } })
const parts: string[] = []
for (const path of pathsOf(program)) parts.push(await kops([...path, '--help'].join(' ')))
for (const { line, env } of samples) parts.push(await kops(line, env))
await writeFile(file, parts.join('\n'))
console.log(`${parts.length} samples are in ${file}`)

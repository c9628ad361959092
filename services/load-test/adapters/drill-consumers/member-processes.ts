import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { type KafkaConfig, kafkaConfigProperties } from '#shared/kafka/settings.ts'
import type { Subscription } from '#shared/kafka/subscribing/port.ts'
import type { MemberEngine, MemberProcess, MemberReport } from '../../domain/drills/consumers/port.ts'
import { machineOffsetMs } from '../machine-clock.ts'
import { type FromMember, type PlantedFailure, pausePipe, type ToMember } from './messages.ts'

export interface MemberProcessesOptions {
  config: KafkaConfig
  /** The only variables of the environment that members get. */
  environment: Record<string, string>
  /** What members with these names do wrong. Only tests plant anything. */
  planted?: ReadonlyMap<string, PlantedFailure>
}

/**
 * Members may connect, and read files: certificates, passwords, code. They may write no file, and start no process, thread or
 * native addon (Node's permission model). A debugger cannot be opened in them, as in the services. What they write to stderr is why
 * they failed; the client library's warnings, as of many attempts to connect, are not.
 */
const execArgv = ['--no-warnings', '--permission', '--allow-fs-read=*', '--disable-sigusr1', '--max-old-space-size=96']
const entry = new URL('./member-process.ts', import.meta.url)
const keptOfStderr = 2000

/** The MemberEngine port: a process for each member. */
export function createMemberProcesses({ config, environment, planted }: MemberProcessesOptions): MemberEngine {
  const kafkaConfig = kafkaSettingsOf(config)
  return {
    start(subscription: Subscription, name, onReport): MemberProcess {
      const child = fork(entry, [], { env: environment, execArgv, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'ipc'] })
      const member = createMember(child, onReport)
      member.tell({
        kind: 'start',
        config: kafkaConfig,
        clientId: `kops-drill-${name}`,
        subscription,
        planted: planted?.get(name)
      })
      return member
    }
  }
}

function createMember(
  child: ChildProcess,
  onReport: (report: MemberReport) => void
): MemberProcess & { tell(message: ToMember): void } {
  const offsetMs = machineOffsetMs()
  const paused = Promise.withResolvers<void>()
  let stderr = ''
  child.stderr?.on('data', (text: Buffer) => {
    stderr = `${stderr}${text}`.slice(-keptOfStderr)
  })
  child.on('message', (report: FromMember) => {
    onReport({ ...report, atMs: report.atMs - offsetMs })
    if (report.kind === 'paused') paused.resolve()
  })
  // What it reported before it died is read by then; `exit` comes earlier.
  const ended = new Promise<void>((resolve) => {
    const end = (code: number | null, signal: string | null) => {
      // A member that continues may warn.
      if (signal === null && code !== 0 && stderr !== '')
        onReport({ kind: 'failed', detail: stderr, atMs: performance.now() })
      onReport({ kind: 'ended', signal, code, atMs: performance.now() })
      resolve()
      paused.resolve()
    }
    child.once('close', end)
    child.once('error', (error) => {
      stderr += error.message
      if (child.pid === undefined) end(null, null)
    })
  })
  const pipe = child.stdio[pausePipe] as Writable | null
  // It may be gone by the time that it is written to.
  pipe?.on('error', () => undefined)
  const tell = (message: ToMember) => void (child.connected && child.send(message, () => undefined))

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await ended
  }

  return {
    pid: child.pid,
    tell,
    async pause() {
      tell({ kind: 'pause' })
      await paused.promise
    },
    resume: () => void pipe?.write('.'),
    kill,
    async leave(timeoutMs) {
      tell({ kind: 'leave' })
      const limit = new AbortController()
      const late = once(AbortSignal.any([AbortSignal.timeout(timeoutMs), limit.signal]), 'abort')
      await Promise.race([ended, late])
      limit.abort()
      await kill()
    }
  }
}

/** What a member needs to connect; no other setting of the service. */
function kafkaSettingsOf(config: KafkaConfig): KafkaConfig {
  const names = Object.keys(kafkaConfigProperties) as (keyof KafkaConfig)[]
  return Object.fromEntries(names.map((name) => [name, config[name]])) as KafkaConfig
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createMemberProcesses } from '#services/load-test/adapters/drill-consumers/member-processes.ts'
import { loadConfig } from '#services/load-test/config.ts'
import type { MemberReport } from '#services/load-test/domain/drills/consumers/port.ts'
import { poll } from '#shared/poll.ts'
import { subscription } from './subscription.ts'

const config = loadConfig({ KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1', KOPS_TOKEN: 'a-secret-of-the-service' })

function startMember(t: Test, environment: Record<string, string>) {
  const reports: MemberReport[] = []
  const member = createMemberProcesses({ config, environment }).start(subscription, 'member-1', (report) =>
    reports.push(report)
  )
  t.teardown(() => member.kill())
  return { member, reports }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

t.test('a paused member does nothing until it is resumed, and ends when it is told to leave', async (t) => {
  const fromMs = performance.now()
  const { member, reports } = startMember(t, { NODE_EXTRA_CA_CERTS: '/dev/null' })
  await member.pause()
  const environment = readFileSync(`/proc/${member.pid}/environ`, 'utf8').split('\0').filter(Boolean)
  t.same(
    environment.map((entry) => entry.split('=')[0]).filter((name) => !name?.startsWith('NODE_CHANNEL')),
    ['NODE_EXTRA_CA_CERTS'],
    'no variable of the environment but those that are named'
  )
  const command = readFileSync(`/proc/${member.pid}/cmdline`, 'utf8')
  t.match(command, '--permission')
  t.notMatch(command, /--allow-(?!fs-read)/)
  t.notMatch(command, 'secret')
  t.match(reports, [{ kind: 'paused' }])
  t.ok(
    Number(reports[0]?.atMs) >= fromMs && Number(reports[0]?.atMs) <= performance.now(),
    'on the clock of this process'
  )
  member.resume()
  const resumed = await poll(
    () => reports.at(-1)?.kind === 'resumed',
    (is) => is,
    { timeoutMs: 5000, pauseMs: 10 }
  )
  t.equal(resumed.done, true)
  await member.leave(10_000)
  t.match(reports.at(-1), { kind: 'ended', signal: null })
})

t.test('a paused member that does not leave is killed after the time-out', async (t) => {
  const { member, reports } = startMember(t, {})
  await member.pause()
  await member.leave(50)
  t.match(reports.at(-1), { kind: 'ended', signal: 'SIGKILL', code: null })
  t.equal(isAlive(member.pid), false)
})

t.test('no member survives the process that started it, in whatever state it is', async (t) => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'parent.ts')], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => parent.kill('SIGKILL'))
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pids = JSON.parse(line.toString()) as number[]
  t.equal(pids.length, 3)
  // The third is leaving, and may be gone.
  t.same(pids.slice(0, 2).map(isAlive), [true, true])
  parent.kill('SIGKILL')
  const { done } = await poll(
    () => pids.some(isAlive),
    (alive) => !alive,
    { timeoutMs: 15_000, pauseMs: 50 }
  )
  t.equal(done, true, 'all of them are gone within 15 s')
})

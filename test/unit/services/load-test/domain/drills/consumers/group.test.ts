import t from 'tap'
import { createDrillGroup } from '#services/load-test/domain/drills/consumers/group.ts'
import type { MemberReport } from '#services/load-test/domain/drills/consumers/port.ts'
import { groupSettings } from '#services/load-test/domain/drills/consumers/settings.ts'
import type { GroupDescription } from '#shared/kafka/groups/port.ts'
import { poll } from '#shared/poll.ts'
import { manualClock } from '../../../../../manual-clock.ts'

const partitions = 6

interface World {
  /** Members that cannot go on when they have started. */
  fails?: boolean
}

/** A group in memory: whoever joins or ends makes it rebalance at once, and a member delivers and commits what it gets. */
function build(world: World = {}) {
  const clock = manualClock()
  const calls: string[] = []
  const members = new Map<string, (report: MemberReport) => void>()
  const paused = new Set<string>()
  let next = 10

  function rebalance(): void {
    const active = Array.from(members).filter(([name]) => !paused.has(name))
    for (const [nth, [name, report]] of active.entries()) {
      const own = Array.from({ length: partitions }, (_, each) => each).filter((each) => each % active.length === nth)
      const atMs = clock.monotonicMs()
      report({ kind: 'assigned', atMs, memberId: `id of ${name}`, partitions: own })
      for (const partition of own) {
        report({ kind: 'delivered', atMs, partition, runs: [[next - 10, next]] })
        report({ kind: 'committed', atMs, commits: [{ partition, offset: next }] })
      }
    }
  }

  const group = createDrillGroup({
    clock,
    settings: groupSettings({}),
    ...{ group: 'g', topic: 't', partitions, begins: 'earliest' },
    engine: {
      start(subscription, name, onReport) {
        calls.push(`start ${name}`)
        if (world.fails) onReport({ kind: 'failed', atMs: 0, detail: 'INVALID_SESSION_TIMEOUT' })
        else members.set(name, onReport)
        if (members.size === 3) rebalance()
        t.equal(subscription.group, 'g')
        const end = async (how: string, signal: string | null) => {
          calls.push(`${how} ${name}`)
          if (!members.delete(name)) return
          onReport({ kind: 'ended', atMs: clock.monotonicMs(), signal, code: signal === null ? 0 : null })
          rebalance()
        }
        return {
          pid: 1,
          kill: () => end('kill', 'SIGKILL'),
          leave: () => end('leave', null),
          async pause() {
            calls.push(`pause ${name}`)
            paused.add(name)
            onReport({ kind: 'paused', atMs: clock.monotonicMs() })
          },
          resume() {
            paused.delete(name)
            rebalance()
          }
        }
      }
    },
    groups: {
      async describe() {
        const value = {
          state: 'Stable',
          members: Array.from(members.keys(), (name) => ({ memberId: `id of ${name}` }))
        }
        return { value: value as GroupDescription, warnings: [], asOf: '' }
      },
      deleteGroup: async (name) => void calls.push(`delete ${name}`)
    }
  })
  const grows = () => {
    next += 10
    rebalance()
  }
  return { group, clock, calls, grows, signal: new AbortController().signal }
}

t.test('a member that is killed is replaced, and then the group is whole', async (t) => {
  const { group, clock, calls, signal } = build()
  const whole = () => poll(group.isWhole, (is) => is, { timeoutMs: 5000, pauseMs: 100, clock })
  group.start()
  await group.steady([], signal)
  t.equal((await whole()).done, true)
  await group.lose('kill', 1)
  t.match(group.broken, [{ member: 'member-1', loss: 'kill', untilMs: null, memberId: 'id of member-1' }])
  t.equal(group.isWhole(), false)
  group.restore()
  group.restore()
  t.equal((await whole()).done, true)
  await group.abandon()
  await group.abandon()
  t.same(calls, [
    ...['start member-1', 'start member-2', 'start member-3', 'kill member-1', 'start member-4'],
    ...['kill member-4', 'kill member-2', 'kill member-3', 'delete g']
  ])
})

t.test('members are replaced in turn, those first that have been there longest', async (t) => {
  const { group, clock, signal } = build()
  group.start()
  await group.steady([], signal)
  for (let nth = 0; nth < 3; nth += 1) {
    clock.advance(1000)
    await group.lose('leave', 1)
    group.restore()
  }
  t.same(
    group.broken.map(({ member }) => member),
    ['member-1', 'member-2', 'member-3']
  )
  await group.abandon()
})

t.test('a paused member goes on, and is not replaced', async (t) => {
  const { group, clock, calls, signal } = build()
  group.start()
  await group.steady([], signal)
  await group.lose('pause', 2)
  t.equal(group.isWhole(), false)
  clock.advance(500)
  group.restore()
  t.same(
    group.broken.map(({ fromMs, untilMs }) => Number(untilMs) - fromMs),
    [500, 500]
  )
  t.notOk(calls.includes('start member-4'))
  await group.abandon()
})

t.test('a group of which a member fails is never steady', async (t) => {
  const { group, signal } = build({ fails: true })
  group.start()
  await t.rejects(group.steady([], signal), {
    code: 'coordinator_unavailable',
    message: /member-1: INVALID_SESSION_TIMEOUT/
  })
  await group.abandon()
})

t.test('members leave once everything is delivered, or when the time is up', async (t) => {
  const { group, clock, calls, grows, signal } = build()
  group.start()
  await group.steady([], signal)
  const written = [{ partition: 1, from: 0, to: 20, atMs: 0 }]
  const stopping = group.stop(written, 60_000)
  await clock.turn()
  t.notOk(calls.includes('leave member-1'))
  grows()
  await stopping
  t.ok(clock.monotonicMs() < 30_000)
  t.ok(calls.includes('leave member-1'))
  const { group: report, findings } = group.result({
    written,
    injectedAtMs: null,
    healedAtMs: null,
    writtenUntilMs: null
  })
  t.match(report, { group: 'g', client: 'kafkajs', skipped: 0, unconsumed: 0, members: [{ end: 'left' }, {}, {}] })
  t.notOk(findings.some(({ severity }) => severity === 'failure'))
  await group.abandon()
})

t.test('more members than there are cannot be broken', async (t) => {
  const { group, signal } = build()
  group.start()
  await group.steady([], signal)
  await t.rejects(group.lose('kill', 4), { message: /Only 3 member/ })
  t.same(group.broken, [])
  await group.abandon()
})

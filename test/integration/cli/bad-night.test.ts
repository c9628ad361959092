// Runs alone: it stops a broker.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters as bare } from 'node:util'
import t, { type Test } from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { independentAdmin } from '../admin/service.ts'
import { agentOf, ownTopic, produce, untilHealth, untilHealthy } from '../health/cluster-under-test.ts'
import { testMode } from '../support/test-cluster.ts'
import { kops, kopsJson, type Outcome, startKops, startKopsOnTerminal } from './kops.ts'

const broker = 'kafka-2'
const address = /\b\d{1,3}(\.\d{1,3}){3}:\d+\b|localhost:\d+/
const lonely = 'test-bad-night-lonely'
const whole = 'test-bad-night-whole'
const stopped = 'test-bad-night-stopped'
const caughtUp = 'test-bad-night-caught-up'

t.setTimeout(240_000)

/** Waits until a command prints the expected text, and resolves to its output. */
async function until(t: Test, args: string[], expected: RegExp, timeoutMs: number): Promise<Outcome> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const outcome = await kops(args)
    if (expected.test(outcome.stdout)) return outcome
    if (performance.now() > end) {
      t.fail(`kops ${args.join(' ')} prints ${expected} within ${timeoutMs} ms`, { found: outcome.stdout })
      return outcome
    }
    await delay(1000)
  }
}

t.test('with a broker stopped every question is answered by kops, by name', async (t) => {
  const agent = await agentOf(t)
  await ownTopic(t, lonely, 6, { replicas: 1 })
  await ownTopic(t, whole, 1)
  await produce(whole, 150)
  const admin = await independentAdmin(t)
  const commit = (groupId: string, offset: string) =>
    admin.setOffsets({ groupId, topic: whole, partitions: [{ partition: 0, offset }] })
  await commit(stopped, '0')
  await commit(caughtUp, '150')
  t.teardown(async () => {
    await agent.node(broker, 'start')
    await admin.deleteGroups([stopped, caughtUp])
    await untilHealthy()
  })
  await untilHealth(
    'both groups are read',
    ({ groups }) => [stopped, caughtUp].every((name) => groups.some(({ group }) => group === name)),
    30_000
  )
  await agent.node(broker, 'stop')
  await untilHealth(
    'partitions are offline and under-replicated',
    ({ topics }) =>
      topics.some(({ name, offline }) => name === lonely && offline > 0) &&
      topics.some(({ name, underReplicated }) => name === whole && underReplicated === 1),
    30_000
  )

  // Meanwhile the commit of the stopped group stands still for long enough.
  await t.test('topics in trouble are listed', async (t) => {
    const columns = /^TOPIC +PARTITIONS +OFFLINE +UNDER-MIN +UNDER-REPL +SIZE$/m
    const unhealthy = await kops(['topics', 'list', '--unhealthy'])
    t.match(unhealthy.stdout, columns)
    // KRaft empties the ISR when its last replica goes (KIP-966); with ZooKeeper that replica stays in it.
    const inKraft = testMode === 'kraft'
    const short = inKraft ? '[1-6]' : '0'
    t.match(unhealthy.stdout, new RegExp(`^${lonely} +6 +[1-6] +${short} +${short} `, 'm'))
    t.match(unhealthy.stdout, new RegExp(`^${whole} +1 +0 +0 +1 `, 'm'))
    const names = async (flag: string) =>
      (await kopsJson(endpoints.topicsHealth, ['topics', 'list', flag])).topics.map(({ name }) => name)
    const offline = await names('--offline')
    t.ok(offline.includes(lonely) && !offline.includes(whole))
    t.equal((await names('--under-min-isr')).includes(lonely), inKraft)
    t.equal((await names('--under-replicated')).includes(lonely), inKraft)
    const away = await kops(['topics', 'list', '--offline'], '', { KOPS_HEALTH_URL: 'http://127.0.0.1:1' })
    t.match(away, {
      code: 0,
      stdout: new RegExp(`^${lonely} +6 +[1-6] +\\? `, 'm'),
      stderr: /health-service does not answer/
    })
  })

  await t.test('no message has an address, and each names the broker once', async (t) => {
    for (const args of [
      ['topics', 'list'],
      ['topics', 'describe', lonely],
      ['groups', 'describe', stopped],
      ['brokers', 'list'],
      ['messages', 'read', lonely],
      ['topics', 'delete', lonely, '--dry-run']
    ]) {
      const { stderr } = await kops(args)
      t.notMatch(stderr, address, args.join(' '))
      const silence = stderr.match(/kafka-2 does not answer/g) ?? []
      t.ok(silence.length <= 1, `${args.join(' ')}: ${stderr}`)
      t.notMatch(stderr, /warning: (it|its) /i, 'what it is about is named')
    }
  })

  await t.test('health names the problem, where it is, since when, and what to do next', async (t) => {
    const { code, stdout, stderr } = await until(
      t,
      ['health'],
      new RegExp(`Group ${stopped}|Groups .*${stopped}`),
      90_000
    )
    t.equal(code, 2)
    for (const said of [
      /^DOWN {2}\d+ of \d+ partitions? ha(s|ve) no leader$/m,
      /for \d+ (s|min); next: kops topics list --offline; docs\/runbooks\/kafka-offline-partitions\.md/,
      /kafka-2 does not answer\n.*next: kops cluster logs kafka-2/,
      new RegExp(`^${lonely} +offline +[\\d,-]+ +kafka-2$`, 'm'),
      // Other topics of the cluster may have more partitions, and stand above.
      /^\S+ +under-replicated +all \d+ +kafka-2$/m,
      new RegExp(`^${stopped} +STOP +150 +\\d+ (s|min) `, 'm'),
      /^read: .*groups.* \d+ s ago/m
    ]) {
      t.match(stdout, said)
    }
    t.notMatch(stderr, address)

    const health = await untilHealth('it is the same in the API', () => true, 5000)
    const { reasons, affected, score, partitions } = health.health
    t.match(
      reasons.find(({ code }) => code === 'groups_stopped'),
      { severity: 'degraded', runbook: 'kafka-consumer-group-stuck', command: `kops groups describe ${stopped}` }
    )
    t.match(affected?.topics[0], { topic: lonely, trouble: 'offline', missing: [broker] })
    const ofScore = score.reasons.find(({ code }) => code === 'partitions_offline')
    t.equal(ofScore?.message, reasons.find(({ code }) => code === 'partitions_offline')?.message)
    t.match(ofScore?.message, new RegExp(`^${partitions?.offline} of ${partitions?.total} `))
    for (const { command } of reasons) {
      const next = await kops(command.split(' ').slice(1))
      t.equal(next.code, 0, command)
    }
  })

  await t.test('groups come the worst first, each with its verdict and why', async (t) => {
    const list = await kops(['groups', 'list', '--name', 'test-bad-night'])
    t.match(list.stdout, /^GROUP +VERDICT +LAG +BEHIND +STATE +MEMBERS$/m)
    t.ok(list.stdout.indexOf(stopped) < list.stdout.indexOf(caughtUp), 'the stopped one stands above')
    const { stdout } = await kops(['groups', 'describe', stopped])
    t.match(stdout, /^verdict STOP: the commit does not move and no member owns the partition \(1 partition of 1\)/m)
    const away = await kops(['groups', 'list'], '', { KOPS_HEALTH_URL: 'http://127.0.0.1:1' })
    t.match(away, { code: 0, stdout: new RegExp(`^${stopped} +Empty`, 'm'), stderr: /health-service does not answer/ })
  })

  await t.test('alerts are listed with their runbooks', async (t) => {
    const { stdout, code } = await until(t, ['alerts'], /KafkaOfflinePartitions +critical/, 60_000)
    t.equal(code, 0)
    t.match(stdout, /^\S*\/kafka-offline-partitions(\.md)?$/m)
  })

  await t.test('watching prints each change, and ends on Ctrl-C', { timeout: 90_000 }, async (t) => {
    const child = startKops(['health', '--watch'])
    t.teardown(() => child.kill('SIGKILL'))
    if (!child.stdout) throw new Error('kops has no output')
    const seen: string[] = []
    const back = Promise.withResolvers<void>()
    createInterface({ input: child.stdout }).on('line', (line) => {
      seen.push(line)
      if (seen.length === 1) void agent.node(broker, 'start').catch(back.reject)
      if (line.includes('kafka-2 HEALTHY (was DOWN)')) back.resolve()
    })
    await back.promise
    t.match(seen[0], /^\d{4}-\S+ status DOWN - .*partitions? ha(s|ve) no leader/)
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    t.same(await ended, [130, null])
  })
})

t.test('on a terminal the page shows a fault within seconds, whatever its width, and ends on Ctrl-C', async (t) => {
  const agent = await agentOf(t)
  const node = testMode === 'kraft' ? 'kafka-3' : 'zookeeper-2'
  t.teardown(async () => {
    await agent.node(node, 'start').catch(() => undefined)
    await untilHealthy()
  })
  await untilHealthy()
  const pages = [120, 80, 30].map((columns) => watchOnTerminal(t, columns))
  await Promise.all(pages.map((page) => page.shows(/HEALTHY[\s\S]*Ctrl-C quits\./, 15_000)))
  await agent.node(node, 'kill')
  await Promise.all(pages.map((page) => page.shows(new RegExp(`${node} does not`), 8000)))
  for (const page of pages) {
    const { code, text } = await page.interrupt()
    t.equal(code, 130)
    t.notMatch(text, /Error|at .*\.ts:\d/, 'no stack trace')
    t.notMatch(text, /undefined|\[object|\ufffd/)
  }
})

/** The output of `kops health --watch` on a terminal of this width. */
function watchOnTerminal(t: Test, columns: number) {
  const child = startKopsOnTerminal(['health', '--watch'], columns)
  t.teardown(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return {
    async shows(expected: RegExp, withinMs: number) {
      const end = performance.now() + withinMs
      while (!expected.test(bare(text))) {
        if (performance.now() > end) throw new Error(`${columns} columns: ${expected} is not shown:\n${bare(text)}`)
        await delay(100)
      }
    },
    async interrupt() {
      const closed = once(child, 'close')
      child.stdin.write('\u0003')
      const [code] = await closed
      return { code, text: bare(text) }
    }
  }
}

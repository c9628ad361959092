import t from 'tap'
import { assertSafe } from '#cli/commands/cluster-restart.ts'
import { restartOf } from '#cli/commands/what-if.ts'
import { printRestart, printScenario, printWhatIf } from '#cli/print/what-if.ts'
import { evaluate } from '#services/health/domain/evaluate.ts'
import { createWhatIf } from '#services/health/domain/what-if/what-if.ts'
import type { MeasuredLoss, WhatIf, WhatIfQuery } from '#shared/contracts/what-if.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { metadata, partition, readings, topic, zookeeper } from '../services/health/plain-cluster.ts'

const topics = [
  topic('a', partition({ isr: [1, 2] }), partition({ partition: 1, isr: [1, 2] })),
  topic('b', partition({ replicas: [1], isr: [1] })),
  topic('__consumer_offsets', partition())
]

function ask(query: WhatIfQuery): WhatIf {
  const read = readings({
    metadata: metadata(topics),
    groups: [{ group: 'billing', state: 'Stable', protocolType: 'consumer', members: 1, memberList: null }],
    zookeepers: [zookeeper(1, 'leader'), zookeeper(2, null), zookeeper(3, 'follower')]
  })
  const settings = new Map([
    [
      1,
      new Map([
        ['zookeeper.session.timeout.ms', '6000'],
        ['replica.lag.time.max.ms', '10000']
      ])
    ]
  ])
  const whatIf = createWhatIf({ settings: () => settings, traffic: () => new Map([['a/0', 2048]]) })
  return whatIf.answer({ readings: read, health: evaluate(read) }, query)
}

function shown(print: (output: { print: (line: string) => void; error: (line: string) => void }) => void): string {
  const lines: string[] = []
  print({ print: (line) => void lines.push(line), error: (line) => void lines.push(`! ${line}`) })
  return lines.join('\n')
}

t.test('every loss is a line: what always happens is apart from what the state of the cluster adds', async (t) => {
  const text = shown((output) => printWhatIf(output, ask({})))
  for (const line of [
    /^LOST +NEW LEADERS +AFTER +OFFLINE +WRITES STOP +GROUPS MOVE +QUORUM +RESTART NOW$/m,
    /^kafka-1 +3 +4-9 s +0 \+ 1 always +2 \+ 1 always +1 +kept +no$/m,
    /^kafka-3 +0 +- +0 +0 +0 +kept +yes$/m,
    /^zookeeper-1 +0 +- +0 +0 +0 +lost +no$/m,
    /^zookeeper-2 .* +yes, it is down$/m,
    /why not: kops can-restart kafka-1/
  ]) {
    t.match(text, line)
  }
  t.notMatch(text, /assumed/)
  t.notMatch(text, /^rack /m, 'a rack of one broker is that broker')
})

t.test('one loss shows its partitions, groups, seconds and what speaks against a restart', async (t) => {
  const text = shown((output) => printScenario(output, ask({ broker: 1, how: 'pause' })))
  for (const line of [
    /^kafka-1: if it hangs now$/m,
    /^ {2}new leaders +3, after 4-9 s$/m,
    /^ {2}clients wait +4-31 s$/m,
    /^ {2}writes stop +2, replicas are out of sync or down; 1, one replica$/m,
    /^ {2}traffic that moves +2\.0 KiB\/s$/m,
    /^a +0-1 +kafka-1 +kafka-2$/m,
    /^b +0 +one replica$/m,
    /^billing +kafka-1 +kafka-2$/m,
    /^restart kafka-1 now: no$/m,
    /^ {2}2 partitions \(a-0, a-1\) would not accept writes with acks=all$/m
  ]) {
    t.match(text, line)
  }
  const limited = shown((output) => printScenario(output, ask({ broker: 1, limit: 1 })))
  t.match(limited, /^and 2 more: --limit$/m)
  t.match(
    shown((output) => printScenario(output, ask({ rack: 'rack-2', how: 'stop' }))),
    /^rack rack-2: if its brokers are stopped now$/m
  )
})

t.test('a restart is asked for by name or id, as a stop', async (t) => {
  const asked: WhatIfQuery[] = []
  const client = async (query: WhatIfQuery) => {
    asked.push(query)
    return ask(query)
  }
  t.equal((await restartOf(client, '3')).restart.safe, true)
  const unsafe = await restartOf(client, 'zookeeper-1')
  t.same(asked, [
    { node: 'kafka-3', how: 'stop' },
    { node: 'zookeeper-1', how: 'stop' }
  ])
  t.equal(
    shown((output) => printRestart(output, unsafe)),
    'restart zookeeper-1 now: no\n  The quorum would be lost: zookeeper-2 does not serve'
  )
})

t.test('kops cluster restart is refused where it is not safe or nobody can tell, unless forced', async (t) => {
  const verdictOf = (node: string) => async () => {
    const [scenario] = ask({ node, how: 'stop' }).scenarios
    if (!scenario) throw new Error(`no ${node}`)
    return scenario
  }
  const unreachable = async () => {
    throw new KopsError('service_unreachable', 'health-service does not answer')
  }
  const cases: [name: string, node: string, ask: Parameters<typeof assertSafe>[3], against: RegExp | null][] = [
    ['safe', 'kafka-3', verdictOf('kafka-3'), null],
    ['unsafe', 'kafka-1', verdictOf('kafka-1'), /kafka-1 now is not safe\n2 partitions \(a-0, a-1\) would not accept/],
    ['nobody can tell', 'kafka-1', unreachable, /health-service cannot judge it: .*does not answer/]
  ]
  for (const [name, node, ask, against] of cases) {
    const quiet = { print: () => {}, error: () => {} }
    const refused = assertSafe(quiet, node, false, ask)
    if (against) await t.rejects(refused, { code: 'cluster_unhealthy', message: against }, name)
    else await t.resolves(refused, name)
    const lines: string[] = []
    await assertSafe({ ...quiet, error: (line) => void lines.push(line) }, node, true, ask)
    if (against) t.match(lines.join('\n'), against, `${name}, forced: a warning`)
    else t.same(lines, [], `${name}, forced`)
  }
})

t.test('a node that is down, and one whose quorum goes with it', async (t) => {
  const down = shown((output) => printScenario(output, ask({ node: 'zookeeper-2' })))
  t.match(
    down,
    /^zookeeper-2: if it dies now\n {2}nothing changes {2}it does not serve now\n\nrestart zookeeper-2 now: yes$/m
  )
  const last = shown((output) => printScenario(output, ask({ node: 'zookeeper-1' })))
  t.match(last, /^ {2}quorum {3}lost: until it is back nobody elects leaders or registers brokers$/m)
})

const measured = {
  ...{ drill: 'd1', node: 'kafka-2', result: 'pass', at: '2026-01-31T12:00:00.000Z' },
  ...{ ageSeconds: 259_200, leadersSeconds: 0.64, sameConfiguration: true }
}
const beside: { name: string; measured: MeasuredLoss | null; says: string | RegExp }[] = [
  { name: 'the same configuration', measured, says: 'last measured 0.6 s, 3 d ago, same configuration' },
  { name: 'another one', measured: { ...measured, sameConfiguration: false }, says: '3 d ago, another configuration' },
  {
    name: 'nobody knows',
    measured: { ...measured, sameConfiguration: null },
    says: 'whether in this configuration is'
  },
  { name: 'no drill', measured: null, says: 'no drill has measured it' },
  {
    name: 'no leaders measured',
    measured: { ...measured, leadersSeconds: null },
    says: 'not measured by the last drill'
  }
]
for (const { name, measured, says } of beside) {
  t.test(`what drills measured is beside the prediction, and in the verdict on a restart: ${name}`, async (t) => {
    const answer = ask({ broker: 1, how: 'stop' })
    const [scenario] = answer.scenarios
    if (!scenario) throw new Error('it has one')
    const known = { ...scenario, measured }
    const whole = shown((output) => printScenario(output, { ...answer, scenarios: [known] }))
    t.match(whole, /new leaders +3, after 0-3 s; /)
    t.match(whole, says)
    t.match(
      shown((output) => printRestart(output, known)),
      says
    )
    t.notMatch(
      shown((output) => printRestart(output, scenario)),
      /measured/,
      'and nothing where it is not known'
    )
  })
}

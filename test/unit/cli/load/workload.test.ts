import t, { type Test } from 'tap'
import { type Changes, changed, confirmTopic, rateOption } from '#cli/load/workload.ts'
import type { TargetTopic, Workload } from '#shared/contracts/workload.ts'
import { commentOf } from '#shared/workloads/load-workload.ts'

const temporary = { kind: 'temporary', partitions: 3, replicationFactor: 3 } as const
const workload: Workload = { name: 'x', topic: temporary, records: 10, durationSeconds: 5, thresholds: ['errors = 0'] }
const spike = { kind: 'spike', base: 1, peak: 2, afterSeconds: 3, forSeconds: 4 } as const

const cases: { what: string; of?: Partial<Workload>; changes: Changes; expected: Partial<Workload> }[] = [
  { what: 'nothing', changes: {}, expected: {} },
  { what: 'the rate', changes: { rate: 5000 }, expected: { rate: { kind: 'constant', perSecond: 5000 } } },
  {
    what: 'the rate, but not how records arrive',
    of: { rate: { ...spike, arrivals: 'poisson' } },
    changes: { rate: 7 },
    expected: { rate: { kind: 'constant', perSecond: 7, arrivals: 'poisson' } }
  },
  {
    what: 'the rate to the closed one',
    of: { rate: spike },
    changes: { rate: 'closed' },
    expected: { rate: { kind: 'closed' } }
  },
  { what: 'verification', changes: { verify: true }, expected: { verify: true } },
  { what: 'producers', changes: { producers: 2, profile: 'durable' }, expected: { producers: 2, profile: 'durable' } },
  {
    what: 'the members of every group',
    of: { consumers: [{ group: 'a', members: 1, processingMs: 5 }, { members: 2 }] },
    changes: { members: 6 },
    expected: { consumers: [{ group: 'a', members: 6, processingMs: 5 }, { members: 6 }] }
  },
  { what: 'members, which are a temporary group', changes: { members: 2 }, expected: { consumers: [{ members: 2 }] } },
  {
    what: 'thresholds, by adding to them',
    changes: { threshold: ['p99 < 1s'] },
    expected: { thresholds: ['errors = 0', 'p99 < 1s'] }
  },
  { what: 'the topic', changes: { topic: 'orders' }, expected: { topic: { kind: 'existing', name: 'orders' } } }
]
for (const { what, of, changes, expected } of cases) {
  t.test(`a command line changes ${what}`, async (t) => {
    t.same(changed({ ...workload, ...of }, changes), { ...workload, ...of, ...expected })
  })
}

t.test('an end given by the command line takes the place of those of the workload', async (t) => {
  const { records: _, durationSeconds: __, ...rest } = workload
  t.same(changed(workload, { records: 99 }), { ...rest, records: 99 })
  t.same(changed(workload, { duration: 90_000 }), { ...rest, durationSeconds: 90 })
  t.same(changed(workload, { records: 99, duration: 1000 }), { ...rest, records: 99, durationSeconds: 1 })
})

t.test('a rate is a number, or closed', async (t) => {
  t.equal(rateOption('5000'), 5000)
  t.equal(rateOption('closed'), 'closed')
  for (const other of ['', '0', '-1', 'open', '5k']) t.throws(() => rateOption(other), { message: /closed/ })
})

/** Confirms a topic; a person answers, if one is present. */
async function confirmed(t: Test, topic: TargetTopic, { yes, answer }: { yes?: boolean; answer?: string } = {}) {
  const exitCode = process.exitCode
  t.teardown(() => {
    process.exitCode = exitCode
  })
  process.exitCode = undefined
  const asked: string[] = []
  const ask = async (question: string) => {
    asked.push(question)
    return answer
  }
  const person = { present: answer !== undefined, ask }
  const output = { print: () => {}, error: (line: string) => void asked.push(line) }
  const found = await confirmTopic({ output, person }, topic, yes)
  const code = process.exitCode
  process.exitCode = exitCode
  return { found, asked, code }
}

t.test('only a topic that is not for load tests is confirmed, by its name', async (t) => {
  const orders = { kind: 'existing', name: 'orders' } as const
  for (const topic of [temporary, { ...orders, name: 'log-events' }, { ...orders, confirm: 'orders' }]) {
    t.same(await confirmed(t, topic), { found: topic, asked: [], code: undefined })
  }
  const typed = await confirmed(t, orders, { answer: 'orders' })
  t.match(typed, { found: { confirm: 'orders' }, asked: [/orders, whose consumers/, /Type orders to continue/] })
  t.match((await confirmed(t, { ...orders, confirm: 'other' }, { yes: true })).found, { confirm: 'orders' })
  const refused = await confirmed(t, orders, { answer: 'yes' })
  t.match(refused, { found: undefined, code: 1 })
  t.equal(refused.asked.at(-1), 'Nothing was started.')
  await t.rejects(confirmed(t, orders), { name: 'UsageError', message: /no terminal .*--yes/ })
})

t.test('the comment at the head of a file says what a workload is for', async (t) => {
  const yaml = '# yaml-language-server: $schema=x\n# How far does\n# it rise?\nname: x\n# not this\n'
  t.equal(commentOf(yaml), 'How far does it rise?')
  t.equal(commentOf('name: x\n'), '')
  t.equal(commentOf('# only this'), 'only this')
})

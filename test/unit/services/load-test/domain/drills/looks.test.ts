import t from 'tap'
import { type LookKind, type LooksParts, takeLooks } from '#services/load-test/domain/drills/looks.ts'
import type { Fault, Reachability } from '#shared/contracts/cluster.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'

const broker = { id: 1, host: 'localhost', port: 9092, rack: null }
const fault: Fault = {
  ...{ id: 'f', kind: 'cut', node: 'kafka-1', state: 'active', injectedAt: '', expiresAt: '', healedAt: null },
  ...{ healedBy: null, holds: true, evidence: '4 of 4 rules' }
}
const reach: Reachability = {
  asOf: '',
  from: [
    {
      node: 'kafka-1',
      to: [
        { node: 'kafka-2', service: 'broker', reachable: false },
        { node: 'zookeeper-1', service: 'metadata', reachable: true }
      ]
    }
  ]
}

function build(kinds: LookKind[], change: Partial<LooksParts['agent']> = {}) {
  const clock = manualClock()
  const looks = takeLooks(kinds, {
    clock,
    agent: { fault: async () => fault, reach: async () => reach, ...change },
    reader: {
      view: async () => ({ endpoint: broker, reachable: false, error: new KopsError('broker_unreachable', 'silent') })
    },
    ensemble: { look: async () => ({ serving: ['kafka-1'], hasQuorum: true }) }
  })
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await clock.turn()
  }
  t.teardown(() => looks.stop())
  return { looks, turns }
}

t.test('a fault is read back, and connections tried, until it is healed', async (t) => {
  const { looks, turns } = build(['reach'])
  await looks.begin(broker)
  looks.prove([fault])
  await turns()
  t.match(looks.proofs, [{ holds: true, detail: '4 of 4 rules' }])
  t.match(looks.reach, [{ blocked: ['kafka-1 -> kafka-2 (broker)'] }])
  looks.endProof()
  await turns()
  const before = looks.proofs.length
  await turns()
  t.equal(looks.proofs.length, before, 'what shows while it is healed proves nothing')
})

t.test('an agent that does not say whether a fault holds, or no longer has it, proves nothing', async (t) => {
  for (const answer of [
    { ...fault, state: 'healing' as const },
    { ...fault, holds: undefined }
  ]) {
    const { looks, turns } = build([], { fault: async () => answer as Fault })
    looks.prove([fault])
    await turns()
    t.same(looks.proofs, [])
    t.same(looks.reach, [], 'connections are tried where that was asked for')
  }
})

t.test('answers are measured before the fault, and one that does not come is null', async (t) => {
  const { looks } = build(['answers', 'ensemble'])
  await looks.begin(broker)
  t.ok(looks.answers.length >= 10)
  t.ok(looks.answers.every(({ tookMs }) => tookMs === null))
  t.match(looks.ensemble[0], { serving: ['kafka-1'], hasQuorum: true })
})

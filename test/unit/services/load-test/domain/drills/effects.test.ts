import t from 'tap'
import {
  brokerGone,
  clientsCut,
  diskFull,
  metadataCut,
  peersCut,
  slowed
} from '#services/load-test/domain/drills/broker-effects.ts'
import type { Effect, StageWindow } from '#services/load-test/domain/drills/effect.ts'
import { ensembleNodeGone, quorumGone } from '#services/load-test/domain/drills/ensemble-effects.ts'
import type { FaultWindow } from '#services/load-test/domain/drills/fault-evidence.ts'
import type { Looks } from '#services/load-test/domain/drills/looks.ts'
import type { Observation } from '#services/load-test/domain/drills/observation.ts'

const injectedAtMs = 1000
const activeAtMs = 1500
const healedAtMs = 5000
const whole: Omit<Observation, 'atMs'> = {
  nodeReachable: true,
  brokersReachable: 3,
  partitions: 6,
  leadersOnNode: 2,
  leaderless: 0,
  isrWhole: true
}
const at = (atMs: number, change: Partial<Observation> = {}): Observation => ({ atMs, ...whole, ...change })
const silent = { nodeReachable: false, brokersReachable: 2, leadersOnNode: 0, isrWhole: false }
const before = at(900)
const after = at(9000)
const noLooks: Looks = { ensemble: [], proofs: [], reach: [], answers: [] }

interface Given {
  observations?: Observation[]
  looks?: Partial<Looks>
  lost?: string
  others?: Observation[][]
}

function windowOf({ observations = [before, at(2000), after], looks = {}, lost, others = [] }: Given): StageWindow {
  const of = (node: string, observations: Observation[]): FaultWindow => ({
    ...{ node, observations, injectedAtMs, activeAtMs, healedAtMs, leadersOnNodeBefore: 2, lost }
  })
  const first = of('kafka-1', observations)
  const brokers = [first, ...others.map((each, nth) => of(`kafka-${nth + 2}`, each))]
  return { ...first, brokers, looks: { ...noLooks, ...looks }, participants: [] }
}

const serving = (atMs: number, ...names: string[]) => ({ atMs, serving: names, hasQuorum: names.length > 1 })
const holds = (detail = '4 of 4 rules are in place') => [{ atMs: 2000, holds: true, detail }]
const blocked = [{ atMs: 2000, blocked: ['kafka-1 -> kafka-2 (broker)', 'kafka-3 -> kafka-1 (broker)'] }]
const open = [{ atMs: 2000, blocked: ['kafka-2 -> kafka-3 (broker)'] }]
const answers = (wasMs: number, isMs: number) => [
  ...[500, 600, 700].map((atMs) => ({ atMs, tookMs: wasMs })),
  ...[2000, 2100, 2200].map((atMs) => ({ atMs, tookMs: isMs }))
]
const node = 'kafka-1'
const all = [node, 'kafka-2', 'kafka-3']

const cases: { effect: Effect; name: string; when: string; given: Given; shownAt?: number; says: RegExp }[] = [
  {
    ...{ effect: brokerGone, name: 'brokerGone', when: 'it fell silent' },
    given: { observations: [before, at(2000, silent), after] },
    ...{ shownAt: 2000, says: /stopped answering 1.0 s/ }
  },
  {
    ...{ effect: brokerGone, name: 'brokerGone', when: 'both of two fell silent' },
    given: { observations: [before, at(2000, silent)], others: [[before, at(3000, silent)]] },
    ...{ shownAt: 3000, says: /kafka-1 stopped.*kafka-2 stopped/ }
  },
  {
    ...{ effect: clientsCut, name: 'clientsCut', when: 'it fell silent and kept its leaderships' },
    given: { observations: [before, at(2000, { ...silent, leadersOnNode: 2, isrWhole: true })] },
    ...{ shownAt: 2000, says: /no other leaders/ }
  },
  {
    ...{ effect: peersCut, name: 'peersCut', when: 'a replica left while it answered' },
    given: { observations: [before, at(2500, { isrWhole: false })] },
    ...{ shownAt: 2500, says: /a replica left its ISR after 1.5 s/ }
  },
  {
    ...{ effect: peersCut, name: 'peersCut', when: 'its connections are closed, and nothing else shows yet' },
    given: { looks: { reach: blocked, proofs: holds() } },
    ...{ shownAt: 2000, says: /1 of 1 looks.*4 of 4 rules/ }
  },
  {
    ...{ effect: metadataCut, name: 'metadataCut', when: 'it lost its leaderships while it answered' },
    given: { observations: [before, at(4000, { leadersOnNode: 0, isrWhole: false })] },
    ...{ shownAt: 4000, says: /its leaders moved after 3.0 s/ }
  },
  {
    ...{ effect: slowed({ delayMs: 50 }), name: 'slowed', when: 'rules are in place and answers take longer' },
    given: { looks: { proofs: holds(), answers: answers(2, 102) } },
    ...{ shownAt: 2000, says: /took 2 ms before, and 102 ms/ }
  },
  {
    ...{ effect: slowed({ lossPercent: 20 }), name: 'slowed', when: 'rules that lose packets are in place' },
    given: { looks: { proofs: holds(), answers: answers(2, 3) } },
    ...{ shownAt: 2000, says: /4 of 4 rules/ }
  },
  {
    ...{ effect: ensembleNodeGone, name: 'ensembleNodeGone', when: 'it stopped serving and the others did not' },
    given: { looks: { ensemble: [serving(900, ...all), serving(2000, 'kafka-2', 'kafka-3'), serving(6000, ...all)] } },
    ...{ shownAt: 2000, says: /stopped serving.*3 broker\(s\) went on/ }
  },
  {
    ...{ effect: ensembleNodeGone, name: 'ensembleNodeGone', when: 'the others elect a leader meanwhile' },
    given: { looks: { ensemble: [serving(2000, 'kafka-2', 'kafka-3'), serving(2500), serving(3000, 'kafka-2')] } },
    ...{ shownAt: 2000, says: /stopped serving.* 1.0 s/ }
  },
  {
    ...{ effect: ensembleNodeGone, name: 'ensembleNodeGone', when: 'it came and went until the fault was complete' },
    given: { looks: { ensemble: [serving(1100, 'kafka-2'), serving(1300, ...all), serving(2000, 'kafka-2')] } },
    ...{ shownAt: 1100, says: /stopped serving.* 0.1 s/ }
  },
  {
    ...{ effect: brokerGone, name: 'brokerGone', when: 'it came and went until the fault was complete' },
    given: { observations: [before, at(1100, silent), at(1300), at(2000, silent)] },
    ...{ shownAt: 1100, says: /stopped answering 0.1 s/ }
  },
  {
    ...{ effect: quorumGone, name: 'quorumGone', when: 'no quorum answered' },
    given: { looks: { ensemble: [serving(900, ...all), serving(3000), serving(6000, ...all)] } },
    ...{ shownAt: 3000, says: /no quorum answered 2.0 s/ }
  },
  {
    ...{ effect: diskFull, name: 'diskFull', when: 'it stopped itself' },
    given: { observations: [before, at(2000, silent)], looks: { proofs: holds('no space left') } },
    ...{ shownAt: 2000, says: /was out after 1.0 s; no space left/ }
  }
]
for (const { effect, name, when, given, shownAt, says } of cases) {
  t.test(`${name} is proven when ${when}`, async (t) => {
    const window = windowOf(given)
    t.equal(effect.shownAt(window), shownAt)
    const { confirmed, detail } = effect.evidence(window)
    t.equal(confirmed, true, detail)
    t.match(detail, says)
  })
}

t.test('nothing is proven by an injector that does nothing', async (t) => {
  const ensemble = [serving(900, ...all), serving(2000, ...all), serving(6000, ...all)]
  for (const [name, effect] of Object.entries(effectsByName())) {
    const window = windowOf({ looks: { ensemble, reach: open, proofs: [], answers: answers(2, 2) } })
    t.equal(effect.shownAt(window), undefined, name)
    t.equal(effect.evidence(window).confirmed, false, name)
    t.not(effect.unshown(window), '')
  }
})

t.test('nothing is proven if the node does not show the fault, or the lease ended early', async (t) => {
  for (const { effect, name, when, given } of cases) {
    const lies = windowOf({ ...given, looks: { ...given.looks, proofs: [{ atMs: 2000, holds: false, detail: 'no' }] } })
    t.match(effect.evidence(lies), { confirmed: false, detail: /did not hold: no/ }, `${name} when ${when}`)
    const lost = windowOf({ ...given, lost: 'healed early' })
    t.match(effect.evidence(lost), { confirmed: false, detail: 'healed early' }, `${name} when ${when}`)
  }
})

const early: { effect: Effect; name: string; given: Given }[] = [
  {
    ...{ effect: brokerGone, name: 'brokerGone' },
    given: { observations: [before, at(2000, silent), at(4000)] }
  },
  {
    ...{ effect: brokerGone, name: 'brokerGone of two' },
    given: { observations: [before, at(2000, silent)], others: [[before, at(3000, silent), at(4000)]] }
  },
  {
    ...{ effect: peersCut, name: 'peersCut' },
    given: { looks: { reach: [...blocked, { atMs: 4000, blocked: [] }] } }
  },
  {
    ...{ effect: slowed({ delayMs: 50 }), name: 'slowed' },
    given: { looks: { proofs: holds(), answers: answers(2, 30) } }
  },
  {
    ...{ effect: ensembleNodeGone, name: 'ensembleNodeGone' },
    given: { looks: { ensemble: [serving(2000, 'kafka-2', 'kafka-3'), serving(4000, ...all)] } }
  },
  {
    ...{ effect: quorumGone, name: 'quorumGone' },
    given: { looks: { ensemble: [serving(2000), serving(4000, ...all)] } }
  }
]
for (const { effect, name, given } of early) {
  t.test(`${name} is not proven by an effect that ends before the fault is healed, or is too weak`, async (t) => {
    t.equal(effect.evidence(windowOf(given)).confirmed, false)
  })
}

t.test('a cluster has recovered once every broker answers and every replica is in sync', async (t) => {
  const short = at(9000, { isrWhole: false })
  const back = serving(6000, ...all)
  for (const [name, effect] of Object.entries(effectsByName())) {
    t.equal(effect.recovered(windowOf({ looks: { ensemble: [back] } })), true, name)
    t.equal(effect.recovered(windowOf({ observations: [short], looks: { ensemble: [back] } })), false, name)
    t.equal(effect.recovered(windowOf({ observations: [at(4000)], looks: { ensemble: [back] } })), false, name)
    t.equal(effect.recovered(windowOf({ others: [[short]], looks: { ensemble: [back] } })), false, name)
  }
  t.equal(quorumGone.recovered(windowOf({ looks: { ensemble: [serving(6000)] } })), false)
  t.equal(ensembleNodeGone.recovered(windowOf({ looks: { ensemble: [serving(6000, 'kafka-2')] } })), false)
})

function effectsByName(): Record<string, Effect> {
  return Object.fromEntries(cases.map(({ name, effect }) => [name, effect]))
}

import t from 'tap'
import { faultEvidence } from '#services/load-test/domain/drills/fault-evidence.ts'
import { longestGap, measure } from '#services/load-test/domain/drills/measurements.ts'
import { leadersMoved, type Observation, observe } from '#services/load-test/domain/drills/observation.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerView, PartitionMetadata } from '#shared/kafka/model.ts'
import { partition } from '../../../health/plain-cluster.ts'

const node = { id: 1, host: '127.0.0.1', port: 9092 }
const endpoint = (id: number) => ({ host: 'localhost', port: 9091 + id })

function view(id: number, partitions: Partial<PartitionMetadata>[]): BrokerView {
  const full = partitions.map((each, index) => partition({ partition: index, ...each }))
  return {
    endpoint: endpoint(id),
    reachable: true,
    responseTimeMs: 1,
    metadata: {
      clusterId: 'c',
      controllerId: 1,
      brokers: [],
      topics: [{ name: 'd', internal: false, partitions: full }]
    }
  }
}

const silent = (id: number): BrokerView => ({
  endpoint: endpoint(id),
  reachable: false,
  error: new KopsError('broker_unreachable', 'silent')
})
const look = (views: BrokerView[]) => observe(views, { topic: 'd', node, atMs: 7 })

t.test('a broker that is cut off does not outvote the others: the highest leader epoch counts', async (t) => {
  const seen = look([view(1, [{ leader: 1, leaderEpoch: 5 }]), view(2, [{ leader: 2, leaderEpoch: 6, isr: [2, 3] }])])
  t.match(seen, { atMs: 7, nodeReachable: true, leadersOnNode: 0, leaderless: 0, isrWhole: false })
  t.equal(leadersMoved(seen), true)
})

t.test('replicas are in sync only if every live broker says so', async (t) => {
  t.equal(look([view(1, [{}]), view(2, [{}])]).isrWhole, true)
  t.equal(look([view(1, [{}]), view(2, [{ isr: [1, 2] }])]).isrWhole, false)
  t.equal(look([view(1, [{}]), view(2, [])]).isrWhole, false, 'a broker that does not know the topic yet')
})

t.test('no broker answers: nothing is known and nothing has moved', async (t) => {
  const seen = look([silent(1), silent(2)])
  t.match(seen, { nodeReachable: false, brokersReachable: 0, partitions: 0, isrWhole: false })
  t.equal(leadersMoved(seen), false)
})

t.test('a partition without a leader has not been led elsewhere', async (t) => {
  t.equal(leadersMoved(look([silent(1), view(2, [{ leader: null, leaderEpoch: 6 }])])), false)
})

function at(atMs: number, change: Partial<Observation> = {}): Observation {
  return {
    atMs,
    nodeReachable: true,
    brokersReachable: 3,
    partitions: 6,
    leadersOnNode: 2,
    leaderless: 0,
    isrWhole: true,
    ...change
  }
}
const gone = { nodeReachable: false, brokersReachable: 2, isrWhole: false }
const history = [
  at(0),
  at(100),
  at(300, gone),
  at(500, { ...gone, leadersOnNode: 0 }),
  at(900, { ...gone, leadersOnNode: 0 }),
  at(1200, { leadersOnNode: 0, isrWhole: false }),
  at(1700, { leadersOnNode: 0 })
]
const times = { writtenUntilMs: 410, injectedAtMs: 200, activeAtMs: 200, healedAtMs: 1000, leadersOnNodeBefore: 2 }

t.test('measures from the fault to the new leaders, and from healing to whole replicas', async (t) => {
  t.same(measure({ observations: history, acknowledgements: new Map([[0, [0, 10, 400, 410]]]), ...times }), {
    timeToNewLeadersMs: 300,
    timeToFullIsrMs: 700,
    longestAckGapMs: 390,
    faultDurationMs: 800,
    leadersOnNodeBefore: 2
  })
})

t.test('an event that did not happen is null and not 0', async (t) => {
  const nothing = { observations: [], acknowledgements: new Map(), writtenUntilMs: null, leadersOnNodeBefore: 0 }
  t.same(measure({ ...nothing, injectedAtMs: null, healedAtMs: null }), {
    timeToNewLeadersMs: null,
    timeToFullIsrMs: null,
    longestAckGapMs: null,
    faultDurationMs: null,
    leadersOnNodeBefore: 0
  })
  const slow = history.filter(({ atMs }) => atMs < 400 || atMs > 1000)
  t.equal(
    measure({ observations: slow, acknowledgements: new Map(), ...times }).timeToNewLeadersMs,
    null,
    'leaders that moved only after healing did not move because of the fault'
  )
})

t.test('the longest gap is that of the worst partition, whatever the others did', async (t) => {
  const busy = Array.from({ length: 100 }, (_, index) => index * 10)
  t.equal(
    longestGap(
      new Map([
        [0, busy],
        [1, [0, 900]]
      ]),
      990
    ),
    900
  )
  t.equal(
    longestGap(
      new Map([
        [0, []],
        [1, [5]]
      ]),
      null
    ),
    null
  )
  const never = new Map([
    [0, busy],
    [1, [0, 20]]
  ])
  t.equal(longestGap(never, 990), 970, 'a partition that acknowledges nothing more to the end has a gap until then')
})

const evidences: { when: string; observations: Observation[]; lost?: string; confirmed: boolean; detail: RegExp }[] = [
  { when: 'it fell silent and stayed so', observations: history, confirmed: true, detail: /other leaders after 0.3 s/ },
  { when: 'it kept answering', observations: [at(300), at(500)], confirmed: false, detail: /kept answering/ },
  {
    when: 'it answered again before healing',
    observations: [at(300, gone), at(500)],
    confirmed: false,
    detail: /answered again/
  },
  {
    when: 'no broker answered, so the watcher itself could be at fault',
    observations: [at(300, { nodeReachable: false, brokersReachable: 0 })],
    confirmed: false,
    detail: /kept answering/
  },
  {
    when: 'the lease ended early',
    observations: history,
    lost: 'healed early',
    confirmed: false,
    detail: /healed early/
  },
  {
    when: 'it was silent and kept its leaderships',
    observations: [at(300, gone)],
    confirmed: true,
    detail: /no other leaders/
  }
]
for (const { when, observations, lost, confirmed, detail } of evidences) {
  t.test(`a fault is ${confirmed ? '' : 'not '}proven when ${when}`, async (t) => {
    const evidence = faultEvidence({ node: 'kafka-1', observations, ...times, lost })
    t.equal(evidence.confirmed, confirmed)
    t.match(evidence.detail, detail)
  })
}

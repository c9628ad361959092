import t from 'tap'
import type { ClusterReadings } from '#services/health/domain/readings.ts'
import { carryMarks, differ, readSigns, revive } from '#services/health/domain/signs.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { JmxReader, JmxView } from '#shared/jmx/ports.ts'
import type { KraftQuorum, NoQuorum } from '#shared/kafka/cluster/port.ts'
import type { BrokerView } from '#shared/kafka/model.ts'
import { createFakeClock } from '../fake-clock.ts'
import {
  answering,
  endpoint,
  metadata,
  partition,
  plainCluster,
  plainJmx,
  plainZookeepers,
  quickReadings,
  readings,
  silent,
  topic,
  zookeeper
} from '../plain-cluster.ts'

const never = new AbortController().signal
const error = new KopsError('broker_unreachable', 'connect ECONNREFUSED')
const bare = metadata([])
const all = [1, 2, 3].map((id) => answering(id, bare))

function exporter(id: number, counts: Record<string, number>): JmxView {
  const figures = { requestQueueSize: 0, handlerIdleRatio: 1, activeController: 0, startTime: null }
  return {
    endpoint: endpoint(100 + id),
    reachable: true,
    reading: { ...figures, counts: new Map(Object.entries(counts)) }
  }
}
const exporters = (isr = 0) => [exporter(1, { isr }), exporter(2, { isr: 0 }), exporter(3, { isr: 0 })]

function read(
  views: BrokerView[],
  jmx: JmxView[] | JmxReader,
  last?: ClusterReadings,
  quorum: () => Promise<KraftQuorum | NoQuorum> = () => Promise.reject(new Error('nobody asks a ZooKeeper cluster'))
) {
  return readSigns(
    {
      reader: { views: async () => views, describeQuorum: quorum },
      zookeepers: plainZookeepers(plainCluster()),
      jmx: Array.isArray(jmx) ? plainJmx(jmx) : jmx,
      clock: createFakeClock()
    },
    900,
    last,
    never
  )
}

const kraft = readings({ parts: new Map([['quorum', { asOf: new Date(), durationMs: 1, ok: true }]]) })
const ledBy = (leaderId: number, leaderEpoch: number) => async (): Promise<KraftQuorum> => {
  return { kind: 'kraft', leaderId, leaderEpoch, highWatermark: 9, voters: [], observers: [] }
}
const led = ledBy(1, 5)
const lost = () => Promise.reject(new KopsError('controller_unavailable', 'no controller leads the quorum'))
const raft = (leader: number, epoch: number) => [
  exporter(1, { kafka_server_raftmetrics_current_leader: leader, kafka_server_raftmetrics_current_epoch: epoch })
]
const otherController = [1, 2, 3].map((id) => answering(id, { ...bare, controllerId: 3 }))
const without3 = [answering(1, bare), answering(2, bare), silent(3, error)]
const fewer = [1, 2, 3].map((id) => answering(id, metadata([], [1, 2])))
const deaf: JmxView = { endpoint: endpoint(101), reachable: false, error }

const cases: [name: string, before: Parameters<typeof read>, after: Parameters<typeof read>, differs: boolean][] = [
  ['1. all is as it was', [all, exporters()], [all, exporters()], false],
  ['2. a broker answers no more', [all, exporters()], [without3, exporters()], true],
  ['3. a broker is back', [without3, exporters()], [all, exporters()], true],
  ['4. the cluster names fewer brokers', [all, []], [fewer, []], true],
  ['5. another controller', [all, []], [otherController, []], true],
  [
    '6. in KRaft mode any broker is named as the controller',
    [all, [], kraft, led],
    [otherController, [], kraft, led],
    false
  ],
  ["7. a broker's exporter counts otherwise", [all, exporters(0)], [all, exporters(4)], true],
  ['8. an exporter that was not heard is no change', [all, exporters()], [all, [deaf, ...exporters().slice(1)]], false],
  ['9. an exporter that has nothing to count is none', [all, exporters()], [all, [exporter(1, {})]], false],
  ['10. another leader, by an exporter', [all, raft(1, 5), kraft, led], [all, raft(2, 6), kraft, led], true],
  ['11. the same, elected again', [all, raft(1, 5), kraft, led], [all, raft(1, 7), kraft, led], true],
  ['12. attempts to elect one', [all, raft(-1, 8), kraft, lost], [all, raft(-1, 9), kraft, lost], false],
  ['13. another leader, by the quorum', [all, [], kraft, led], [all, [], kraft, ledBy(2, 6)], true],
  ['14. the same, elected again', [all, [], kraft, led], [all, [], kraft, ledBy(1, 6)], true],
  ['15. the quorum is lost', [all, [], kraft, led], [all, [], kraft, lost], true],
  ['16. the quorum is back', [all, [], kraft, lost], [all, [], kraft, led], true]
]

for (const [name, before, after, differs] of cases) {
  t.test(name, async (t) => t.equal(differ(await read(...before), await read(...after)), differs))
}

t.test('a change is seen although the exporter was silent in between', async (t) => {
  const first = await read(all, exporters(0))
  const second = carryMarks(first, await read(all, [deaf, ...exporters().slice(1)]))
  t.notOk(differ(first, second))
  t.ok(differ(second, await read(all, exporters(3))))
})

t.test('signs confirm the metadata only if each live broker has reported', async (t) => {
  t.ok((await read(all, exporters())).complete)
  t.ok((await read(without3, exporters())).complete, 'the dead have nothing to say')
  t.notOk((await read(all, [deaf, ...exporters().slice(1)])).complete)
  t.notOk((await read(all, [])).complete)
  t.notOk((await read([silent(1, error)], [])).complete)
})

t.test('the exporter of a silent broker is skipped, and not reported missing', async (t) => {
  let skipped: ReadonlySet<number> | undefined
  const jmx: JmxReader = {
    ...plainJmx(exporters()),
    views: async ({ skip }) => {
      skipped = skip
      return [...exporters().slice(0, 2), { ...deaf, endpoint: endpoint(103) }]
    }
  }
  const signs = await read(all, jmx, readings({ views: without3 }))
  t.same(skipped, new Set([2]))
  t.notOk(signs.problems.has('jmx'))
  t.notOk(signs.complete, 'it will be asked with the next pulse')
  t.same(Array.from(signs.jmx.keys()), [1, 2])
})

t.test('the pulse’s findings are applied to the quick reading, and the topics are kept', async (t) => {
  const topics = [topic('a', partition({ isr: [1, 2] }))]
  const quick = quickReadings({
    metadata: metadata(topics),
    views: [1, 2, 3].map((id) => answering(id, metadata(topics))),
    problems: new Map([['zookeeper', [{ code: 'zookeeper_unreachable', message: 'late', target: 'z' }]]])
  })
  const signs = await read(without3, exporters())
  const revived = revive(quick, signs)
  t.same(revived.metadata?.topics, topics)
  t.match(revived.views, [
    { reachable: true, metadata: { topics: [{ name: 'a' }] } },
    { reachable: true },
    { reachable: false }
  ])
  t.match(Array.from(revived.problems), [['brokers', [{ code: 'broker_unreachable', target: 'kafka:9093' }]]])
  t.equal(revive(quick, await read([silent(1, error)], [])).metadata, null, 'nobody answers')
  t.equal(revive(quickReadings({ metadata: null }), signs).metadata, null, 'it has never been read')
})

t.test('the pulse knows whether the quorum of controllers is there', async (t) => {
  const quick = quickReadings({ quorum: await led(), parts: kraft.parts })
  const gone = await read(all, [], kraft, lost)
  t.match(gone, { quorum: null, parts: new Map([['quorum', { ok: false }]]) })
  t.match(gone.problems.get('quorum'), [{ code: 'controller_unavailable', target: 'quorum' }])
  t.equal(revive(quick, gone).quorum, null, 'the leader of before is not told any more')
  t.match(revive(quickReadings(), await read(all, [], kraft, ledBy(3, 8))), { quorum: { leaderId: 3 } })
  t.equal(revive(quick, await read(all, [])).quorum?.leaderId, 1, 'it was not asked')
})

t.test('latencies of ZooKeeper come from the longer command', async (t) => {
  const node = zookeeper(1, 'leader')
  const precise = { ...node, latencyMs: { min: 0, avg: 0.25, max: 9 } } as typeof node
  const { zookeepers } = await read(all, [], readings({ zookeepers: [precise] }))
  t.match(zookeepers[0], { mode: 'leader', latencyMs: { avg: 0.25 } })
})

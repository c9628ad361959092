import t from 'tap'
import { createCopyRates } from '#services/admin/domain/reassignments/copy-rates.ts'
import type { MoveThrottle } from '#services/admin/domain/reassignments/move-throttle.ts'
import { listReassignments } from '#services/admin/domain/reassignments/progress.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { OngoingReassignment } from '#shared/kafka/moves/port.ts'
import { plainCluster } from '../../plain-cluster.ts'

const throttle: MoveThrottle = {
  active: () => null,
  during: (work) => work(),
  place: async () => {},
  check: async () => {},
  resume: async () => {}
}

/** Partitions of two topics, 1000 bytes each, that get a replica on broker 3 in the place of the one on broker 2; 50 bytes a second. */
function build(places: [string, number][]) {
  const cluster = plainCluster([
    { name: 'a', partitions: 12, replicationFactor: 2 },
    { name: 'b', partitions: 1, replicationFactor: 2 }
  ])
  const state = { seconds: 0, controller: true }
  const under = places.map(
    ([topic, partition]): OngoingReassignment => ({
      topic,
      partition,
      replicas: [3, 1, 2],
      addingReplicas: [3],
      removingReplicas: [2]
    })
  )
  const sizes: typeof cluster.reader.replicaSizes = async (topics, options) => {
    const { value, warnings } = await cluster.reader.replicaSizes(topics, options)
    const copied = (broker: number) => (broker === 3 ? 100 + state.seconds * 50 : 1000)
    return { value: value.map((each) => ({ ...each, sizeBytes: copied(each.broker) })), warnings }
  }
  const ports = {
    reader: { ...cluster.reader, replicaSizes: sizes },
    reassignments: {
      async list() {
        if (!state.controller) throw new KopsError('controller_unavailable', 'none')
        return [...under]
      },
      alter: async () => []
    },
    throttle,
    rates: createCopyRates(),
    lastKnown: { said: undefined }
  }
  const list = (query = {}) =>
    listReassignments(ports, query, { now: () => new Date(state.seconds * 1000), deadlineMs: 50 })
  return { cluster, state, under, list }
}

t.test('pages continue where the last one ended, and the sums cover all', async (t) => {
  const { list } = build([
    ['b', 0],
    ['a', 10],
    ['a', 9]
  ])
  const first = await list({ limit: 2 })
  t.match(first, {
    reassignments: [
      { topic: 'a', partition: 9 },
      { topic: 'a', partition: 10 }
    ],
    partitions: 3,
    copiedBytes: 300,
    totalBytes: 3000
  })
  const second = await list({ limit: 2, cursor: first.nextCursor })
  t.match(second.reassignments, [{ topic: 'b', partition: 0 }])
  t.equal(second.reassignments.length, 1)
  t.equal(second.nextCursor, undefined)
  await t.rejects(list({ cursor: 'zz' }), { code: 'validation_failed', errors: [{ field: 'cursor' }] })
})

t.test('rate and end are known from the second reading on', async (t) => {
  const { list, state } = build([['a', 0]])
  t.match(await list(), {
    bytesPerSec: null,
    etaSeconds: null,
    reassignments: [{ bytesPerSecReason: 'not_measured', etaReason: 'not_measured' }]
  })
  state.seconds = 4
  t.match(await list(), {
    bytesPerSec: 50,
    etaSeconds: 14,
    reassignments: [{ bytesPerSec: 50, etaSeconds: 14, copiedBytes: 300 }]
  })
})

t.test('nothing is invented about a dead broker, and the reassignment waits for it', async (t) => {
  const { list, cluster, state } = build([['a', 0]])
  await list()
  cluster.dead.add(3)
  state.seconds = 4
  const read = await list()
  t.match(read, { copiedBytes: null, bytesPerSec: null, etaSeconds: null })
  t.match(read.reassignments, [{ waitsFor: [3], etaReason: 'broker_unreachable' }])
  t.match(read.warnings.at(-1), { code: 'broker_unreachable', message: /1 partition waits for broker 3/ })
})

t.test(
  'while every in-sync replica is down, the progress of a copy is unknown, although the copy reports',
  async (t) => {
    const { cluster, list, state } = build([['a', 0]])
    state.seconds = 4
    cluster.dead.add(1)
    cluster.dead.add(2)
    t.match((await list()).reassignments, [{ copiedBytes: null, totalBytes: null }])
  }
)

t.test('without a controller the list is the last that is known, with a warning', async (t) => {
  const { list, state, under } = build([['a', 0]])
  state.controller = false
  const unknown = await list()
  t.match(unknown, {
    reassignments: [],
    partitions: null,
    copiedBytes: null,
    warnings: [{ code: 'controller_unavailable' }]
  })
  state.controller = true
  await list()
  state.controller = false
  t.match(await list(), {
    reassignments: [{ topic: 'a', partition: 0 }],
    warnings: [{ code: 'controller_unavailable', message: /1970-01-01T00:00:00/ }]
  })
  state.controller = true
  under.length = 0
  t.match(await list(), { reassignments: [], partitions: 0, copiedBytes: 0, bytesPerSec: 0, warnings: [] })
})

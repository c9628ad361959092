import t from 'tap'
import { sweep } from '../../../../../services/health/domain/sweep.ts'
import { KopsError } from '../../../../../shared/errors/catalog.ts'
import type { ClusterReader } from '../../../../../shared/kafka/ports.ts'
import { createFakeClock } from '../fake-clock.ts'
import {
  answering,
  metadata,
  type PlainCluster,
  partition,
  plainCluster,
  plainReader,
  plainZookeepers,
  silent,
  topic
} from '../plain-cluster.ts'

const limits = { viewsMs: 900, totalMs: 1600 }
const error = new KopsError('kafka_timeout', 'kafka:9093: no answer within 900 ms')

function sweepOf(cluster: PlainCluster, overrides: Partial<ClusterReader> = {}, signal = new AbortController().signal) {
  const clock = createFakeClock()
  const ports = { reader: plainReader(cluster, overrides), zookeepers: plainZookeepers(cluster), clock }
  return sweep(ports, limits, new Map(), signal)
}

t.test('a healthy cluster is read in full', async (t) => {
  const readings = await sweepOf(plainCluster())
  t.match(readings, { durationMs: 0, warnings: [], groups: [{ group: 'g' }], committed: [{ offset: 93 }] })
  t.same(
    readings.minInsyncReplicas,
    new Map([
      ['a', 2],
      ['b', 2]
    ])
  )
  t.equal(readings.errors.size, 0)
  t.same(Array.from(readings.known.keys()), [1, 2, 3])
})

t.test('end offsets are asked for after the commits, and only where there are any', async (t) => {
  const order: string[] = []
  const cluster = plainCluster()
  await sweepOf(cluster, {
    committedOffsets: async () => {
      order.push('commits')
      return { value: cluster.committed, warnings: [] }
    },
    offsets: async (topics) => {
      order.push('offsets')
      t.match(topics, [{ name: 'a', partitions: [{ partition: 0 }] }])
      t.equal(topics.length, 1)
      return { value: [], warnings: [] }
    }
  })
  t.same(order, ['commits', 'offsets'])
})

t.test('without any broker there is nothing but the answer that none answers', async (t) => {
  const cluster = { ...plainCluster(), views: [silent(1, error)] }
  const readings = await sweepOf(cluster)
  t.match(readings, {
    metadata: null,
    groups: null,
    committed: [],
    warnings: [{ code: 'kafka_timeout', target: 'kafka:9091' }]
  })
  t.same(Array.from(readings.errors), [['metadata', 1]])
})

t.test('a part that fails is left out, counted and warned of; the others stay', async (t) => {
  const refuse = async () => {
    throw new KopsError('kafka_refused', 'not authorized')
  }
  const cases: { overrides: Partial<ClusterReader>; errors: [string, number][] }[] = [
    { overrides: { topicConfigs: refuse }, errors: [['configs', 1]] },
    { overrides: { groups: refuse }, errors: [['groups', 1]] },
    { overrides: { committedOffsets: refuse }, errors: [['commits', 1]] },
    { overrides: { offsets: refuse }, errors: [['offsets', 1]] },
    {
      overrides: {
        groups: async () => ({ value: [], warnings: [{ code: 'kafka_timeout', message: 'late', target: 'kafka-3' }] })
      },
      errors: [['groups', 1]]
    }
  ]
  for (const { overrides, errors } of cases) {
    const readings = await sweepOf(plainCluster(), overrides)
    t.same(Array.from(readings.errors), errors)
    t.equal(readings.warnings.length, 1)
    t.not(readings.metadata, null)
  }
})

t.test('the stages share one budget', async (t) => {
  const clock = createFakeClock()
  const cluster = plainCluster()
  const given: number[] = []
  const reader = plainReader(cluster, {
    views: async ({ deadlineMs }) => {
      given.push(deadlineMs)
      clock.advance(900)
      return cluster.views
    },
    groups: async ({ deadlineMs }) => {
      given.push(deadlineMs)
      clock.advance(650)
      return { value: cluster.groups, warnings: [] }
    },
    committedOffsets: async (_groups, { deadlineMs }) => {
      given.push(deadlineMs)
      clock.advance(100)
      return { value: cluster.committed, warnings: [] }
    },
    offsets: async (_topics, { deadlineMs }) => {
      given.push(deadlineMs)
      return { value: [], warnings: [] }
    }
  })
  await sweep({ reader, zookeepers: plainZookeepers(cluster), clock }, limits, new Map(), new AbortController().signal)
  t.same(given, [900, 700, 50, 1])
})

t.test('brokers that are gone are remembered while they hold replicas', async (t) => {
  const cluster = plainCluster()
  const ports = (cluster: PlainCluster) => ({
    reader: plainReader(cluster),
    zookeepers: plainZookeepers(cluster),
    clock: createFakeClock()
  })
  const signal = new AbortController().signal
  const { known } = await sweep(ports(cluster), limits, new Map(), signal)
  const after = async (replicas: number[]) => {
    const told = metadata([topic('a', partition({ replicas }))], [1, 2])
    const { known: now } = await sweep(ports({ ...cluster, views: [answering(1, told)] }), limits, known, signal)
    return Array.from(now.keys()).sort()
  }
  t.same(await after([1, 2, 3]), [1, 2, 3])
  t.same(await after([1, 2]), [1, 2])
})

t.test('giving up and defects reject', async (t) => {
  const controller = new AbortController()
  const givenUp = sweepOf(
    plainCluster(),
    {
      groups: async () => {
        controller.abort(new Error('closing'))
        throw error
      }
    },
    controller.signal
  )
  await t.rejects(givenUp, { message: 'closing' })
  const defect = sweepOf(plainCluster(), { groups: () => Promise.reject(new TypeError('a defect')) })
  await t.rejects(defect, { message: 'a defect' })
})

import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { compose } from '#services/health/domain/compose.ts'
import { createGroupHistory } from '#services/health/domain/groups/index.ts'
import type { ClusterReadings } from '#services/health/domain/readings.ts'
import { createSweeper, type SweepPorts } from '#services/health/domain/sweep.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { JmxView } from '#shared/jmx/ports.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import { createFakeClock } from '../fake-clock.ts'
import {
  answering,
  endpoint,
  type FullReader,
  metadata,
  type PlainCluster,
  partition,
  plainCluster,
  plainJmx,
  plainReader,
  plainZookeepers,
  readings,
  silent,
  topic,
  zookeeper
} from '../plain-cluster.ts'

const limits = { viewsMs: 900, totalMs: 1600 }
const error = new KopsError('kafka_timeout', 'kafka:9093: no answer within 900 ms')
const never = new AbortController().signal

function sweeperOf(cluster: PlainCluster, overrides: Partial<FullReader> = {}, ports: Partial<SweepPorts> = {}) {
  return createSweeper(
    {
      reader: plainReader(cluster, overrides),
      zookeepers: plainZookeepers(cluster),
      jmx: plainJmx([]),
      clock: createFakeClock(),
      history: createGroupHistory(),
      ...ports
    },
    limits,
    { configsMs: 600_000, logDirsMs: 120_000, random: () => 0.5 }
  )
}

async function sweep(
  cluster: PlainCluster,
  overrides: Partial<FullReader> = {},
  { last, signal = never, ...ports }: Partial<SweepPorts> & { last?: ClusterReadings; signal?: AbortSignal } = {}
): Promise<ClusterReadings> {
  const sweeper = sweeperOf(cluster, overrides, ports)
  const quick = sweeper.quick(last, signal)
  const rest = await sweeper.rest(quick, last, signal)
  return compose(await quick, rest)
}

t.test('a healthy cluster is read in full', async (t) => {
  const read = await sweep(plainCluster())
  t.match(read, { durationMs: 0, warnings: [], groups: [{ group: 'g' }], committed: [{ offset: 93 }], quorum: null })
  t.same(
    read.minInsyncReplicas,
    new Map([
      ['a', 2],
      ['b', 2]
    ])
  )
  t.equal(read.errors.size, 0)
  t.same(Array.from(read.known.keys()), [1, 2, 3])
  const asked = [
    'brokers',
    'metadata',
    'zookeeper',
    'configs',
    'groups',
    'commits',
    'offsets',
    'recordTimes',
    'logDirs'
  ]
  t.same(Array.from(read.parts.keys()).sort(), asked.sort(), 'what does not apply was not read')
  for (const { ok } of read.parts.values()) t.ok(ok)
})

t.test('end offsets of all partitions are asked for after the commits, start offsets beside them', async (t) => {
  const order: string[] = []
  const cluster = plainCluster()
  await sweep(cluster, {
    committedOffsets: async () => {
      order.push('commits are asked for')
      await setImmediate()
      order.push('commits')
      return { value: cluster.committed, warnings: [] }
    },
    offsets: async (topics, { endsAfter }) => {
      order.push('starts')
      await endsAfter
      order.push('ends')
      t.same(
        topics.map(({ name }) => name),
        ['a', 'b']
      )
      return { value: [], warnings: [] }
    }
  })
  t.same(order, ['commits are asked for', 'starts', 'commits', 'ends'])
})

t.test(
  'commits are requested as soon as the groups are listed, while their members are still being read',
  async (t) => {
    const cluster = plainCluster()
    const described = Promise.withResolvers<void>()
    const read = await sweep(cluster, {
      groups: async ({ onListed }) => {
        onListed?.(['g'])
        await described.promise
        return { value: cluster.groups, warnings: [] }
      },
      committedOffsets: async (groups) => {
        t.same(groups, ['g'])
        described.resolve()
        return { value: cluster.committed, warnings: [] }
      }
    })
    t.equal(read.groups, cluster.groups)
    t.same(read.committed, cluster.committed)
  }
)

t.test('without any broker there is nothing but the answer that none answers', async (t) => {
  const cluster = { ...plainCluster(), views: [silent(1, error)] }
  const read = await sweep(cluster)
  t.match(read, { metadata: null, groups: null, committed: [], offsets: [], logDirs: [] })
  t.match(read.warnings, [{ code: 'kafka_timeout', target: 'kafka:9091' }, { code: 'cluster_unreachable' }])
  t.same(Array.from(read.errors), [
    ['brokers', 1],
    ['metadata', 1]
  ])
  t.equal(read.parts.get('metadata')?.ok, false)
  t.notOk(read.parts.has('groups'), 'nobody could be asked')
})

t.test('a dead broker is not counted as one that is there', async (t) => {
  const cluster = plainCluster()
  const { parts, errors, known, views } = await sweep({
    ...cluster,
    views: [...cluster.views.slice(0, 2), silent(3, error)]
  })
  t.same(
    views.map(({ reachable }) => reachable),
    [true, true, false]
  )
  t.equal(errors.get('brokers'), 1)
  t.ok(parts.get('brokers')?.ok, 'the others reported')
  t.ok(known.has(3))
})

t.test('a part that fails is left out, counted and warned of; the others stay', async (t) => {
  const refuse = async () => {
    throw new KopsError('kafka_refused', 'not authorized')
  }
  const late = { value: [], warnings: [{ code: 'kafka_timeout', message: 'late', target: 'kafka-3' }] }
  const cases: {
    overrides: Partial<FullReader>
    part: 'configs' | 'groups' | 'commits' | 'offsets' | 'logDirs'
    ok?: true
  }[] = [
    { overrides: { topicConfigs: refuse }, part: 'configs' },
    { overrides: { groups: refuse }, part: 'groups' },
    { overrides: { committedOffsets: refuse }, part: 'commits' },
    { overrides: { offsets: refuse }, part: 'offsets' },
    { overrides: { logDirs: refuse }, part: 'logDirs' },
    { overrides: { groups: async () => late }, part: 'groups', ok: true }
  ]
  for (const { overrides, part, ok = false } of cases) {
    const read = await sweep(plainCluster(), overrides)
    t.same(Array.from(read.errors), [[part, 1]], part)
    t.equal(read.warnings.length, 1)
    t.equal(read.parts.get(part)?.ok, ok)
    t.not(read.metadata, null)
    if (part !== 'offsets') t.equal(read.offsets.length, 1, 'offsets are read whatever became of the groups')
    if (part === 'groups' && !ok) t.equal(read.groups, null, 'unknown, not empty')
  }
})

t.test('exporters are matched to brokers by their place; one that fails costs no other part', async (t) => {
  const reading = (requestQueueSize: number) => ({
    requestQueueSize,
    handlerIdleRatio: 0.9,
    activeController: 0,
    startTime: null,
    counts: new Map()
  })
  const views: JmxView[] = [
    { endpoint: endpoint(101), reachable: true, reading: reading(7) },
    { endpoint: endpoint(102), reachable: false, error: new KopsError('exporter_unreachable', 'silent') },
    { endpoint: endpoint(103), reachable: true, reading: reading(9) },
    { endpoint: endpoint(104), reachable: true, reading: reading(1) }
  ]
  const cluster = plainCluster()
  const [one, two, three] = cluster.views
  if (!one || !two || !three) throw new Error('three views')
  const read = await sweep({ ...cluster, views: [three, two, one] }, {}, { jmx: plainJmx(views) })
  t.same(
    Array.from(read.jmx, ([id, { requestQueueSize }]) => [id, requestQueueSize]),
    [
      [3, 7],
      [1, 9]
    ],
    'a target without a broker is nobody'
  )
  t.same(read.warnings, [{ code: 'exporter_unreachable', message: 'silent', target: 'kafka-2' }])
  t.equal(read.errors.get('jmx'), 1)
})

t.test('the quick reading shares one budget; the rest has its own deadlines, from the last durations', async (t) => {
  const clock = createFakeClock()
  const cluster = plainCluster()
  const given = new Map<string, number>()
  const taking = <T>(part: string, ms: number, value: T) => {
    return async (...args: unknown[]) => {
      const limit = args.at(-1)
      if (typeof limit === 'object' && limit !== null && 'deadlineMs' in limit)
        given.set(part, Number(limit.deadlineMs))
      clock.advance(ms)
      return { value, warnings: [] }
    }
  }
  const overrides: Partial<FullReader> = {
    views: async ({ deadlineMs }) => {
      given.set('views', deadlineMs)
      clock.advance(900)
      return cluster.views
    },
    groups: taking('groups', 400, cluster.groups),
    committedOffsets: taking('commits', 1000, cluster.committed),
    offsets: taking('offsets', 5, cluster.offsets)
  }
  const first = await sweep(cluster, overrides, { clock })
  t.same(Object.fromEntries(given), { views: 900, groups: 8000, commits: 8000, offsets: 16_000 })
  await sweep(cluster, overrides, { clock, last: first })
  t.same(Object.fromEntries(given), { views: 900, groups: 1800, commits: 4020, offsets: 5820 })
})

t.test('settings of topics that are new are read with the quick reading, the others once a sweep', async (t) => {
  const asked: string[][] = []
  const cluster = plainCluster()
  const overrides: Partial<FullReader> = {
    topicConfigs: async (topics) => {
      asked.push(topics)
      return plainReader(cluster).topicConfigs(topics, { deadlineMs: 1 })
    }
  }
  const last = await sweep(cluster, overrides)
  const told = metadata([topic('a', partition()), topic('new', partition())])
  const quick = await sweeperOf({ ...cluster, views: [answering(1, told)] }, overrides).quick(last, never)
  t.same(asked, [['a', 'b'], ['new']])
  const merged = compose(quick, undefined)
  t.same(Array.from(merged.minInsyncReplicas), [['new', 2]])
  await sweeperOf(cluster, overrides).quick(last, never)
  t.equal(asked.length, 2)
})

t.test('a topic whose settings cannot be read now keeps those of an earlier reading', async (t) => {
  const last = await sweep(plainCluster())
  const onlyB: Partial<FullReader> = {
    topicConfigs: (_topics, options) => plainReader(plainCluster()).topicConfigs(['b'], options)
  }
  const fails: Partial<FullReader> = { topicConfigs: () => Promise.reject(error) }
  for (const [what, overrides, problems] of [
    ['one is missing', onlyB, undefined],
    ['all fail', fails, 1]
  ] as const) {
    const read = await sweep(plainCluster(), overrides, { last })
    t.same(Object.fromEntries(read.minInsyncReplicas), { a: 2, b: 2 }, what)
    t.equal(read.errors.get('configs'), problems, what)
  }
})

t.test('topics with unclean election are known, and stay so while their settings cannot be read', async (t) => {
  const settingsOf = (unclean: Record<string, string>): Partial<FullReader> => ({
    topicConfigs: async () => {
      const common = { source: 'default', readOnly: false, sensitive: false }
      const entries = Object.entries(unclean).map(([topic, value]) => {
        // In no particular order.
        const settings = [
          { name: 'unclean.leader.election.enable', value, ...common },
          { name: 'min.insync.replicas', value: '1', ...common }
        ]
        return [topic, settings] as const
      })
      return { value: new Map(entries), warnings: [] }
    }
  })
  const last = await sweep(plainCluster(), settingsOf({ a: 'true', b: 'false' }))
  t.same(Array.from(last.uncleanElection), ['a'])
  t.same(Object.fromEntries(last.minInsyncReplicas), { a: 1, b: 1 })
  const cases: [what: string, read: Record<string, string>, expected: string[]][] = [
    ['nothing is read', {}, ['a']],
    ['the other topic is read', { b: 'true' }, ['a', 'b']],
    ['it is off now', { a: 'false' }, []]
  ]
  for (const [what, read, expected] of cases) {
    const { uncleanElection } = await sweep(plainCluster(), settingsOf(read), { last })
    t.same(Array.from(uncleanElection).sort(), expected, what)
  }
})

t.test('dead brokers are remembered while they hold replicas', async (t) => {
  const cluster = plainCluster()
  const last = await sweep(cluster)
  const after = async (replicas: number[]) => {
    const told = metadata([topic('a', partition({ replicas }))], [1, 2])
    const { known } = await sweep({ ...cluster, views: [answering(1, told)] }, {}, { last })
    return Array.from(known.keys()).sort()
  }
  t.same(await after([1, 2, 3]), [1, 2, 3])
  t.same(await after([1, 2]), [1, 2])
})

t.test('where brokers report a quorum it takes the place of ZooKeeper', async (t) => {
  const cluster = plainCluster()
  const quorum = { kind: 'kraft' as const, leaderId: 2, leaderEpoch: 7, highWatermark: 99, voters: [], observers: [] }
  const read = await sweep(cluster, { describeQuorum: async () => quorum })
  t.equal(read.quorum, quorum)
  t.same(read.zookeepers, [])
  t.ok(read.parts.get('quorum')?.ok)
  t.notOk(read.parts.has('zookeeper'))

  const lost = async () => {
    throw new KopsError('controller_unavailable', 'no controller leads the quorum')
  }
  const after = await sweep(cluster, { describeQuorum: lost }, { last: read })
  t.match(after, { quorum: null, zookeepers: [], warnings: [{ code: 'controller_unavailable', target: 'quorum' }] })
  t.equal(after.errors.get('quorum'), 1)
  const started = await sweep(cluster, { describeQuorum: lost })
  t.match(started, { errors: new Map([['quorum', 1]]), zookeepers: [] }, 'brokers that look for a leader have a quorum')
  const silent = () => Promise.reject(new KopsError('kafka_timeout', 'no answer within 900 ms'))
  const zookeeper = await sweep(cluster, { describeQuorum: silent })
  t.equal(zookeeper.errors.size, 0, 'it was never known to have a quorum')
})

t.test('before the rest was read its parts are unread, not empty', async (t) => {
  const quick = await sweeperOf(plainCluster()).quick(undefined, never)
  const read = compose(quick, undefined)
  t.equal(read.groups, null)
  t.same(Array.from(read.errors.keys()), ['configs', 'groups', 'commits', 'offsets', 'logDirs'])
  t.notOk(read.parts.has('groups'))
})

t.test('giving up and defects reject', async (t) => {
  const controller = new AbortController()
  const givenUp = sweep(
    plainCluster(),
    {
      groups: async () => {
        controller.abort(new Error('closing'))
        throw error
      }
    },
    { signal: controller.signal }
  )
  await t.rejects(givenUp, { message: 'closing' })
  const defect = sweep(plainCluster(), { groups: () => Promise.reject(new TypeError('a defect')) })
  await t.rejects(defect, { message: 'a defect' })
  t.equal(readings().warnings.length, 0)
})

t.test('rarely changing parts are read when they are due', async (t) => {
  const minutes = (count: number) => count * 60_000
  const told = (cluster: PlainCluster, ...topics: TopicMetadata[]) => {
    cluster.views = [1, 2, 3].map((id) => answering(id, metadata(topics)))
  }
  const nothing = () => undefined
  const grow = (cluster: PlainCluster) =>
    told(cluster, topic('a', partition()), topic('b', partition()), topic('c', partition()))
  const lose = (cluster: PlainCluster) =>
    told(cluster, topic('a', partition({ offlineReplicas: [2] })), topic('b', partition()))
  const unserve = (cluster: PlainCluster) => {
    cluster.zookeepers = [zookeeper(1, null), zookeeper(2, null), zookeeper(3, null)]
  }
  type Case = [
    nr: number,
    what: string,
    change: (of: PlainCluster) => void,
    afterMs: number,
    configs: number,
    dirs: number
  ]
  const table: Case[] = [
    [1, 'the next sweep reads neither', nothing, 30_000, 1, 1],
    [2, 'two minutes: the log directories', nothing, minutes(2), 1, 2],
    [3, 'ten minutes: both', nothing, minutes(10), 2, 2],
    [4, 'a new topic: both', grow, 30_000, 2, 2],
    [5, 'replicas went offline: the log directories', lose, 30_000, 1, 2],
    [6, 'without a quorum no configurations, however old', unserve, minutes(30), 1, 2]
  ]
  for (const [nr, what, change, afterMs, configs, dirs] of table) {
    const asked = { configs: 0, dirs: 0 }
    const clock = createFakeClock()
    const cluster = plainCluster()
    const { topicConfigs, logDirs } = plainReader(cluster)
    const overrides: Partial<FullReader> = {
      topicConfigs(topics, options) {
        // For one new topic: that is the quick reading.
        if (topics.length > 1) asked.configs += 1
        return topicConfigs(topics, options)
      },
      logDirs(options) {
        asked.dirs += 1
        return logDirs(options)
      }
    }
    const zookeepers = { views: async () => cluster.zookeepers }
    const sweeper = sweeperOf(cluster, overrides, { clock, zookeepers })
    const read = async (last?: ClusterReadings) => {
      const quick = sweeper.quick(last, never)
      return compose(await quick, await sweeper.rest(quick, last, never))
    }
    const first = await read()
    change(cluster)
    clock.advance(afterMs)
    const second = await read(first)
    t.same(asked, { configs, dirs }, `case ${nr}, ${what}`)
    t.equal(second.minInsyncReplicas.get('a'), 2, `case ${nr}: what was read still holds`)
    t.equal(second.errors.size, 0)
  }
})

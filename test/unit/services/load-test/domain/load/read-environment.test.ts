import t from 'tap'
import {
  type EnvironmentSources,
  loadSettings,
  readEnvironment
} from '#services/load-test/domain/load/read-environment.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'

const entry = (name: string, value: string) => ({ name, value, source: 'default', readOnly: false, sensitive: false })
const broker = (id: number) => ({ id, host: `kafka-${id}`, port: 9092, rack: null })
const partition = { partition: 0, leader: 1, leaderEpoch: 0, replicas: [1, 2], isr: [1, 2], offlineReplicas: [] }
const metadata = {
  value: {
    clusterId: 'c',
    controllerId: 1,
    brokers: [broker(1), broker(2)],
    topics: [{ name: 'x', internal: false, partitions: [partition, { ...partition, partition: 1 }] }]
  },
  warnings: []
}
const apis = { 0: [3, 11], 1: [4, 17] } as Record<string, [number, number]>

function sources(change: {
  reader?: Partial<EnvironmentSources['reader']>
  brokers?: Partial<EnvironmentSources['brokers']>
}): EnvironmentSources {
  return {
    reader: {
      metadata: async () => metadata,
      topicConfigs: async () => ({
        value: new Map([['x', [entry('min.insync.replicas', '2'), entry('retention.ms', '1')]]]),
        warnings: []
      }),
      ...change.reader
    },
    brokers: {
      configs: async (id) => [
        { ...entry('num.io.threads', '8'), synonyms: [] },
        { ...entry('num.network.threads', String(id)), synonyms: [] },
        { ...entry('broker.rack', 'here'), synonyms: [] }
      ],
      versions: async () => ({ features: { 'metadata.version': 27 }, apis }),
      ...change.brokers
    },
    own: { 'machine.cores': '4' },
    settings: loadSettings,
    clock: manualClock()
  }
}

const read = (change: Parameters<typeof sources>[0] = {}, signal = new AbortController().signal) =>
  readEnvironment(sources(change), 'x', signal)

t.test('it has what a producer may feel of brokers, topic and machine, and nothing else', async (t) => {
  const { parts } = await read()
  t.match(parts['broker.versions'], /^metadata\.version=27, APIs [0-9a-f]{8}$/)
  t.same(parts, {
    'machine.cores': '4',
    brokers: 'kafka-1, kafka-2',
    'broker.versions': parts['broker.versions'],
    'broker.num.io.threads': '8',
    'broker.num.network.threads': 'kafka-1: 1, kafka-2: 2',
    'topic.partitions': '2',
    'topic.replicationFactor': '2',
    'topic.min.insync.replicas': '2'
  })
})

t.test('a broker of another release shows', async (t) => {
  const versions = async (id: number) => ({ features: {}, apis: { ...apis, 1: [4, 15 + id] as [number, number] } })
  t.match((await read({ brokers: { versions } })).parts['broker.versions'], /^kafka-1: APIs .*, kafka-2: APIs /)
})

t.test('a broker that does not answer makes what it would say unknown, never left out', async (t) => {
  const gone = async () => {
    throw new KopsError('broker_unreachable', 'gone')
  }
  const { parts, hash } = await read({ brokers: { configs: gone, versions: gone } })
  t.match(parts, { brokers: 'kafka-1, kafka-2', 'broker.versions': null, 'broker.num.io.threads': null })
  t.not(hash, (await read()).hash)
  const silent = await read({ reader: { metadata: gone, topicConfigs: gone } })
  t.match(silent.parts, {
    brokers: null,
    'broker.versions': null,
    'broker.num.io.threads': null,
    'topic.partitions': null,
    'topic.min.insync.replicas': null,
    'machine.cores': '4'
  })
})

t.test('a broker that answers late is asked again', async (t) => {
  let asked = 0
  const versions = async () => {
    asked += 1
    if (asked < 3) throw new KopsError('kafka_timeout', 'late')
    return { features: {}, apis }
  }
  t.type((await read({ brokers: { versions } })).parts['broker.versions'], 'string')
})

t.test('brokers get time to learn of a new topic', async (t) => {
  let asked = 0
  const { parts } = await read({
    reader: {
      async metadata() {
        asked += 1
        return asked < 3 ? { ...metadata, value: { ...metadata.value, topics: [] } } : metadata
      }
    }
  })
  t.equal(parts['topic.partitions'], '2')
  t.equal(asked, 3)
})

t.test('a topic that stays away and a run that ends are not waited for', async (t) => {
  const topicConfigs = async () => ({ value: new Map(), warnings: [] })
  t.equal((await read({ reader: { topicConfigs } })).parts['topic.min.insync.replicas'], null)
  const signal = AbortSignal.abort(new Error('enough'))
  t.equal((await read({ reader: { topicConfigs } }, signal)).parts['topic.min.insync.replicas'], null)
})

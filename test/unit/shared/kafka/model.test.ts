import t from 'tap'
import {
  type ClusterMetadata,
  endpointKey,
  formatEndpoint,
  mergeMetadata,
  type PartitionMetadata,
  parseEndpoints
} from '#shared/kafka/model.ts'

interface Claim {
  leader: number | null
  epoch: number | null
  isr: number[]
}

function partition({ leader, epoch, isr }: Claim): PartitionMetadata {
  return { partition: 0, leader, leaderEpoch: epoch, replicas: [1, 2, 3], isr, offlineReplicas: [] }
}

function view(overrides: Partial<ClusterMetadata> = {}, brokers = [1, 2, 3]): ClusterMetadata {
  return {
    clusterId: 'c',
    controllerId: 1,
    brokers: brokers.map((id) => ({ id, host: 'kafka', port: 9090 + id, rack: null })),
    topics: [],
    ...overrides
  }
}

function topic(name: string, ...claims: Claim[]) {
  return { name, internal: false, partitions: claims.map(partition) }
}

t.test('for a partition, the claim with the highest leader epoch counts', async (t) => {
  const old = { leader: 3, epoch: 4, isr: [3, 1, 2] }
  const now = { leader: 1, epoch: 5, isr: [1, 2] }
  const cases: { name: string; claims: Claim[]; expected: Claim }[] = [
    { name: 'all agree', claims: [now, now, now], expected: now },
    { name: 'an isolated broker keeps claiming its leadership', claims: [now, now, old], expected: now },
    { name: 'the later epoch wins against a majority', claims: [old, old, now], expected: now },
    {
      name: 'no leader is a claim too, if it is later',
      claims: [old, { leader: null, epoch: 6, isr: [3] }, now],
      expected: { leader: null, epoch: 6, isr: [3] }
    },
    {
      name: 'a claim without an epoch counts least',
      claims: [{ leader: null, epoch: null, isr: [] }, old],
      expected: old
    },
    {
      name: 'of equal epochs the more frequent claim wins',
      claims: [{ ...now, isr: [1] }, now, now],
      expected: now
    },
    {
      name: 'of equally frequent ones that with fewer in-sync replicas',
      claims: [{ ...now, isr: [1, 2, 3] }, now],
      expected: now
    },
    {
      name: 'the order of the ISR makes no difference',
      claims: [{ ...now, isr: [2, 1] }, now, { ...now, isr: [1] }],
      expected: { ...now, isr: [2, 1] }
    }
  ]
  for (const { name, claims, expected } of cases) {
    const merged = mergeMetadata(claims.map((claim) => view({ topics: [topic('a', claim)] })))
    t.same(merged.topics, [topic('a', expected)], name)
  }
})

t.test('the controller is the one that most views name', async (t) => {
  const cases: { claims: (number | null)[]; expected: number | null }[] = [
    { claims: [1, 1, 3], expected: 1 },
    { claims: [3, 1, 1], expected: 1 },
    { claims: [null, 2, null], expected: 2 },
    { claims: [null], expected: null }
  ]
  for (const { claims, expected } of cases) {
    const merged = mergeMetadata(claims.map((controllerId) => view({ controllerId })))
    t.equal(merged.controllerId, expected, JSON.stringify(claims))
  }
})

t.test('brokers and topics exist when at least half of the views have them', async (t) => {
  const a = topic('a', { leader: 1, epoch: 1, isr: [1, 2, 3] })
  const gone = topic('gone', { leader: 3, epoch: 9, isr: [3] })
  const merged = mergeMetadata([
    view({ topics: [a] }, [1, 2]),
    view({ topics: [a] }, [2, 1]),
    view({ topics: [gone, a] }, [1, 2, 3])
  ])
  t.same(
    merged.brokers.map(({ id }) => id),
    [1, 2]
  )
  t.same(
    merged.topics.map(({ name }) => name),
    ['a']
  )
  const split = mergeMetadata([view({ topics: [a] }, [1, 2]), view({ topics: [gone] }, [3])])
  t.same(
    split.brokers.map(({ id }) => id),
    [1, 2, 3]
  )
  t.same(
    split.topics.map(({ name }) => name),
    ['a', 'gone']
  )
})

t.test('lists of host:port are read, from one text or many, each endpoint once', async (t) => {
  const one = { host: 'kafka-1', port: 9092 }
  const two = { host: '127.0.0.1', port: 9093 }
  const cases: [string | string[], { host: string; port: number }[]][] = [
    ['kafka-1:9092', [one]],
    [' kafka-1:9092 , 127.0.0.1:9093,', [one, two]],
    [
      ['kafka-1:9092', '127.0.0.1:9093'],
      [one, two]
    ],
    ['kafka-1:9092,KAFKA-1:9092', [{ host: 'KAFKA-1', port: 9092 }]],
    ['[::1]:9092', [{ host: '::1', port: 9092 }]]
  ]
  for (const [list, expected] of cases) t.same(parseEndpoints(list), expected, JSON.stringify(list))
})

t.test('anything but host:port is refused by name', async (t) => {
  for (const list of [
    '',
    ' , ',
    'kafka-1',
    'kafka-1:',
    ':9092',
    'kafka-1:0',
    'kafka-1:65536',
    'a b:1',
    'http://a:1',
    '::1:9092'
  ]) {
    t.throws(() => parseEndpoints(list), /No host:port is given|is not host:port/, JSON.stringify(list))
  }
})

t.test('localhost and 127.0.0.1 are one host, whatever the case', async (t) => {
  t.equal(endpointKey({ host: 'localhost', port: 1 }), endpointKey({ host: '127.0.0.1', port: 1 }))
  t.equal(endpointKey({ host: 'Kafka-1', port: 1 }), endpointKey({ host: 'kafka-1', port: 1 }))
  t.not(endpointKey({ host: 'kafka-1', port: 1 }), endpointKey({ host: 'kafka-1', port: 2 }))
})

t.test('an endpoint is written as it is read', async (t) => {
  for (const text of ['kafka-1:9092', '[::1]:9092']) t.same(parseEndpoints(text).map(formatEndpoint), [text])
})

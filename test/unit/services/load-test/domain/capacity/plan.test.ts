import t from 'tap'
import { measuredBy, withoutTopic } from '#services/load-test/domain/capacity/measured.ts'
import { planOf, searchOn } from '#services/load-test/domain/capacity/plan.ts'
import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { StartCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { RateSearch, Trial } from '#shared/contracts/load-search.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { environment } from './measured-capacities.ts'

const limits = { maxPerSecond: 1e6, maxRecords: 1e9, maxSeconds: 1e5, maxBytes: 1e12 }

t.test('a request that names nothing is complete, and says what it is', async (t) => {
  const plan = planOf({}, 3, limits)
  t.match(plan, {
    node: null,
    topic: { kind: 'temporary', partitions: 12, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } },
    workload: {
      rate: { kind: 'search', trialSeconds: 5, precision: 0.05, soakSeconds: 60, objective: { maxP99Ms: 100 } },
      durationSeconds: 900,
      producers: 2,
      producer: { acks: 'all', idempotent: true }
    }
  })
  t.match(searchOn('t', plan), { topic: { kind: 'existing', name: 't' }, rate: { startPerSecond: 1000 } })
  t.match(searchOn('t', plan, 30_000), { rate: { startPerSecond: 30_000 } })
  t.match(searchOn('t', planOf({ rate: { kind: 'search', maxPerSecond: 5000 } }, 3, limits), 30_000), {
    rate: { startPerSecond: 5000 }
  })
})

const topics: [brokers: number, replicationFactor: number, minIsr: string][] = [
  [1, 1, '1'],
  [2, 2, '1'],
  [3, 3, '2'],
  [9, 3, '2']
]
for (const [brokers, replicationFactor, minIsr] of topics) {
  t.test(`on ${brokers} brokers the topic has ${replicationFactor} replicas`, async (t) => {
    t.match(planOf({}, brokers, limits).topic, { replicationFactor, configs: { 'min.insync.replicas': minIsr } })
  })
}

const refused: { request: StartCapacity; field: string; brokers?: number }[] = [
  { request: { oneBrokerDown: true }, field: 'node' },
  { request: { oneBrokerDown: true, node: 'kafka-3' }, field: 'confirm' },
  { request: { oneBrokerDown: true, node: 'kafka-3', confirm: 'kafka-2' }, field: 'confirm' },
  {
    request: { oneBrokerDown: true, node: 'kafka-1', confirm: 'kafka-1' },
    brokers: 1,
    field: 'topic.replicationFactor'
  },
  {
    request: {
      ...{ oneBrokerDown: true, node: 'kafka-3', confirm: 'kafka-3' },
      topic: { kind: 'temporary', partitions: 1, replicationFactor: 3, configs: { 'min.insync.replicas': '3' } }
    },
    field: 'topic.replicationFactor'
  },
  { request: { rate: { kind: 'search', maxPerSecond: 2e6 } }, field: 'rate.maxPerSecond' },
  { request: { durationSeconds: 3 }, field: 'durationSeconds' }
]
for (const { request, field, brokers = 3 } of refused) {
  t.test(`refused for ${field}: ${JSON.stringify(request)}`, async (t) => {
    t.throws(() => planOf(request, brokers, limits), { code: 'validation_failed', errors: [{ field }] })
  })
}

const plan = planOf({ oneBrokerDown: true, node: 'kafka-3', confirm: 'kafka-3' }, 3, limits)
const trial: Trial = { perSecond: 10_000, seconds: 5, achievedPerSecond: 10_000, p99Ms: 5, passed: true, reason: null }
function runOf(search: Partial<RateSearch>, change: Partial<LoadTestRun> = {}): LoadTestRun {
  return {
    id: 'r1',
    status: 'completed',
    topic: 'kops-capacity-x-all',
    eventCount: null,
    progress: { acknowledged: 1000, failed: 0 },
    createdAt: '2026-01-31T12:00:00.000Z',
    finishedAt: '2026-01-31T12:05:00.000Z',
    result: {
      acknowledged: 1000,
      failed: 0,
      indeterminate: 0,
      durationMs: 1,
      eventsPerSecond: 1,
      sendLatencyMs: null,
      uncompressedBytes: 500_000,
      compressedBytes: 200_000,
      compressionRatio: 0.4,
      errors: [],
      search: { highestPass: 10_000, lowestFail: 10_400, endedBecause: 'found', trials: [trial, trial], ...search }
    },
    links: { self: '' },
    ...change
  }
}
const given = {
  plan,
  stoppedNode: 'kafka-3',
  fingerprint: fingerprintOf({ ...environment.parts, 'topic.partitions': '12' })
}

t.test('a capacity says what it rests on, in the bytes that brokers count', async (t) => {
  const soak = { ...trial, perSecond: 9000, seconds: 60 }
  const found = measuredBy(runOf({ soak }), given)
  if (typeof found === 'string') throw new Error(found)
  t.match(found, {
    measuredAt: '2026-01-31T12:05:00.000Z',
    run: 'r1',
    stoppedNode: 'kafka-3',
    recordsPerSecond: 10_000,
    bytesPerSecond: 2_000_000,
    recordBytes: 200,
    meaning: 'found',
    lowestFail: 10_400,
    trials: 2,
    soak: 'passed'
  })
  t.equal(
    found.method,
    '2 trials of 5 s at constant rates, to 5 %: 99 % acknowledged in time, p99 at most 100 ms; 60 s at 90 % of it passed. ' +
      'log-events of 200 B in their batches. acks=all, snappy, 2 producers. ' +
      'topic of 12 partitions with 3 replicas, min.insync.replicas 2. kafka-3 stopped'
  )
  t.same(found.fingerprint, environment, 'the topic is gone, and not part of the cluster')
  t.same(withoutTopic(given.fingerprint), environment)
})

const answers: { name: string; search: Partial<RateSearch>; change?: Partial<LoadTestRun>; found: object | RegExp }[] =
  [
    {
      name: 'the client was the limit',
      search: { endedBecause: 'clientLimit', lowestFail: null },
      found: { recordsPerSecond: 10_000, meaning: 'atLeast', soak: 'none' }
    },
    {
      name: 'the highest rate to try passed',
      search: { endedBecause: 'maximumPassed' },
      found: { meaning: 'atLeast' }
    },
    { name: 'the time was up', search: { endedBecause: 'outOfBounds' }, found: { meaning: 'atLeast' } },
    {
      name: 'the soak failed',
      search: { endedBecause: 'soakFailed', soak: { ...trial, perSecond: 9000, passed: false, reason: 'late' } },
      found: {
        recordsPerSecond: 9000,
        bytesPerSecond: 1_800_000,
        meaning: 'atMost',
        soak: 'failed',
        method: /failed \(late\)/
      }
    },
    { name: 'no rate passed', search: { endedBecause: 'minimumFailed', highestPass: null }, found: /no rate passed/ },
    { name: 'it was interrupted', search: { endedBecause: 'interrupted' }, found: /no rate passed/ },
    {
      name: 'the run was aborted',
      search: {},
      change: { status: 'aborted', failure: 'disk full' },
      found: /disk full/
    },
    { name: 'the run has no result', search: {}, change: { result: null }, found: /completed/ }
  ]
for (const { name, search, change, found } of answers) {
  t.test(`what is known when ${name}`, async (t) => {
    t.match(measuredBy(runOf(search, change), given), found)
  })
}

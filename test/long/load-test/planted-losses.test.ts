// Runs alone: it breaks brokers, and cuts records out of their logs.
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { brokerGone } from '#services/load-test/domain/drills/broker-effects.ts'
import { bounds, type DrillParts } from '#services/load-test/domain/drills/steps.ts'
import type { Fault } from '#shared/contracts/cluster.ts'
import type { BatchOutcome } from '#shared/kafka/producing/port.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { cutBatch, loneRecord } from './planted/cut-segment.ts'
import { drill, realParts } from './planted/drill-under-test.ts'

const slowWriters = { acks: 'all', idempotent: true, transactional: false, recordsPerSecond: 60 } as const
const leaderOnly = { acks: 'leader', idempotent: false, transactional: false, recordsPerSecond: 300 } as const
const transactions = { ...slowWriters, transactional: true, recordsPerSecond: 300 } as const
const nodes = ['kafka-1', 'kafka-2', 'kafka-3']

/** A reader that changes nothing but what a test says. */
function readerOf(
  parts: DrillParts,
  change: (read: DrillParts['independentReader']['readTopic']) => DrillParts['independentReader']['readTopic']
): DrillParts {
  return { ...parts, independentReader: { readTopic: change(parts.independentReader.readTopic) } }
}

t.test('a reader that drops a record is found out: the replicas have it', async (t) => {
  const parts = readerOf(
    await realParts(t),
    (read) => (topic, options) =>
      read(topic, {
        ...options,
        onRecord: (record) => {
          if (record.partition !== 2 || record.offset !== 3) options.onRecord(record)
        }
      })
  )
  const { verdict, finding } = await drill(t, { parts, writers: slowWriters })
  t.match(verdict, { result: 'inconclusive', counts: { ackedLost: 0, unseen: 1 } })
  t.match(finding('notRead'), { severity: 'doubt', count: 1, detail: /in kafka-1, kafka-2, kafka-3/ })
})

t.test('a record that is cut out of every replica is lost', async (t) => {
  const real = await realParts(t)
  let cut: Promise<void> | undefined
  async function cutOut(topic: string): Promise<void> {
    const place = `${topic}-1`
    const offset = await loneRecord('kafka-1', place)
    await Promise.all(nodes.map((node) => real.agent.node(node, 'stop')))
    for (const node of nodes) await cutBatch(node, place, offset)
    await Promise.all(nodes.map((node) => real.agent.node(node, 'start')))
    await eventually(
      'every partition has a leader again',
      () => real.reader.metadata({ topics: [topic], deadlineMs: 4000 }).catch(() => undefined),
      (reading) => reading?.value.topics[0]?.partitions.every(({ isr }) => isr.length === 3) ?? false,
      90_000
    )
  }
  const parts = readerOf(real, (read) => async (topic, options) => {
    cut ??= cutOut(topic)
    await cut
    return read(topic, options)
  })
  t.teardown(() => Promise.all(nodes.map((node) => real.agent.node(node, 'start'))))
  const { verdict, finding } = await drill(t, { parts, writers: slowWriters })
  t.match(verdict, { result: 'fail', counts: { ackedLost: 1 } })
  t.match(finding('ackedLost'), { severity: 'failure', count: 1, detail: /in no replica/ })
})

t.test('an acknowledgement that repeats an earlier offset is false', async (t) => {
  const real = await realParts(t)
  const parts: DrillParts = {
    ...real,
    createProducer(topic, onOutcome, settings) {
      let first: number | null = null
      let repeated = false
      const repeatOnce = (outcome: BatchOutcome) => {
        if (outcome.partition !== 0 || outcome.baseOffset === null || repeated) return onOutcome(outcome)
        if (first !== null) repeated = true
        first ??= outcome.baseOffset
        onOutcome({ ...outcome, baseOffset: first })
      }
      return real.createProducer(topic, repeatOnce, settings)
    }
  }
  const { verdict, finding } = await drill(t, { parts, writers: slowWriters })
  t.equal(verdict.result, 'fail')
  t.match(finding('ackAliased'), { severity: 'failure', count: 1 })
})

const lie: Fault = {
  ...{ id: 'none', kind: 'stop', node: 'kafka-1', state: 'active', injectedAt: '', expiresAt: '' },
  ...{ healedAt: null, healedBy: null }
}

t.test('an injector that does nothing proves nothing', async (t) => {
  const real = await realParts(t)
  const nothing = async () => lie
  const agent = { ...real.agent, inject: nothing, renew: nothing, heal: nothing, fault: nothing }
  const { verdict } = await drill(t, { parts: { ...real, agent }, holdMs: 5000 })
  t.match(verdict, { result: 'inconclusive', reasons: [/kept answering/] })
})

/** A stop that its healer only says to have ended, so that the drill waits for its replicas in vain, for some seconds. */
async function unhealed(t: Test): Promise<{ parts: DrillParts; heal: () => Promise<unknown> }> {
  const real = await realParts(t)
  const { fullIsrMs } = bounds
  bounds.fullIsrMs = 12_000
  t.teardown(() => {
    bounds.fullIsrMs = fullIsrMs
  })
  let held: Fault | undefined
  const agent: DrillParts['agent'] = {
    ...real.agent,
    async inject(fault) {
      held = await real.agent.inject({ ...fault, leaseMs: 60_000 })
      return held
    },
    renew: async () => held ?? lie,
    heal: async () => ({ ...(held ?? lie), state: 'healed' })
  }
  return { parts: { ...real, agent }, heal: async () => held && real.agent.heal(held.id) }
}

t.test('a fault that is not healed is not recovered from, whatever its healer says', async (t) => {
  const { parts, heal } = await unhealed(t)
  const { verdict, events } = await drill(t, { parts })
  await heal()
  t.match(verdict, { result: 'fail', reasons: [/Not every replica was in sync/] })
  t.ok(events.some(({ event }) => event === 'isr-not-full'))
})

t.test('what is acknowledged with acks=1 below min ISR is not lost while nobody may read it (KIP-966)', async (t) => {
  const { parts, heal } = await unhealed(t)
  if ((await parts.agent.status()).mode !== 'kraft') return t.comment('ZooKeeper has no eligible leader replicas')
  const admin: DrillParts['admin'] = {
    ...parts.admin,
    createTopic: (topic, options) =>
      parts.admin.createTopic({ ...topic, configs: { 'min.insync.replicas': '3' } }, options)
  }
  const { verdict, finding } = await drill(t, { parts: { ...parts, admin }, writers: leaderOnly })
  await heal()
  t.match(verdict, { result: 'inconclusive', counts: { ackedLost: 0 } })
  t.match(finding('tailUnseen'), { severity: 'doubt' })
  t.ok((finding('tailUnseen')?.count ?? 0) > 100)
})

t.test(
  'records that a broker acknowledges with acks=1 while it is cut off from the quorum are gone, and reported',
  async (t) => {
    const real = await realParts(t)
    const { isolation } = await real.agent.status()
    if (!isolation.available) return t.comment(isolation.detail)
    const { finding, events } = await drill(t, {
      parts: real,
      fault: (node) => ({ by: 'agent', kind: 'cut', node, cut: { from: ['metadata'], direction: 'both' } }),
      // The broker goes on to answer clients: that others lead its partitions shows that it is cut off.
      effect: {
        ...brokerGone,
        shownAt: () => undefined,
        evidence: () => ({ confirmed: true, detail: 'kafka-1 was cut off from the quorum' })
      },
      holdMs: 15_000,
      writers: leaderOnly
    })
    const cut = finding('epochTruncation')
    t.match(cut, { severity: 'allowed', detail: /of kafka-1 ends at offset \d+ in the log of kafka-[23]/ })
    t.match(finding('ackedLost'), { severity: 'allowed' })
    t.ok((finding('ackedLost')?.count ?? 0) > 10)
    const at = (name: string) => events.findIndex(({ event }) => event === name)
    t.ok(at('epoch-truncation') >= 0 && at('epoch-truncation') < at('read-back'), 'named before anything was read')
  }
)

t.test('an unclean election at a replication factor of 2 is named by its epochs before the log is read', async (t) => {
  const real = await realParts(t)
  let name = ''
  const admin: DrillParts['admin'] = {
    ...real.admin,
    createTopic(topic, options) {
      name = topic.name
      const configs = { 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' }
      return real.admin.createTopic({ ...topic, replicationFactor: 2, configs }, options)
    }
  }
  const between = [1, 2]
  const agent: DrillParts['agent'] = {
    ...real.agent,
    // The follower stops; what is written meanwhile only its leader has, which then dies; and the follower comes back alone.
    async inject(fault) {
      const follower = await real.agent.inject({ kind: 'stop', node: 'kafka-2', leaseMs: 60_000 })
      await sleep(4000)
      const leader = await real.agent.inject({ ...fault, leaseMs: 60_000 })
      await eventually(
        'no partition of these two has a leader',
        async () => (await real.reader.metadata({ topics: [name], deadlineMs: 4000 })).value.topics[0]?.partitions,
        (partitions = []) =>
          partitions.length > 0 &&
          partitions.every(({ replicas, leader }) => leader === null || !between.every((id) => replicas.includes(id))),
        40_000
      )
      await real.agent.heal(follower.id)
      return leader
    }
  }
  t.teardown(() => Promise.all(nodes.map((node) => real.agent.node(node, 'start').catch(() => undefined))))
  const { verdict, finding, events } = await drill(t, {
    parts: { ...real, agent, admin },
    fault: (node) => ({ by: 'agent', kind: 'kill', node }),
    holdMs: 4000
  })
  t.equal(verdict.result, 'fail')
  t.match(finding('epochTruncation'), { severity: 'failure', detail: /of kafka-1 ends at offset/ })
  t.match(finding('ackedLost'), { severity: 'failure' })
  const at = (name: string) => events.findIndex(({ event }) => event === name)
  t.ok(at('epoch-truncation') >= 0 && at('epoch-truncation') < at('read-back'), 'named before anything was read')
})

t.test('transactions keep their promise through a failover', async (t) => {
  const { verdict, finding } = await drill(t, { parts: await realParts(t), writers: transactions, holdMs: 4000 })
  t.equal(verdict.result, 'pass', verdict.reasons.join('; '))
  t.ok((finding('indeterminate')?.count ?? 0) > 0, 'some were aborted on purpose')
})

t.test('a record of an aborted transaction that is delivered as committed is found', async (t) => {
  const parts = readerOf(
    await realParts(t),
    (read) => (topic, options) => read(topic, { ...options, isolation: 'read_uncommitted' })
  )
  const { verdict, finding } = await drill(t, { parts, writers: transactions, holdMs: 4000 })
  t.equal(verdict.result, 'fail')
  t.match(finding('abortedRead'), { severity: 'failure' })
})

import t from 'tap'
import { faultSource } from '#services/load-test/domain/drills/fault-sources.ts'
import { drillKinds } from '#services/load-test/domain/drills/kinds.ts'
import { encodeRecord, firstOfTransaction } from '#services/load-test/domain/drills/numbered-record.ts'
import type { CreateParticipant } from '#services/load-test/domain/drills/participants.ts'
import { type PredictionInput, predictDrill } from '#services/load-test/domain/drills/prediction.ts'
import type { WriterTransaction } from '#services/load-test/domain/drills/records/outcomes.ts'
import { runDrill } from '#services/load-test/domain/drills/run.ts'
import type { DrillParts, DrillPlan } from '#services/load-test/domain/drills/steps.ts'
import { findTopic } from '#services/load-test/domain/drills/topic.ts'
import { abortable } from '#shared/abortable.ts'
import type { Fault } from '#shared/contracts/cluster.ts'
import type { DrillKind } from '#shared/contracts/drill-request.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerView } from '#shared/kafka/model.ts'
import type { StoredRecord } from '#shared/kafka/verifying/port.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { fakeProducer } from '../../fakes.ts'

const node = { id: 1, host: '127.0.0.1', port: 9092, rack: null }
const partitions = 3
const target = { nodes: ['kafka-1'], brokers: [node], detail: '' }

const knowledge: PredictionInput = {
  mode: 'zookeeper',
  metadata: { clusterId: 'c', controllerId: 2, brokers: [], topics: [] },
  views: [],
  controllerId: 2,
  voters: [],
  minInsyncReplicas: new Map(),
  uncleanElection: new Set(),
  settings: new Map(),
  groups: null
}

interface World {
  /** The fault shows: the node falls silent and its partitions move. */
  faultShows?: boolean
  inject?: () => Promise<void>
  renew?: () => Promise<void>
  heal?: () => Promise<void>
  /** What the agent reads of the fault while it holds. */
  proof?: () => Pick<Fault, 'holds' | 'evidence'>
  /** The log at the time of reading. */
  tamper?: (log: StoredRecord[]) => StoredRecord[]
  /** What only the first reader, that of everything, gets. */
  skips?: (record: StoredRecord) => boolean
  /** How far partition 0 can be read, each time that it is. */
  readable?: number[]
  /** Where the first leader's epoch ends in the logs of the others. */
  epochEnd?: number
  replicasComeBack?: boolean
}

/** A cluster in memory, sufficient to test the order of steps. */
function build(world: World = {}) {
  const clock = manualClock()
  const log: StoredRecord[] = []
  const calls: string[] = []
  let faulty = false
  let everFaulty = false
  let healing = false

  const view = (id: number): BrokerView => {
    const endpoint = { host: '127.0.0.1', port: 9091 + id }
    const shows = world.faultShows ?? true
    if (id === 1 && faulty && shows) {
      return { endpoint, reachable: false, error: new KopsError('broker_unreachable', 'silent') }
    }
    const moved = everFaulty && shows
    const whole = !everFaulty || (!faulty && (world.replicasComeBack ?? true))
    const all = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      leader: partition === 0 && !moved ? 1 : 2,
      leaderEpoch: moved ? 2 : 1,
      replicas: [1, 2, 3],
      isr: whole ? [1, 2, 3] : [2, 3],
      offlineReplicas: []
    }))
    const topics = [{ name: 'kops-drill-d', internal: false, partitions: all }]
    return {
      endpoint,
      reachable: true,
      responseTimeMs: 1,
      metadata: { clusterId: 'c', controllerId: 2, brokers: [], topics }
    }
  }
  const fault: Fault = {
    id: 'f',
    kind: 'stop',
    node: 'kafka-1',
    state: 'active',
    injectedAt: '',
    expiresAt: '',
    healedAt: null,
    healedBy: null
  }
  const unused = async (): Promise<never> => {
    throw new Error('not used by a drill')
  }
  const parts: DrillParts = {
    clock,
    agent: {
      status: unused,
      async inject({ kind }) {
        calls.push(`inject ${kind}`)
        await world.inject?.()
        healing = false
        faulty = true
        everFaulty = true
        return fault
      },
      async renew() {
        await world.renew?.()
        return fault
      },
      async heal() {
        calls.push('heal')
        healing = true
        await world.heal?.()
        faulty = false
        return fault
      },
      async fault() {
        if (!healing) return { ...fault, ...world.proof?.() }
        faulty = false
        return { ...fault, state: 'healed' }
      },
      reach: unused,
      findRecords: async () => ({ replicas: [] }),
      close: async () => {}
    },
    reader: {
      views: async () => [1, 2, 3].map(view),
      view: async ({ port }) => view(port - 9091),
      metadata: unused,
      offsets: unused,
      close: async () => {}
    },
    admin: {
      createTopic: async ({ name }) => void calls.push(`create ${name}`),
      deleteTopic: async (name) => void calls.push(`delete ${name}`),
      close: async () => {}
    },
    epochs: {
      async epochEnds() {
        const { epochEnd } = world
        const end = { partition: 0, epoch: 1, leader: 2, leaderEpoch: 2 }
        return { value: epochEnd === undefined ? [] : [{ ...end, endOffset: epochEnd }], warnings: [] }
      },
      close: async () => {}
    },
    independentReader: {
      async readTopic(_topic, { onRecord, isolation }) {
        const stored = world.tamper?.(log) ?? log
        const upTo = isolation === 'read_uncommitted' ? world.readable?.shift() : undefined
        for (const record of stored) {
          if (upTo !== undefined && record.partition === 0 && record.offset >= upTo) continue
          if (isolation === 'read_committed' || !world.skips?.(record)) onRecord(record)
        }
        return {
          partitions: Array.from({ length: partitions }, (_, partition) => {
            const records = log.filter((record) => record.partition === partition).length
            const readUpTo = partition === 0 ? (upTo ?? records) : records
            return { partition, startOffset: 0, endOffset: records, readUpTo, records }
          }),
          complete: true,
          unread: []
        }
      }
    },
    createProducer(_topic, onOutcome) {
      const producer = fakeProducer({ onOutcome, partitions })
      const ends: number[] = []
      return {
        ...producer,
        append(record) {
          const offset = ends[record.partition] ?? 0
          ends[record.partition] = offset + 1
          log.push({ partition: record.partition, offset, key: textOf(record.key), value: textOf(record.value) })
          return producer.append(record)
        }
      }
    }
  }
  const abort = new AbortController()
  const events: string[] = []
  const statuses: string[] = []
  const record: Partial<Drill> = {}
  const plan: DrillPlan = {
    id: 'd',
    kind: 'broker-stop',
    mode: 'zookeeper',
    target,
    stages: stagesOf('broker-stop'),
    prediction: predictDrill(stagesOf('broker-stop'), 'stop', 3000, knowledge),
    topic: { ...findTopic('d', {}, knowledge), partitions },
    signal: abort.signal,
    onStatus: (status) => statuses.push(status),
    onEvent: (event) => events.push(event),
    onChange: (change) => Object.assign(record, change)
  }
  return { parts, plan, abort, calls, events, statuses, record }
}

function stagesOf(kind: DrillKind) {
  return drillKinds[kind].stages(target, { kind, faultDurationMs: 5000 })
}

t.test('a drill passes through its steps in order and cleans up', async (t) => {
  const { parts, plan, calls, events, statuses, record } = build()
  const end = await runDrill(parts, plan)
  t.match(record.evidence, [{ stage: 'kafka-1', node: 'kafka-1', confirmed: true }])
  t.equal(end.status, 'completed', end.failure ?? '')
  t.equal(end.verdict.result, 'pass', end.verdict.reasons.join('; '))
  t.ok(end.verdict.counts.acknowledged > 100)
  const { acknowledged, failed, indeterminate } = end.verdict.counts
  t.same(record.progress, { acknowledged, failed, indeterminate }, 'the last progress is the whole')
  t.equal(end.verdict.counts.read, end.verdict.counts.acknowledged)
  t.equal(end.verdict.measurements.leadersOnNodeBefore, 1)
  t.same(calls, ['create kops-drill-d', 'inject stop', 'heal', 'delete kops-drill-d'])
  t.same(statuses, ['healing', 'verifying'])
  t.same(events, [
    'topic-created',
    'workload-acknowledged',
    'fault-injecting',
    'fault-injected',
    'node-unreachable',
    'leaders-moved',
    'healing',
    'healed',
    'isr-full',
    'workload-stopped',
    'epochs-read',
    'read-back',
    'topic-deleted',
    'verdict'
  ])
})

t.test('a network partition is an isolation', async (t) => {
  const { parts, plan, calls } = build()
  await runDrill(parts, { ...plan, stages: stagesOf('network-partition') })
  t.ok(calls.includes('inject isolate'))
})

t.test('a record that is missing from the log makes it fail', async (t) => {
  const { parts, plan } = build({ tamper: (log) => log.filter((_, index) => index !== 17) })
  const end = await runDrill(parts, plan)
  t.equal(end.status, 'completed')
  t.match(end.verdict, { result: 'fail', counts: { ackedLost: 1 } })
})

t.test('an epoch that ends before an acknowledged record is named before anything is read', async (t) => {
  const { parts, plan, events } = build({ epochEnd: 2 })
  const { verdict } = await runDrill(parts, plan)
  t.ok(events.indexOf('epoch-truncation') >= 0 && events.indexOf('epoch-truncation') < events.indexOf('read-back'))
  t.equal(verdict.result, 'fail')
  t.match(
    verdict.findings?.find((finding) => finding.class === 'epochTruncation'),
    { severity: 'failure', detail: /epoch 1 of kafka-1 ends at offset 2 in the log of kafka-2/ }
  )
})

t.test('a record that one of the readers did not deliver is not taken for lost', async (t) => {
  const { parts, plan } = build({ skips: ({ partition, offset }) => partition === 1 && offset === 3 })
  const { verdict } = await runDrill(parts, plan)
  t.match(verdict, { result: 'inconclusive', counts: { ackedLost: 0, unseen: 1 } })
  t.match(verdict.findings, [{ class: 'notRead', severity: 'doubt', count: 1, detail: /in the other reader/ }])
})

t.test('what cannot be read yet is read again, and not for ever', async (t) => {
  const late = build({ readable: [3] })
  t.equal((await runDrill(late.parts, late.plan)).verdict.result, 'pass')
  const never = build({ readable: [3, 3, 3] })
  t.match((await runDrill(never.parts, never.plan)).verdict, { result: 'inconclusive', counts: { ackedLost: 0 } })
})

t.test('a fault without visible effect makes it inconclusive', async (t) => {
  const { parts, plan, events, calls } = build({ faultShows: false })
  const end = await runDrill(parts, plan)
  t.match(end.verdict, { result: 'inconclusive', reasons: [/kept answering/] })
  t.ok(events.includes('fault-not-seen'))
  t.ok(calls.includes('heal'))
})

t.test('replicas that do not come back make it fail', async (t) => {
  const { parts, plan, events } = build({ replicasComeBack: false })
  t.match((await runDrill(parts, plan)).verdict, { result: 'fail', reasons: [/in sync again/] })
  t.ok(events.includes('isr-not-full'))
})

t.test('a fault that ends early makes it inconclusive', async (t) => {
  const { parts, plan } = build({
    renew: async () => {
      throw new KopsError('fault_not_found', 'healed already')
    }
  })
  t.match((await runDrill(parts, plan)).verdict, { result: 'inconclusive', reasons: [/healed before that was/] })
})

t.test('a renewal that goes unanswered does not end it', async (t) => {
  const { parts, plan } = build({
    renew: async () => {
      throw new KopsError('agent_unreachable', 'silent')
    }
  })
  t.equal((await runDrill(parts, plan)).verdict.result, 'pass')
})

t.test('cancelled in the middle of its fault, it heals, deletes its topic, and reports that', async (t) => {
  const { parts, plan, abort, calls, statuses } = build()
  const onEvent = (event: string) => {
    if (event === 'node-unreachable') abort.abort(new Error('Cancelled on request'))
  }
  const end = await runDrill(parts, { ...plan, onEvent })
  t.match(end, { status: 'aborted', failure: 'Cancelled on request', verdict: { result: 'aborted' } })
  t.same(calls, ['create kops-drill-d', 'inject stop', 'heal', 'delete kops-drill-d'])
  t.same(statuses, ['healing'])
})

const never = () => new Promise<never>(() => {})
/** Moments at which a drill is aborted: an event of its timeline, or a deed that does not end by itself. */
const aborts: { during: string; at: string; world?: World; heals: number; statuses: string[] }[] = [
  { during: 'its preparation', at: 'topic-created', heals: 0, statuses: [] },
  { during: 'its first writes', at: 'workload-acknowledged', heals: 0, statuses: [] },
  { during: 'the last moment before its fault', at: 'fault-injecting', heals: 0, statuses: [] },
  { during: 'the injection', at: 'inject', heals: 1, statuses: ['healing'] },
  { during: 'its fault, before it shows', at: 'fault-injected', heals: 1, statuses: ['healing'] },
  { during: 'its fault', at: 'leaders-moved', heals: 1, statuses: ['healing'] },
  { during: 'its healing', at: 'healing', heals: 1, statuses: ['healing'] },
  { during: 'its recovery', at: 'healed', world: { replicasComeBack: false }, heals: 1, statuses: ['healing'] },
  { during: 'its last writes', at: 'stop', heals: 1, statuses: ['healing'] },
  { during: 'its verification', at: 'read', heals: 1, statuses: ['healing', 'verifying'] }
]
for (const { during, at, world, heals, statuses } of aborts) {
  t.test(`aborted during ${during}, it heals at once and waits for nothing else`, async (t) => {
    const abort = new AbortController()
    const reached = (moment: string) => {
      if (moment === at) abort.abort(new Error('Cancelled on request'))
    }
    /** Ends at the signal only, if it is this that the drill is aborted in. */
    const endlessly = async (deed: string, signal?: AbortSignal) => {
      if (deed !== at) return
      reached(deed)
      await (signal ? abortable(never(), signal) : never())
    }
    const built = build({ ...world, inject: () => endlessly('inject') })
    let abandoned = false
    const participant: CreateParticipant = () => ({
      ...{ name: 'other', start: async () => {} },
      stop: () => endlessly('stop'),
      async abandon() {
        abandoned = true
      }
    })
    const { readTopic } = built.parts.independentReader
    const parts: DrillParts = {
      ...built.parts,
      participants: [participant],
      independentReader: {
        async readTopic(topic, options) {
          await endlessly('read', options.signal)
          return readTopic(topic, options)
        }
      }
    }
    const end = await runDrill(parts, { ...built.plan, signal: abort.signal, onEvent: reached })
    t.match(end, { status: 'aborted', failure: 'Cancelled on request', verdict: { result: 'aborted' } })
    t.equal(built.calls.filter((call) => call === 'heal').length, heals)
    t.equal(built.calls.at(-1), 'delete kops-drill-d')
    t.same(built.statuses, statuses)
    t.ok(abandoned)
  })
}

t.test('aborted while one of two faults is in place, it heals that one and cancels the other', async (t) => {
  let injections = 0
  const { parts, plan, abort, calls } = build({
    async inject() {
      injections += 1
      if (injections < 2) return
      abort.abort(new Error('Cancelled on request'))
      await never()
    }
  })
  const [stage] = plan.stages
  if (!stage) throw new Error('no stage')
  const faults = ['kafka-1', 'kafka-2'].map((node) => ({ by: 'agent', kind: 'stop', node }) as const)
  const end = await runDrill(parts, { ...plan, stages: [{ ...stage, faults }] })
  t.equal(end.status, 'aborted')
  const deeds = ['inject stop', 'inject stop', 'heal', 'heal']
  t.same(calls, ['create kops-drill-d', ...deeds, 'delete kops-drill-d'])
})

t.test('a fault that cannot be injected leaves nothing behind', async (t) => {
  const { parts, plan, calls } = build({
    inject: async () => {
      throw new KopsError('fault_conflict', 'kafka-1 is held')
    }
  })
  const end = await runDrill(parts, plan)
  t.match(end, { status: 'failed', failure: 'kafka-1 is held', verdict: { result: 'inconclusive' } })
  t.same(calls, ['create kops-drill-d', 'inject stop', 'delete kops-drill-d'])
})

t.test("healing that fails at first is waited for: it is the agent's to try again", async (t) => {
  const { parts, plan, events } = build({
    heal: async () => {
      throw new KopsError('runtime_failed', 'the port is taken')
    }
  })
  t.equal((await runDrill(parts, plan)).verdict.result, 'pass')
  t.ok(events.includes('healed'))
})

function textOf(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes).toString()
}

t.test('stages follow one another, each healed before the next', async (t) => {
  const { parts, plan, calls, record } = build()
  const [stage] = plan.stages
  if (!stage) throw new Error('no stage')
  const end = await runDrill(parts, { ...plan, stages: [stage, { ...stage, name: 'again' }] })
  t.same(calls, ['create kops-drill-d', 'inject stop', 'heal', 'inject stop', 'heal', 'delete kops-drill-d'])
  t.same(
    record.evidence?.map(({ stage }) => stage),
    ['kafka-1', 'again']
  )
  t.equal(end.status, 'completed', end.failure ?? '')
})

t.test('participants start and end in order, and add to the record', async (t) => {
  const steps: string[] = []
  const participant = (name: string, start = async () => {}): CreateParticipant => {
    return () => ({
      name,
      async start() {
        steps.push(`start ${name}`)
        await start()
      },
      stop: async () => void steps.push(`stop ${name}`),
      abandon: async () => void steps.push(`abandon ${name}`),
      report: ({ injectedAtMs }) => ({ record: injectedAtMs === null ? {} : { node: name } })
    })
  }
  const one = build()
  await runDrill({ ...one.parts, participants: [participant('a'), participant('b')] }, one.plan)
  t.same(steps, ['start a', 'start b', 'stop a', 'stop b', 'abandon a', 'abandon b'])
  t.equal(one.record.node, 'b')
  steps.length = 0
  const other = build()
  const fails = async () => {
    throw new Error('no group')
  }
  const end = await runDrill({ ...other.parts, participants: [participant('a', fails), participant('b')] }, other.plan)
  t.match(end, { status: 'failed', failure: 'no group' })
  t.same(steps, ['start a', 'abandon a', 'abandon b'])
  t.notOk(other.calls.includes('inject stop'))
})

const transactions: {
  end: WriterTransaction['end']
  isVisible: boolean
  result: string
  counts: object
  findings: object[]
}[] = [
  { end: 'aborted', isVisible: false, result: 'pass', counts: { indeterminate: 1 }, findings: [] },
  {
    ...{ end: 'aborted', isVisible: true, result: 'fail', counts: { indeterminatePresent: 1 } },
    findings: [{ class: 'abortedRead', severity: 'failure', count: 1 }]
  },
  { end: 'committed', isVisible: true, result: 'pass', counts: { ackedLost: 0, reordered: 0 }, findings: [] },
  {
    ...{ end: 'committed', isVisible: false, result: 'fail', counts: { ackedLost: 1 } },
    findings: [{ class: 'ackedLost', severity: 'failure', count: 1 }]
  }
]
for (const { end, isVisible, result, counts, findings } of transactions) {
  t.test(`a record of a participant's ${end} transaction that ${isVisible ? 'is' : 'is not'} read`, async (t) => {
    // Behind the first record of the writers, which come after it.
    const place = { partition: 0, offset: 1 }
    const value = encodeRecord({ producer: 'd', partition: 0, sequence: firstOfTransaction })
    const moved = (log: StoredRecord[]) =>
      log.map((each) => (each.partition === 0 && each.offset > 0 ? { ...each, offset: each.offset + 1 } : each))
    const { parts, plan } = build({
      tamper: (log) => [...moved(log), ...(isVisible ? [{ ...place, key: null, value }] : [])]
    })
    const createProducer: typeof parts.createProducer = (topic, onOutcome, settings) =>
      parts.createProducer(
        topic,
        (batch) => {
          const isBehind = batch.partition === 0 && batch.baseOffset !== null && batch.baseOffset > 0
          onOutcome(isBehind ? { ...batch, baseOffset: (batch.baseOffset ?? 0) + 1 } : batch)
        },
        settings
      )
    const participant: CreateParticipant = () => ({
      ...{ name: 'transaction', start: async () => {}, stop: async () => {}, abandon: async () => {} },
      outcomes: [
        {
          ...{ ...place, sequence: firstOfTransaction, status: 'acknowledged', transaction: { number: 1, end } },
          ...{ endedAtMs: 0, errorAtMs: null, broker: 1 }
        }
      ]
    })
    const { verdict } = await runDrill({ ...parts, createProducer, participants: [participant] }, plan)
    t.equal(verdict.result, result, verdict.reasons.join('; '))
    t.match(verdict.counts, counts)
    t.match(
      verdict.findings?.filter(({ severity }) => severity === 'failure'),
      findings
    )
  })
}

t.test('a fault comes from the source of its sort, and a drill without one does nothing', async (t) => {
  const injected: string[] = []
  const { parts, plan, calls } = build()
  const [stage] = plan.stages
  if (!stage) throw new Error('no stage')
  const members = [{ ...stage, faults: [{ by: 'members', kind: 'kill', members: 1 } as const] }]
  const without = await runDrill(parts, { ...plan, stages: members })
  t.match(without, { status: 'failed', failure: /nobody to inject/ })
  const idle = { start: async () => {}, stop: async () => {}, abandon: async () => {} }
  const source = faultSource('members', ({ kind, members }) => {
    injected.push(`${kind} ${members}`)
    const heal = async () => void injected.push('heal')
    return { id: 'm', placed: Promise.resolve(), lost: new AbortController().signal, heal }
  })
  await runDrill(
    { ...parts, participants: [() => ({ name: 'group', ...idle, faults: source })] },
    { ...plan, stages: members }
  )
  t.same(injected, ['kill 1', 'heal'])
  t.notOk(calls.includes('inject stop'))
})

t.test('a fault that its node does not show makes it inconclusive, whatever the brokers do', async (t) => {
  const { parts, plan } = build({ proof: () => ({ holds: false, evidence: 'kafka-1 is running' }) })
  t.match((await runDrill(parts, plan)).verdict, {
    result: 'inconclusive',
    reasons: [/did not hold: kafka-1 is running/]
  })
})

t.test('a condition that holds aborts it, and heals at once', async (t) => {
  const { parts, plan, calls, events } = build()
  const offline = { partition: 0, leader: null, leaderEpoch: 1, replicas: [1], isr: [], offlineReplicas: [] }
  const reader = {
    ...parts.reader,
    async metadata() {
      const partitions = calls.includes('inject stop') ? [offline] : []
      const topics = [{ name: 'x', internal: false, partitions }]
      return { value: { clusterId: 'c', controllerId: 1, brokers: [], topics }, warnings: [] }
    }
  }
  const end = await runDrill({ ...parts, reader }, { ...plan, abortWhen: { offlinePartitions: 0 } })
  t.match(end, { status: 'aborted', failure: /offlinePartitions: 1/, verdict: { result: 'aborted' } })
  t.same(calls, ['create kops-drill-d', 'inject stop', 'heal', 'delete kops-drill-d'])
  t.ok(events.includes('healed'))
})

/** A topic that others use: it ends at 100 in each partition before the drill, and a record of somebody follows each of the drill. */
function shared(world: World & { deletedBefore?: number } = {}) {
  const built = build(world)
  const { parts, plan } = built
  const whole = { partition: 0, leader: 1, leaderEpoch: 1, replicas: [1, 2, 3], isr: [1, 2, 3], offlineReplicas: [] }
  const topics = [
    {
      ...{ name: 'orders', internal: false },
      partitions: Array.from({ length: partitions }, (_, partition) => ({ ...whole, partition }))
    }
  ]
  const asked: (ReadonlyMap<number, number> | undefined)[] = []
  const transactionalIds: string[] = []
  let readings = 0
  const started: DrillParts = {
    ...parts,
    reader: {
      ...parts.reader,
      metadata: async () => ({ value: { clusterId: 'c', controllerId: 1, brokers: [], topics }, warnings: [] }),
      async offsets() {
        readings += 1
        const logStartOffset = readings === 1 ? 0 : (world.deletedBefore ?? 0)
        const value = topics.flatMap((topic) =>
          topic.partitions.map(({ partition }) => ({
            ...{ topic: 'orders', partition, logStartOffset, logEndOffset: 100 }
          }))
        )
        return { value, warnings: [] }
      },
      view: async (endpoint, options) => {
        const view = await parts.reader.view(endpoint, options)
        if (!view.reachable) return view
        const named = view.metadata.topics.map((topic) => ({ ...topic, name: 'orders' }))
        return { ...view, metadata: { ...view.metadata, topics: named } }
      }
    },
    createProducer(of, onOutcome, settings) {
      transactionalIds.push(of.transactionalId)
      return parts.createProducer(of, onOutcome, settings)
    },
    independentReader: {
      async readTopic(topic, options) {
        asked.push(options.from)
        const reading = await parts.independentReader.readTopic(topic, {
          ...options,
          onRecord(record) {
            if (record.offset >= (world.deletedBefore ?? 0)) options.onRecord(record)
          }
        })
        for (let offset = 1_000_000; offset < 1_000_005; offset += 1) {
          options.onRecord({ partition: 0, offset, key: 'k', value: 'of somebody' })
        }
        return reading
      }
    }
  }
  const topic = { ...plan.topic, name: 'orders', isShared: true }
  return { ...built, parts: started, plan: { ...plan, topic }, asked, transactionalIds }
}

t.test(
  'on a topic of others, a drill reads from where that ended, counts its own records, and leaves it',
  async (t) => {
    const { parts, plan, calls, events, asked, transactionalIds } = shared()
    const end = await runDrill(parts, plan)
    t.equal(end.verdict.result, 'pass', end.verdict.reasons.join('; '))
    const { acknowledged, read } = end.verdict.counts
    t.equal(read, acknowledged)
    t.ok(acknowledged > 100)
    t.same(calls, ['inject stop', 'heal'], 'it neither creates nor deletes a topic')
    t.ok(events.includes('topic-shared') && !events.includes('topic-created') && !events.includes('topic-deleted'))
    const ends = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 100]))
    t.same(asked, [ends, ends])
    t.same(transactionalIds, ['kops-drill-d'], 'another producer may be named like the topic')
  }
)

t.test(
  'on a topic of others, what retention deletes before it is read is not lost, and nobody vouches for it',
  async (t) => {
    const { parts, plan } = shared({ deletedBefore: 5 })
    const { verdict } = await runDrill(parts, plan)
    t.match(verdict, { result: 'inconclusive', counts: { ackedLost: 0, unseen: 5 * partitions } })
    t.match(verdict.findings, [{ class: 'deleted', severity: 'doubt', count: 5 * partitions }])
  }
)

t.test('on a topic of others, a record that is missing makes it fail', async (t) => {
  const { parts, plan } = shared({ tamper: (log) => log.filter((_, index) => index !== 17) })
  t.match((await runDrill(parts, plan)).verdict, { result: 'fail', counts: { ackedLost: 1 } })
})

import t from 'tap'
import type { StageFault } from '#services/load-test/domain/drills/fault-sources.ts'
import { readersHeld, transactionOf } from '#services/load-test/domain/drills/hanging/participant.ts'
import { drillKinds } from '#services/load-test/domain/drills/kinds.ts'
import type { ParticipantContext } from '#services/load-test/domain/drills/participants.ts'
import { promised } from '#services/load-test/domain/drills/records/outcomes.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { TransactionEnd } from '#shared/kafka/producing/port.ts'
import { manualClock } from '../../../../../manual-clock.ts'
import { fakeProducer } from '../../../fakes.ts'

interface World {
  request?: Partial<StartDrill>
  /** What the coordinator answers to the end. */
  end?: () => TransactionEnd['status']
  /** The records are refused. */
  refuses?: boolean
  /** Leaders show nothing of the transaction. */
  injectsNothing?: boolean
}

/** Brokers in memory: 6 partitions that others write to, and a transaction that its coordinator aborts after its timeout. */
function build({ request = {}, end = () => 'committed', refuses = false, injectsNothing = false }: World = {}) {
  const clock = manualClock()
  const calls: string[] = []
  const events: string[] = []
  const [stage] = drillKinds['hanging-transaction'].stages(
    { nodes: ['kafka-1'], brokers: [], detail: '' },
    { kind: 'hanging-transaction', faultDurationMs: 20_000, ...request }
  )
  if (!stage) throw new Error('no stage')
  const [fault] = stage.faults
  if (fault?.by !== 'transaction') throw new Error('no transaction')
  let begunAtMs: number | undefined
  let endedAtMs: number | undefined
  const highWatermark = () => 10 + Math.floor(clock.monotonicMs() / 10)
  let firstOffset = 0
  const isOpen = () => {
    if (begunAtMs === undefined || endedAtMs !== undefined) return false
    if (clock.monotonicMs() - begunAtMs > fault.timeoutMs + 3000) endedAtMs = clock.monotonicMs()
    return endedAtMs === undefined
  }
  const finish = (what: string) => async (): Promise<TransactionEnd> => {
    calls.push(what)
    if (!isOpen()) throw new KopsError('kafka_refused', 'fenced', { kafkaError: 'PRODUCER_FENCED' })
    const status = end()
    if (status !== 'indeterminate') endedAtMs = clock.monotonicMs()
    return { status, code: status === 'indeterminate' ? 'NETWORK_EXCEPTION' : undefined, askedAt: 0, endedAt: 0 }
  }
  const create = transactionOf({
    admit: async () => void calls.push('admit'),
    abortTransactions: async ([id]) => void calls.push(`abort ${id}`),
    createProducer(topic, { transactionalId, transactionTimeoutMs }, onOutcome) {
      calls.push(`${topic} ${transactionalId} ${transactionTimeoutMs}`)
      const outcomeOf = () => ({ status: 'failed', code: 'NOT_ENOUGH_REPLICAS' }) as const
      const producer = fakeProducer({
        onOutcome: ({ baseOffset, ...batch }) =>
          onOutcome({ ...batch, baseOffset: baseOffset === null ? null : firstOffset + baseOffset }),
        partitions: 6,
        ...(refuses ? { outcomeOf } : {})
      })
      return {
        ...producer,
        async begin() {
          begunAtMs = clock.monotonicMs()
          firstOffset = highWatermark()
        },
        commit: finish('commit'),
        abort: finish('abort'),
        close: async () => void calls.push('close')
      }
    },
    reader: {
      async readable() {
        const high = highWatermark()
        return Array.from({ length: 6 }, (_, partition) => {
          const isHeld = isOpen() && partition < 3 && !injectsNothing
          return { partition, highWatermark: high, lastStableOffset: isHeld ? firstOffset : high }
        })
      },
      state: async () => (isOpen() ? 'Ongoing' : 'CompleteCommit')
    }
  })
  const plan = { id: 'd', topic: { name: 'kops-drill-d' }, stages: [stage] }
  const context = { parts: { clock }, plan, onEvent: (event: string) => events.push(event) }
  const participant = create(context as unknown as ParticipantContext)
  if (!participant) throw new Error('no participant')
  const { signal } = new AbortController()

  /** Runs the stage as drills do. */
  async function run() {
    await participant?.start(signal)
    await participant?.steady?.(signal)
    const injectedAtMs = clock.monotonicMs()
    const held = participant?.faults?.inject(fault as StageFault)
    await held?.placed
    await clock.sleep(0)
    for (const until = injectedAtMs + 20_000; clock.monotonicMs() < until; ) await clock.sleep(100)
    const healedAtMs = clock.monotonicMs()
    await held?.heal(1000)
    for (let time = 0; time < 20; time += 1) await clock.sleep(100)
    return { injectedAtMs, healedAtMs }
  }
  return { participant, run, calls, events, clock, signal, fault, isOpen }
}

function windowOf(world: ReturnType<typeof build>, times: { injectedAtMs: number; healedAtMs: number }) {
  return { ...times, participants: [world.participant] } as unknown as Parameters<typeof readersHeld.evidence>[0]
}

t.test('a drill without such a stage has no transaction', async (t) => {
  const create = transactionOf({} as unknown as Parameters<typeof transactionOf>[0])
  t.equal(create({ plan: { stages: [] } } as unknown as ParticipantContext), undefined)
})

t.test('readers wait behind the transaction until its producer commits it', async (t) => {
  const world = build()
  const times = await world.run()
  t.same(world.calls.slice(0, 2), ['kops-drill-d kops-drill-d-hanging 30000', 'admit'])
  t.match(readersHeld.evidence(windowOf(world, times)), { confirmed: true, detail: /of 3 partition.*in 3 of 3 other/ })
  t.ok(readersHeld.recovered(windowOf(world, times)))
  t.same(world.events, ['transaction-open', 'transaction-committed'])
  await world.participant.abandon()
  t.same(world.calls.slice(2), ['commit', 'close'], 'nothing is left to abort')
  const { record, findings } = world.participant.report?.(times) ?? {}
  t.same(findings, [])
  t.match(record?.transaction, { end: 'committed', endedBy: 'producer', records: 30, states: ['Ongoing', /Complete/] })
  t.equal(record?.transaction?.partitions.length, 3)
  const outcomes = world.participant.outcomes ?? []
  t.equal(outcomes.length, 30)
  t.ok(
    outcomes.every((outcome) => promised(outcome).status === 'acknowledged'),
    'each has to be there'
  )
})

t.test('its records are not promised once its coordinator has aborted it', async (t) => {
  const world = build({ request: { transaction: { timeoutMs: 4000 } } })
  const times = await world.run()
  t.match(readersHeld.evidence(windowOf(world, times)), { confirmed: true, detail: /stood still until [78]\.\d s/ })
  t.same(world.events, ['transaction-open', 'transaction-aborted'])
  await world.participant.abandon()
  t.match(world.participant.report?.(times).record?.transaction, { end: 'aborted', endedBy: 'coordinator' })
  const outcomes = world.participant.outcomes ?? []
  t.ok(outcomes.every((outcome) => promised(outcome).status === 'indeterminate'))
})

t.test('an abort is asked for where the request says so', async (t) => {
  const world = build({ request: { transaction: { end: 'abort' } }, end: () => 'aborted' })
  const times = await world.run()
  await world.participant.abandon()
  t.ok(world.calls.includes('abort'))
  t.match(world.participant.report?.(times).record?.transaction, { end: 'aborted', endedBy: 'producer' })
})

t.test('a transaction whose end has no answer is ended by its id, and nobody vouches for it', async (t) => {
  const world = build({ end: () => 'indeterminate' })
  await t.rejects(world.run(), { code: 'coordinator_unavailable' })
  await world.participant.abandon()
  await world.participant.abandon()
  t.same(world.calls.slice(2), ['commit', 'close', 'abort kops-drill-d-hanging'])
  const { findings } = world.participant.report?.({ injectedAtMs: 0, healedAtMs: 20_000 }) ?? {}
  t.match(findings, [{ class: 'endUnknown', severity: 'doubt' }])
})

t.test('records that are refused end the drill, and what was begun is aborted', async (t) => {
  const world = build({ refuses: true })
  await t.rejects(world.run(), { message: /30 record\(s\) of the transaction were not acknowledged/ })
  await world.participant.abandon()
  t.same(world.calls.slice(2), ['close', 'abort kops-drill-d-hanging'])
  t.same(world.participant.report?.({ injectedAtMs: 0, healedAtMs: null }), {})
})

t.test('an injector that leaves nothing open is found out', async (t) => {
  const world = build({ injectsNothing: true })
  const times = await world.run()
  await world.participant.abandon()
  t.match(readersHeld.evidence(windowOf(world, times)), { confirmed: false, detail: /did not stand still/ })
  t.equal(readersHeld.shownAt(windowOf(world, times)), undefined)
})

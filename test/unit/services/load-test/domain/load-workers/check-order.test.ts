import t from 'tap'
import { checkOrder } from '#services/load-test/domain/load-workers/check-order.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import { orderOf } from './simulated-crew.ts'

const reserved = createReservedTopics({ auditTopic: 'audit-logs' })
const limits = { maxPerSecond: 1000, maxRecords: 10_000, maxSeconds: 100, maxBytes: 1e6 }
const order = orderOf({ workers: 2, records: 5000, rate: { kind: 'constant', perSecond: 500 } })

t.test('a worker carries out what is within its own limits', async () => {
  checkOrder(order, { limits, reserved })
})

t.test('its own limits hold, whatever those of load-test-service are', async (t) => {
  const cases = [
    { less: { maxPerSecond: 499 }, field: 'rate.perSecond' },
    { less: { maxRecords: 4999 }, field: 'records' },
    { less: { maxSeconds: 9 }, field: 'records' },
    { less: { maxBytes: 10 }, field: 'records' }
  ]
  for (const { less, field } of cases) {
    t.throws(() => checkOrder(order, { limits: { ...limits, ...less }, reserved }), { errors: [{ field }] }, field)
  }
})

t.test('a closed rate is refused unless what stops it is within its limits', async (t) => {
  const closed = { ...order.workload, rate: { kind: 'closed' }, records: null, durationSeconds: 10 } as const
  const cap = { records: 500, because: 'KOPS_LOAD_MAX_RECORDS' }
  checkOrder({ ...order, workload: { ...closed, cap } }, { limits, reserved })
  for (const more of [{}, { cap: { ...cap, records: 20_000 } }]) {
    const workload = { ...closed, ...more }
    t.throws(() => checkOrder({ ...order, workload }, { limits, reserved }), { errors: [{ field: 'records' }] })
  }
})

t.test('it writes to no topic of kops or Kafka, and to no other one than the workload names', async (t) => {
  for (const topic of ['audit-logs', '__consumer_offsets', 'kops-workers', 'kops-workers-talk', 'kops-probe']) {
    t.throws(() => checkOrder({ ...order, topic }, { limits, reserved }), { code: 'topic_protected' }, topic)
  }
  t.throws(() => checkOrder({ ...order, topic: 'orders' }, { limits, reserved }), { errors: [{ field: 'topic.name' }] })
})

t.test('a workload of another version is refused', async (t) => {
  const workload = { ...order.workload, somethingNew: true }
  t.throws(() => checkOrder({ ...order, workload }, { limits, reserved }), { message: /run the same version/ })
})

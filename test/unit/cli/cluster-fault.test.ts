import t from 'tap'
import { faultParameters, reachTable } from '#cli/commands/cluster-fault.ts'

t.test('options become the parameters of the kind that they are for', async (t) => {
  t.same(faultParameters({}), {})
  t.same(faultParameters({ from: ['brokers', 'clients'] }), {
    cut: { from: ['brokers', 'clients'], direction: 'both' }
  })
  t.same(faultParameters({ from: ['metadata'], direction: 'incoming' }), {
    cut: { from: ['metadata'], direction: 'incoming' }
  })
  t.same(faultParameters({ rate: 1000 }), { slow: { bytesPerSecond: 1000 } })
  t.same(faultParameters({ loss: 2.5, delay: 20 }), { slow: { lossPercent: 2.5, delayMs: 20 } })
})

t.test('options of two kinds are passed on for the agent to refuse', async (t) => {
  t.same(Object.keys(faultParameters({ direction: 'both', rate: 1000 })), ['cut', 'slow'])
})

t.test('the table has a row for each node that tried, and a reason where none could', async (t) => {
  const text = reachTable({
    asOf: '2026-01-31T12:00:00.000Z',
    from: [
      { node: 'kafka-1', to: [{ node: 'kafka-2', service: 'broker', reachable: false }] },
      { node: 'kafka-2', to: [{ node: 'kafka-1', service: 'broker', reachable: true }] },
      { node: 'zookeeper-1', to: [], detail: 'no shell' }
    ]
  })
  const rows = text.split('\n').map((line) => line.trim().split(/\s{2,}/))
  t.same(rows, [
    ['FROM', 'kafka-1 broker', 'kafka-2 broker'],
    ['kafka-1', 'no'],
    ['kafka-2', 'yes'],
    ['zookeeper-1', 'no shell']
  ])
})

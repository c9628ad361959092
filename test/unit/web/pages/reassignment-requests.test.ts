import t from 'tap'
import { byteRate as byteRateOfCli } from '#cli/options.ts'
import {
  balanceRequest,
  byteRate,
  cancelQuery,
  copiedShare,
  drainRequest,
  factorRequest,
  moveState,
  refillRequest
} from '../../../../web/pages/reassignment-requests.ts'

const form = (fields: Record<string, string>) => (name: string) => fields[name] ?? ''

t.test('a throttle is what --throttle takes', async (t) => {
  for (const text of ['10MB', '64MiB', '1000000', '1.5 MB/s', '10k', '1GB']) {
    t.equal(byteRate(text), byteRateOfCli(text), text)
  }
  for (const text of ['', 'x', '0', '-1', '10 TB']) {
    t.equal(byteRate(text), undefined, text)
    t.throws(() => byteRateOfCli(text), text)
  }
})

t.test('forms become requests, or say what is wrong', async (t) => {
  t.same(drainRequest(form({ broker: '2' })), {
    asked: { params: { brokerId: 2 }, query: {}, body: { mode: 'replicas' } }
  })
  t.same(
    drainRequest(
      form({ broker: 'kafka-2', mode: 'possible', topics: 'a, b', throttle: '10MB', force: 'yes', reason: 'old' })
    ),
    {
      asked: {
        ...{ params: { brokerId: 2 }, query: {} },
        body: { mode: 'possible', topics: ['a', 'b'], throttleBytesPerSec: 10_000_000, force: true, reason: 'old' }
      }
    }
  )
  t.same(refillRequest(form({ broker: '3', throttle: '1KiB' })), {
    asked: { params: { brokerId: 3 }, query: {}, body: { throttleBytesPerSec: 1024 } }
  })
  t.same(factorRequest(form({ topic: 'a', factor: '3', throttle: '5' })), {
    asked: { params: { topicName: 'a' }, query: { replicationFactor: 3, throttleBytesPerSec: 5 } }
  })
  t.same(balanceRequest(form({ brokers: '1, kafka-2 2', topics: 'a' })), {
    asked: { plan: { topics: ['a'], brokers: [1, 2] }, throttle: {} }
  })
  t.match(drainRequest(form({ broker: 'all' })), { message: /broker/ })
  t.match(drainRequest(form({ broker: '1', force: 'yes' })), { message: /reason/ })
  t.match(refillRequest(form({ broker: '1', throttle: 'fast' })), { message: /throttle/ })
  t.match(factorRequest(form({ factor: '3' })), { message: /topic/ })
  t.match(factorRequest(form({ topic: 'a', factor: '0' })), { message: /replicas/ })
  t.match(balanceRequest(form({ brokers: '1 x' })), { message: /brokers/ })
})

t.test('the address names the moves to cancel', async (t) => {
  const of = (search: string) => cancelQuery(new URLSearchParams(search))
  t.same(of(''), {})
  t.same(of('partition=1'), {}, 'a partition needs its topic')
  t.same(of('topic=a'), { topic: 'a' })
  t.same(of('topic=a&partition=0'), { topic: 'a', partition: 0 })
})

t.test('a move has its trouble as its state', async (t) => {
  const state = (more: object) => moveState({ waitsFor: [], etaSeconds: 61, ...more }).word
  t.equal(state({}), '1 min 1 s left')
  t.equal(state({ etaSeconds: null }), 'moving')
  t.equal(state({ waitsFor: [3], bytesPerSecReason: 'stalled' }), 'waits for kafka-3')
  t.equal(state({ bytesPerSecReason: 'stalled', etaSeconds: null }), 'stalled')
  t.equal(state({ etaReason: 'falling_behind', etaSeconds: null }), 'falls behind the writes')
  t.equal(copiedShare({ copiedBytes: 0, totalBytes: 0 }), 1)
  t.equal(copiedShare({ copiedBytes: 3, totalBytes: 2 }), 1)
  t.equal(copiedShare({ copiedBytes: null, totalBytes: 2 }), undefined)
})

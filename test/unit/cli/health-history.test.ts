import t from 'tap'
import { fakeServices, kops } from './kops.ts'

const at = (minute: number) => `2026-01-31T12:0${minute}:00Z`
const history = {
  ...{ metric: 'broker_handler_idle', unit: 'ratio', from: at(0), to: at(2), stepSeconds: 60 },
  times: [at(0), at(1), at(2)],
  series: [
    { labels: { broker: 'kafka-1' }, values: [0.5, null, 1] },
    { labels: { broker: 'kafka-2' }, values: [0.25, 0.75, 12_000] }
  ],
  ...{ asOf: at(2), warnings: [] }
}
const counts = { samples: 9, sent: 9, open: 0, acknowledged: 9, returned: 9, lost: 0, late: 0, forgotten: 0 }
const broker = {
  ...{ broker: 'kafka-1', id: 1, partition: 0, leader: 'kafka-1', up: true, lastLatencyMs: 3.4, p50Ms: 3, p99Ms: 12 },
  ...{ ...counts, notAccepted: 0, notAcceptedReasons: [], pending: 0, lastError: null, asOf: at(2) }
}
const probe = {
  ...{ enabled: true, topic: 'kops-probe', intervalMs: 5000, lossAfterMs: 20_000, windowMs: 300_000 },
  ...{ brokers: [broker, { ...broker, broker: 'kafka-2', id: 2, up: null, p99Ms: null }], warnings: [], asOf: at(2) }
}

t.test('health history has a row for each time and a column for each series, as many as a person reads', async (t) => {
  const { options, received } = await fakeServices(t, () => ({ body: history }))
  const show = (...more: string[]) => kops([...options, 'health', 'history', 'broker_handler_idle', ...more])
  const { code, stdout } = await show('--from', '2026-01-31T11:00:00Z', '--to', '2026-01-31T12:00:00Z')
  t.equal(code, 0)
  t.match(stdout, /^TIME \(ratio\) +kafka-1 +kafka-2\n2026-01-31T12:00:00Z +0\.50 +0\.25\n.* +- +0\.75\n.* +1 +12k$/)
  t.match(received.splice(0), [{ query: { metric: 'broker_handler_idle', step: '190' } }])
  await show('--broker', 'kafka-1', '--step', '5m')
  t.match(received.splice(0), [{ query: { broker: 'kafka-1', step: '300' } }])
  t.same(JSON.parse((await show('--json')).stdout), history)
  t.notOk('step' in (received[0]?.query ?? {}), 'a program gets the points that the service chooses')
  t.match(await kops(['health', 'history', 'nonsense']), { code: 2, stderr: /score/ })
})

t.test('health probe shows each broker', async (t) => {
  const { options } = await fakeServices(t, () => ({ body: probe }))
  const { code, stdout } = await kops([...options, 'health', 'probe'])
  t.equal(code, 0)
  t.match(stdout, /^kafka-1 +yes +3\.40 +3\.00 +12\.0 +9 +0 +0$/m)
  t.match(stdout, /^kafka-2 +\? +3\.40 +3\.00 +- /m)
})

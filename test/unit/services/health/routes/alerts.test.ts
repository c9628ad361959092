import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import type { Alertmanager } from '#shared/alertmanager/port.ts'
import { AlertListSchema, AlertReceiptSchema } from '#shared/contracts/alerts.ts'
import { ClusterHealthSchema } from '#shared/contracts/health.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { createFakeClock } from '../fake-clock.ts'
import { plainCluster, plainParts } from '../plain-cluster.ts'

/** The payload of Alertmanager 0.28, with a field beyond the documented version 4. */
const notification = {
  version: '4',
  groupKey: '{}:{alertname="KafkaBrokersUnhealthy", cluster="c1"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'health-service',
  groupLabels: { alertname: 'KafkaBrokersUnhealthy', cluster: 'c1' },
  commonLabels: { alertname: 'KafkaBrokersUnhealthy', cluster: 'c1', severity: 'critical' },
  commonAnnotations: { summary: 'Only 2 brokers of c1 are healthy' },
  externalURL: 'http://localhost:9095',
  addedLater: true,
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'KafkaBrokersUnhealthy', cluster: 'c1', severity: 'critical' },
      annotations: { summary: 'Only 2 brokers of c1 are healthy' },
      startsAt: '2026-01-31T00:00:00.123456789Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://localhost:9090/graph?g0.expr=1',
      fingerprint: '4c1b2f3a9d8e7f60'
    }
  ]
}

async function build(t: Test, env: Record<string, string> = {}, alertmanager?: Alertmanager) {
  const cluster = plainCluster()
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', ...env }), {
    ...plainParts(cluster),
    clock: createFakeClock(),
    ...(alertmanager && { alertmanager })
  })
  t.teardown(() => app.close())
  const post = (payload: object, headers = {}) =>
    app.inject({ method: 'POST', url: '/api/alerts/webhook', payload, headers })
  return { app, post }
}

t.test('the list has what Alertmanager sends', async (t) => {
  const { app, post } = await build(t)
  const before = (await app.inject('/api/alerts')).json()
  t.match(before, { alerts: [], asOf: null, warnings: [{ code: 'alerts_never_received' }] })
  const receipt = await post(notification)
  t.equal(receipt.statusCode, 200)
  t.ok(Value.Check(AlertReceiptSchema, receipt.json()))
  const list = (await app.inject('/api/alerts?status=firing&severity=critical')).json()
  t.ok(Value.Check(AlertListSchema, list))
  t.match(list, {
    alerts: [{ name: 'KafkaBrokersUnhealthy', fingerprint: '4c1b2f3a9d8e7f60', endsAt: null }],
    asOf: '2026-01-31T00:00:00.000Z',
    warnings: []
  })
})

t.test('an invalid version 4 notification is refused and changes nothing', async (t) => {
  const { app, post } = await build(t)
  const [alert] = notification.alerts
  const wrong: object[] = [
    {},
    { ...notification, version: '3' },
    { ...notification, alerts: [{ ...alert, fingerprint: '../x' }] },
    { ...notification, alerts: [{ ...alert, status: 'pending' }] },
    { ...notification, alerts: [{ ...alert, startsAt: 'yesterday' }] },
    { ...notification, alerts: [{ ...alert, labels: { alertname: { $ne: 1 } } }] },
    { ...notification, alerts: Array.from({ length: 1001 }, () => alert) }
  ]
  for (const payload of wrong) {
    const { statusCode, body } = await post(payload)
    t.match(String(statusCode), /^(400|413)$/, body.slice(0, 200))
  }
  t.equal((await app.inject('/api/alerts')).json().asOf, null)
})

t.test('where tokens are configured Alertmanager needs one for the webhook or an operator', async (t) => {
  const entry = (name: string, role: string) =>
    `${name}:${role}:sha256:${hashToken(`secret-of-${name}`).toString('hex')}`
  const { post } = await build(t, {
    KOPS_TOKENS: `${[entry('reader', 'reader'), entry('alertmanager', 'webhook'), entry('alice', 'operator')]}`
  })
  const as = (name: string) => ({ authorization: `Bearer secret-of-${name}` })
  t.equal((await post(notification)).statusCode, 401)
  t.equal((await post(notification, as('reader'))).statusCode, 403)
  for (const name of ['alertmanager', 'alice']) t.equal((await post(notification, as(name))).statusCode, 200, name)
})

const unused = async () => {
  throw new Error('health-service only reads')
}

t.test('health names the maintenance windows, and keeps its status', async (t) => {
  const window = { id: 's1', startsAt: '2026-01-31T00:00:00Z', createdBy: 'alice', comment: 'new heap size' }
  const { app } = await build(
    t,
    {},
    {
      alerts: async () => ({ alerts: [], startedAt: new Date(0) }),
      silences: async () => [{ ...window, state: 'active', endsAt: '2026-01-31T00:30:00Z', matchers: [] }],
      silence: unused,
      expire: unused,
      close: async () => {}
    }
  )
  await app.inject('/api/alerts')
  const health = (await app.inject('/api/health')).json()
  t.ok(Value.Check(ClusterHealthSchema, health))
  t.match(health, {
    status: 'HEALTHY',
    maintenance: [
      { id: 's1', until: '2026-01-31T00:30:00Z', by: 'alice', reason: 'new heap size', what: 'every alert' }
    ]
  })
})

t.test('health does not wait for an Alertmanager, and says that it cannot be read', async (t) => {
  const away = async () => {
    throw new KopsError('alertmanager_unreachable', 'http://am: no answer within 1500 ms')
  }
  const { app } = await build(
    t,
    {},
    { alerts: away, silences: away, silence: unused, expire: unused, close: async () => {} }
  )
  const list = (await app.inject('/api/alerts')).json()
  t.match(list, { alerts: [], asOf: null, warnings: [{}, { code: 'alertmanager_unreachable' }] })
  t.match((await app.inject('/api/health')).json(), {
    status: 'HEALTHY',
    maintenance: null,
    warnings: [{ code: 'alertmanager_unreachable' }]
  })
  const { app: without } = await build(t)
  t.match((await without.inject('/api/health')).json(), { maintenance: null, warnings: [] })
})

import t from 'tap'
import Value from 'typebox/value'
import { type DoctorReport, DoctorReportSchema } from '#shared/contracts/doctor.ts'
import { eventually } from '../support/eventually.ts'
import { testSecurity } from '../support/test-cluster.ts'
import { kops } from './kops.ts'

t.setTimeout(60_000)

async function report(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await kops(['doctor', '--json', ...args], '', env)
  t.equal(stderr, '')
  const found: unknown = JSON.parse(stdout)
  t.same(Value.Errors(DoctorReportSchema, found), [])
  const of = (id: string) => (found as DoctorReport).findings.filter((each) => each.id === id)
  return { code, of, ...(found as DoctorReport) }
}

t.test('a cluster that works has nothing unknown about it', async (t) => {
  // A busy machine may not answer in time.
  const { of, findings, durationMs } = await eventually(
    'everything answers',
    () => report(['--production']),
    ({ findings }) => !findings.some(({ found }) => found === 'there was no answer in time')
  )
  // Other tests use the cluster at the same time: groups may stop, and replicas may be catching up.
  for (const id of [
    ...['ports.nodes', 'versions.node', 'versions.java', 'versions.kafka', 'versions.zookeeper', 'cluster.nodes'],
    ...['cluster.brokers', 'cluster.controller', 'cluster.ensemble', 'connection.brokers'],
    ...['services.admin', 'services.health', 'services.load-test', 'configuration.files', 'configuration.secrets'],
    ...['production.ensemble', 'production.racks', 'production.alerting', 'production.broker.min.insync.replicas']
  ]) {
    t.ok(
      of(id).every(({ severity }) => severity === 'ok'),
      `${id}: ${JSON.stringify(of(id))}`
    )
  }
  // The probe may be new, and other tests may have made more topics than are looked at.
  const maybe = ['production.backup', 'connection.records', 'production.min-isr', 'production.retention']
  t.same(
    findings.filter(({ id, severity }) => severity === 'unknown' && !maybe.includes(id)),
    []
  )
  const encrypted = testSecurity === 'plaintext' ? 'error' : 'ok'
  t.match(of('production.encryption'), [{ severity: encrypted }])
  t.match(of('production.hosts'), [{ severity: 'warning', found: /1 host/ }])
  t.ok(durationMs < 6000, `${durationMs} ms`)
})

t.test('what differs from a cluster that works is found', async (t) => {
  const away = await report([], { KOPS_ADMIN_URL: 'http://127.0.0.1:1', KOPS_TOKN: 'x' })
  t.equal(away.code, 1)
  t.match(away.of('services.admin'), [{ severity: 'error', found: /refused/ }])
  t.ok(away.of('configuration.variables').some(({ advice }) => advice === 'Did you mean KOPS_TOKEN?'))
})

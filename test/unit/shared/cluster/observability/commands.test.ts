import t from 'tap'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import {
  alertmanagerCommand,
  localAlertmanagers,
  localTargets,
  prometheusCommand
} from '#shared/cluster/observability/index.ts'

const definition: ClusterDefinition = {
  id: 'a1b2c3',
  name: 'c1',
  runtime: 'local',
  ports: defaultPorts,
  heap: defaultHeap
}
const dirs = { configDir: '/state/observability', dataDir: '/state/data', webConfig: '/state/web.yml' }

t.test('both listen on loopback only', async (t) => {
  const found = { prometheus: '/bin/prometheus', alertmanager: '/bin/alertmanager' }
  t.ok(prometheusCommand(found, definition, dirs).args.includes('--web.listen-address=127.0.0.1:9090'))
  t.ok(alertmanagerCommand(found, definition, dirs).args.includes('--web.listen-address=127.0.0.1:9095'))
})

t.test('both let in only whom the set-up names', async (t) => {
  for (const { args } of [
    prometheusCommand({ prometheus: 'p' }, definition, dirs),
    alertmanagerCommand({ alertmanager: 'a' }, definition, dirs)
  ]) {
    t.ok(args.includes('--web.config.file=/state/web.yml'))
  }
})

t.test('Alertmanager opens no port for peers, which would be a broker’s', async (t) => {
  t.ok(alertmanagerCommand({ alertmanager: 'a' }, definition, dirs).args.includes('--cluster.listen-address='))
})

t.test('Prometheus offers no lifecycle API, and its API to its own pages only', async (t) => {
  const { args } = prometheusCommand({ prometheus: 'p' }, definition, dirs)
  t.notOk(args.includes('--web.enable-lifecycle'))
  const flag = args.find((arg) => arg.startsWith('--web.cors.origin=')) ?? ''
  const origins = new RegExp(`^(?:${flag.slice('--web.cors.origin='.length)})$`)
  t.match('http://localhost:9090', origins)
  for (const other of ['http://localhost:3000', 'http://localhost.example.com', 'https://localhost:9090', 'null']) {
    t.notMatch(other, origins, other)
  }
})

t.test('programs from unpacked packages get the paths of their files; installed ones do not', async (t) => {
  const unpacked = prometheusCommand({ prometheus: 'p', webAssets: '/cache/web' }, definition, dirs)
  t.ok(unpacked.args.includes('--web.local-assets=/cache/web'))
  t.equal(alertmanagerCommand({ alertmanager: 'a', workingDir: '/cache' }, definition, dirs).cwd, '/cache')
  const installed = prometheusCommand({ prometheus: 'p' }, definition, dirs)
  t.notOk(installed.args.some((arg) => arg.startsWith('--web.local-assets')))
  t.notOk('cwd' in alertmanagerCommand({ alertmanager: 'a' }, definition, dirs))
})

t.test('every broker and service is a target, labelled by its name', async (t) => {
  const groups = Object.values(localTargets(definition)).flat()
  t.same(
    groups.map(({ targets, labels }) => [labels['job'], labels['instance'], labels['node'], targets]),
    [
      ['kafka', 'kafka-1', 'kafka-1', ['127.0.0.1:7071']],
      ['kafka', 'kafka-2', 'kafka-2', ['127.0.0.1:7072']],
      ['kafka', 'kafka-3', 'kafka-3', ['127.0.0.1:7073']],
      ['admin-service', 'admin-service', undefined, ['127.0.0.1:8081']],
      ['health-service', 'health-service', undefined, ['127.0.0.1:8082']],
      ['load-test-service', 'load-test-service', undefined, ['127.0.0.1:8083']]
    ]
  )
  t.same(localAlertmanagers(definition)['alertmanager.json'], [{ targets: ['127.0.0.1:9095'], labels: {} }])
})

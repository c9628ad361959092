import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'

const file = new URL('../../../../../docker-compose.cluster.yml', import.meta.url)
const { services } = parse(await readFile(file, 'utf8'), { merge: true })

t.test('only its own pages read the API of Prometheus in a container', async (t) => {
  const flags: string[] = services.prometheus.command
  const settingOf = (flag: string) => flags.find((each) => each.startsWith(`${flag}=`))?.slice(flag.length + 1)
  t.match(settingOf('--web.cors.origin'), /^http:\/\/localhost:/)
  t.equal(settingOf('--web.cors.origin'), settingOf('--web.external-url'))
  t.notOk(flags.some((flag) => /enable-(lifecycle|admin-api)/.test(flag)))
})

t.test('Prometheus and Alertmanager ask for the login of set-up, and whoever calls them has it', async (t) => {
  const mounted = Object.fromEntries(
    Object.entries<{ volumes?: string[] }>(services).flatMap(([name, { volumes = [] }]) =>
      volumes
        .filter((volume) => volume.startsWith('${KOPS_MONITORING_ACCESS_DIR:-./prometheus/access}:'))
        .map((volume) => [name, volume.replace(/^[^}]*\}:|:ro$/g, '')])
    )
  )
  const elsewhere = '/etc/kops/access'
  t.same(mounted, {
    'admin-service': elsewhere,
    'health-service': elsewhere,
    'load-test-service': elsewhere,
    prometheus: '/etc/prometheus/access',
    alertmanager: elsewhere,
    grafana: elsewhere
  })
  for (const name of ['prometheus', 'alertmanager']) {
    t.ok(services[name].command.includes(`--web.config.file=${mounted[name]}/web.yml`), name)
  }
  for (const [name, owners] of [
    ['admin-service', ['ALERTMANAGER']],
    ['health-service', ['ALERTMANAGER', 'PROMETHEUS']],
    ['load-test-service', ['PROMETHEUS']]
  ] as const) {
    const { environment } = services[name]
    for (const owner of owners) {
      t.match(environment[`KOPS_${owner}_URL`], /^http:\/\/kops@/, name)
      t.equal(environment[`KOPS_${owner}_PASSWORD_FILE`], `${elsewhere}/password`, name)
    }
    t.equal(environment.KOPS_MONITORING_TOKENS_FILE, `${elsewhere}/tokens`, name)
  }
  const source = new URL('../../../../../grafana/provisioning/datasources/prometheus.yml', import.meta.url)
  const [datasource] = parse(await readFile(source, 'utf8')).datasources
  t.match(datasource, {
    basicAuth: true,
    basicAuthUser: 'kops',
    secureJsonData: { basicAuthPassword: `$__file{${elsewhere}/password}` }
  })
})

t.test('Kafka UI changes nothing unless that is asked for', async (t) => {
  const { environment } = services['kafka-ui']
  t.equal(environment.KAFKA_CLUSTERS_0_READONLY, '${KAFKA_UI_READ_ONLY:-true}')
  t.equal(environment.DYNAMIC_CONFIG_ENABLED, 'false')
})

t.test('the password of Grafana is a setting, and nobody gets in without one', async (t) => {
  const { environment } = services.grafana
  t.equal(environment.GF_SECURITY_ADMIN_PASSWORD, '${GRAFANA_PASSWORD:-admin}')
  t.notOk('GF_AUTH_ANONYMOUS_ENABLED' in environment)
  t.equal(environment.GF_USERS_ALLOW_SIGN_UP, 'false')
})

t.test('every web page in a container is published to this machine only', async (t) => {
  for (const name of ['prometheus', 'alertmanager', 'grafana', 'kafka-ui']) {
    for (const port of services[name].ports) t.match(port, /^127\.0\.0\.1:/, name)
  }
})

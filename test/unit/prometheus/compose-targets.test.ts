import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import { localTargets, type TargetGroup } from '#shared/cluster/observability/index.ts'
import { projectRoot } from './programs.ts'

const definition: ClusterDefinition = {
  id: 'a1b2c3',
  name: 'c1',
  runtime: 'compose',
  ports: defaultPorts,
  heap: defaultHeap
}

t.test('targets carry the same labels in containers as on this machine: rules and dashboards serve both', async (t) => {
  const folder = join(projectRoot, 'prometheus/targets-compose')
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
  const inContainers: TargetGroup[] = files.flatMap((text) => JSON.parse(text))
  const labels = (groups: TargetGroup[]) =>
    groups.map((group) => JSON.stringify(Object.entries(group.labels).sort())).sort()
  t.same(labels(inContainers), labels(Object.values(localTargets(definition)).flat()))
})

t.test('nobody who reaches Prometheus in a container can stop or reload it', async (t) => {
  const text = await readFile(join(projectRoot, 'docker-compose.cluster.yml'), 'utf8')
  const { services } = parse(text, { merge: true })
  t.notOk(services.prometheus.command.includes('--web.enable-lifecycle'))
})

t.test('Alertmanager in a container reaches health-service by a name that it accepts', async (t) => {
  const read = async (name: string) => parse(await readFile(join(projectRoot, name), 'utf8'), { merge: true })
  const { receivers } = await read('prometheus/alertmanager.yml')
  const hooks = receivers.flatMap(
    ({ webhook_configs = [] }: { webhook_configs?: { url: string }[] }) => webhook_configs
  )
  const { services } = await read('docker-compose.cluster.yml')
  t.equal(hooks.length, 1)
  const { hostname, port, pathname } = new URL(hooks[0].url)
  const { environment, ports } = services[hostname]
  t.equal(pathname, '/api/alerts/webhook')
  t.ok(environment.KOPS_ALLOWED_HOSTS.split(',').includes(hostname))
  t.ok(ports[0].endsWith(`:${port}`))
  t.ok(
    services.alertmanager.volumes.includes('${KOPS_OBSERVABILITY_DIR:-./prometheus}:/etc/alertmanager:ro'),
    'the container reads that file'
  )
  t.ok(services.prometheus.volumes.includes('${KOPS_OBSERVABILITY_DIR:-./prometheus}/rules:/etc/prometheus/rules:ro'))
})

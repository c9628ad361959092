import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '../../../shared/cluster/definition.ts'
import { localTargets, type TargetGroup } from '../../../shared/cluster/observability/index.ts'
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

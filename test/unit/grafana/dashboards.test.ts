import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { dashboardFiles } from '../../../grafana/dashboard-files.ts'
import { projectRoot, runProgram, skip } from '../prometheus/programs.ts'
import { dashboards, panelsOf, queriesOf } from './dashboard-queries.ts'

const folder = join(projectRoot, 'grafana')

t.test('the committed dashboards match the generated ones (npx node grafana/generate.ts)', async (t) => {
  const files = dashboardFiles()
  t.same((await readdir(join(folder, 'dashboards'))).sort(), Object.keys(files).sort())
  for (const [name, text] of Object.entries(files)) {
    t.equal(await readFile(join(folder, 'dashboards', name), 'utf8'), text, name)
  }
})

for (const { file, dashboard } of dashboards()) {
  t.test(`${file}: every panel has a description, a unit and the chosen data source`, async (t) => {
    for (const { title, description, fieldConfig, datasource, targets = [] } of panelsOf(dashboard)) {
      t.ok(title && description, `${title} is described`)
      t.ok(fieldConfig?.defaults.unit, `${title} has a unit`)
      t.ok(targets.length > 0, `${title} asks something`)
      t.same(new Set([datasource?.uid, ...targets.map((target) => target.datasource?.uid)]), new Set(['${datasource}']))
    }
  })

  t.test(`${file}: ids are set and unique, no panel covers another, and the browser cannot edit it`, async (t) => {
    const ids = dashboard.panels.map(({ id }) => id)
    t.ok(ids.every((id) => Number.isInteger(id) && id > 0))
    t.equal(new Set(ids).size, ids.length)
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`)
    )
    t.equal(new Set(cells).size, cells.length)
    t.ok(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24))
    t.equal(dashboard.editable, false)
  })

  t.test(`${file}: the data source is a variable, and every variable in a query is one of the dashboard`, async (t) => {
    const names = dashboard.templating.list.map(({ name }) => name)
    t.equal(dashboard.templating.list[0]?.type, 'datasource')
    for (const { panel, expression } of queriesOf(dashboard)) t.notMatch(expression, /\$/, `${panel}: ${expression}`)
    t.same(names.slice(0, 2), ['datasource', 'cluster'])
    const queries = JSON.stringify(dashboard.panels)
    for (const name of names) t.ok(queries.includes(`$${name}`) || queries.includes(`\${${name}}`), `${name} is used`)
  })

  t.test(`${file}: counters are read by their rate, over the interval that Grafana chooses`, async (t) => {
    for (const { title, targets = [] } of panelsOf(dashboard)) {
      for (const { expr } of targets) {
        const counters = expr.match(/\w+_(total|bucket|seconds_sum)\b/g) ?? []
        const rates = expr.match(/\b(rate|increase)\(\w+\{[^}]*\}\[\$__rate_interval\]\)/g) ?? []
        t.equal(counters.length, rates.length, `${title}: ${expr}`)
      }
    }
  })

  t.test(`${file}: Prometheus understands every query`, { skip }, async (t) => {
    const rules = queriesOf(dashboard).map(({ expression }, index) => ({ record: `query_${index}`, expr: expression }))
    const path = join(t.testdir(), 'rules.yml')
    await writeFile(path, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
    const { code, output } = await runProgram('promtool', ['check', 'rules', path])
    t.equal(code, 0, output)
  })
}

t.test('every dashboard has its own address and title, and marks the phases of drills', async (t) => {
  const all = dashboards().map(({ dashboard }) => dashboard)
  for (const values of [all.map(({ uid }) => uid), all.map(({ title }) => title)]) {
    t.equal(new Set(values).size, values.length)
  }
  const marked = all.filter(({ annotations }) =>
    annotations?.list?.some(({ expr }) => expr?.includes('kops_drill_phase'))
  )
  t.same(marked.map(({ uid }) => uid).sort(), ['kops-brokers', 'kops-cluster-overview', 'kops-load-tests'])
})

t.test('Grafana is provisioned with the data source and the dashboards, neither to be edited there', async (t) => {
  const read = async (name: string) => parse(await readFile(join(folder, 'provisioning', name), 'utf8'))
  const [source] = (await read('datasources/prometheus.yml')).datasources
  t.match(source, { type: 'prometheus', uid: 'prometheus', isDefault: true, editable: false })
  const [provider] = (await read('dashboards/kops.yml')).providers
  t.match(provider, { type: 'file', allowUiUpdates: false, options: { path: '/var/lib/grafana/dashboards' } })
})

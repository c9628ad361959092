import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { sameSpec } from '#services/admin/domain/catalog/agree.ts'
import { loadCatalog, loadCatalogs, parseCatalog } from '#shared/catalog/load-catalog.ts'

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../../../..')

t.test('the log-streaming catalog has the three topics as documented', async (t) => {
  const { topics } = await loadCatalog(join(projectRoot, 'catalog/log-streaming.yaml'))
  const day = 24 * 60 * 60 * 1000
  const common = { 'min.insync.replicas': '2' }
  t.same(topics, [
    {
      name: 'log-events',
      partitions: 12,
      replicationFactor: 3,
      configs: { ...common, 'retention.ms': String(7 * day), 'compression.type': 'snappy' }
    },
    {
      name: 'critical-logs',
      partitions: 4,
      replicationFactor: 3,
      configs: { ...common, 'retention.ms': String(14 * day) }
    },
    {
      name: 'audit-logs',
      partitions: 6,
      replicationFactor: 3,
      configs: { ...common, 'retention.ms': String(30 * day), 'cleanup.policy': 'compact,delete' }
    }
  ])
})

t.test('errors in a catalog name its file and field', async (t) => {
  const topic = 'name: x\ntopics:\n  - name: a\n    partitions: 1\n    replicationFactor: 3\n'
  const cases = [
    { text: '', message: /^x\.yaml: the catalog must be object$/ },
    { text: 'a: [1\nb', message: /^x\.yaml:2: / },
    { text: 'name: x', message: /^x\.yaml: topics is required$/ },
    { text: `${topic}colour: red`, message: /^x\.yaml: colour is unknown$/ },
    { text: `${topic}    colour: red`, message: /^x\.yaml: topics\.0\.colour is unknown$/ },
    { text: topic.replace('partitions: 1', 'partitions: 0'), message: /topics\.0\.partitions must be >= 1$/ },
    {
      text: `${topic}    configs:\n      retention.ms: 5`,
      message: /topics\.0\.configs\.retention\.ms must be string \(quote it\)$/
    },
    { text: `${topic}    configs:\n      retention.ms: [5]`, message: /configs\.retention\.ms must be string$/ }
  ]
  for (const { text, message } of cases) {
    t.throws(() => parseCatalog(text, 'x.yaml'), { code: 'validation_failed', message }, JSON.stringify(text))
  }
})

t.test('a file that is not there is named', async (t) => {
  await t.rejects(loadCatalog('/nowhere/x.yaml'), { code: 'validation_failed', message: /^\/nowhere\/x\.yaml: / })
})

const folder = join(projectRoot, 'catalog')

t.test('every catalog in catalog/ is valid', async (t) => {
  const { catalogs, warnings } = await loadCatalogs(folder)
  t.same(warnings, [])
  t.same(
    catalogs.map(({ name }) => name),
    ['event-service', 'load-balancing-simulator', 'log-streaming', 'smart-load-balancer', 'streaming-analytics']
  )
})

t.test('catalogs that name the same topic say the same of it', async (t) => {
  const { catalogs } = await loadCatalogs(folder)
  const all = catalogs.flatMap(({ topics }) => topics)
  for (const [name, specs] of Map.groupBy(all, (spec) => spec.name)) {
    const [first, ...others] = specs
    for (const other of others) t.ok(first && sameSpec(first, other), name)
  }
  t.equal(all.filter(({ name }) => name === 'audit-logs').length, 2)
})

t.test('an invalid catalog file does not affect the others in its directory', async (t) => {
  const dir = t.testdir({ 'a.yaml': 'name: a\ntopics: []\n', 'b.yaml': 'name: b\n', 'c.json': '{}' })
  t.match(await loadCatalogs(dir), { catalogs: [{ name: 'a' }], warnings: [{ target: 'b.yaml' }] })
  t.same(await loadCatalogs(join(dir, 'nowhere')), { catalogs: [], warnings: [] })
})

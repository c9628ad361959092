import { join } from 'node:path'
import t, { type Test } from 'tap'
import { projectRoot } from '#cli/config.ts'
import { applyFirstCatalogs, catalogsToApply } from '#cli/first-catalogs.ts'
import { defaultPorts } from '#shared/cluster/definition.ts'
import type { Catalog, CatalogChange, CatalogResult } from '#shared/contracts/catalog.ts'
import { fakeServices } from './kops.ts'

const folder = join(projectRoot, 'catalog')
const all = ['event-service', 'load-balancing-simulator', 'log-streaming', 'smart-load-balancer', 'streaming-analytics']

t.test('setup applies every catalog but those that the setting names', async (t) => {
  const cases: [skipped: string[], applied: string[]][] = [
    [[], all],
    [['streaming-analytics', 'event-service'], all.slice(1, 4)],
    [['*'], []]
  ]
  for (const [skipped, applied] of cases) {
    const files = await catalogsToApply(folder, skipped)
    t.strictSame(
      files.filter((file) => all.some((name) => file === join(folder, `${name}.yaml`))),
      applied.map((name) => join(folder, `${name}.yaml`))
    )
  }
  await t.rejects(
    catalogsToApply(folder, ['smart-balancer']),
    /KOPS_SETUP_SKIP_CATALOGS: there is no catalog smart-balancer/
  )
})

/** An admin-service that answers as a function of the catalog. */
async function admin(t: Test, answer: (catalog: Catalog) => { status?: number; body: unknown }) {
  const { url, received } = await fakeServices(t, ({ body }) => answer(body as Catalog))
  return { definition: { ports: { ...defaultPorts, admin: Number(new URL(url).port) } }, received }
}

function resultOf(catalog: Catalog, changes: CatalogChange[]): CatalogResult {
  const nothing = { drift: [], own: [], unmanaged: [], warnings: [] }
  return { catalog: catalog.name, clusterId: 'a', dryRun: false, changes, asOf: new Date(0).toISOString(), ...nothing }
}

const created = (topic: string): CatalogChange => ({ topic, action: 'create', detail: 'new', applied: true })

t.test('catalogs are applied one after the other; one for another cluster is left alone', async (t) => {
  const foreignProblem = {
    ...{ type: 'about:blank', title: 'x', status: 409, detail: 'of another', instance: '/', code: 'cluster_mismatch' },
    ...{ retriable: false, requestId: 'r' }
  }
  const { definition, received } = await admin(t, (catalog) =>
    catalog.name === 'event-service'
      ? { status: 409, body: foreignProblem }
      : {
          body: resultOf(
            catalog,
            catalog.topics.map(({ name }) => created(name))
          )
        }
  )
  const files = ['event-service', 'log-streaming'].map((name) => join(folder, `${name}.yaml`))
  const { applied, foreign } = await applyFirstCatalogs(definition, files)
  t.strictSame(foreign, ['event-service'])
  t.strictSame(
    applied.map(({ catalog }) => catalog),
    ['log-streaming']
  )
  t.strictSame(
    received.map(({ path }) => path),
    ['/api/catalog/apply', '/api/catalog/apply']
  )
})

t.test('what a catalog cannot change is an error after all of them, which says how to leave it out', async (t) => {
  const refused: CatalogChange = {
    topic: 'alerts',
    action: 'refuse',
    detail: 'its replication factor is 1',
    applied: false
  }
  const { definition, received } = await admin(t, (catalog) => ({
    body: resultOf(catalog, catalog.name === 'smart-load-balancer' ? [refused] : [])
  }))
  const files = ['smart-load-balancer', 'streaming-analytics'].map((name) => join(folder, `${name}.yaml`))
  await t.rejects(applyFirstCatalogs(definition, files), {
    code: 'kafka_refused',
    message: /alerts \(catalog smart-load-balancer\): its replication.*KOPS_SETUP_SKIP_CATALOGS=smart-load-balancer/
  })
  t.equal(received.length, 2)
})

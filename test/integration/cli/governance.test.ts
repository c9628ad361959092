import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { ownTopic } from '../admin/service.ts'
import { testSecurity } from '../support/test-cluster.ts'
import { kops, kopsJson } from './kops.ts'

t.setTimeout(120_000)
const folder = await mkdtemp(join(tmpdir(), 'kops-test-'))
t.teardown(() => rm(folder, { recursive: true }))
const file = join(folder, 'own.yaml')

t.test(
  'a catalog is planned and applied, deletes only on request, and the audit trail has what was done',
  async (t) => {
    const topic = ownTopic(t, 'cli-catalog')
    const catalog = (partitions: number) =>
      `name: cli-test\ntopics:\n  - { name: ${topic}, partitions: ${partitions}, replicationFactor: 3 }\n`
    await writeFile(file, catalog(2))
    t.match(await kopsJson(endpoints.planCatalog, ['catalog', 'plan', file]), {
      changes: [{ topic, action: 'create' }]
    })
    t.match(await kops(['catalog', 'apply', file]), { code: 0, stdout: '1 change made' })
    t.match(await kopsJson(endpoints.planCatalog, ['catalog', 'plan', 'log-streaming']), { catalog: 'log-streaming' })

    await writeFile(file, catalog(1))
    t.match(await kops(['catalog', 'plan', file]), { code: 1, stdout: /refused/ })
    t.match(await kops(['catalog', 'plan', 'no-such']), {
      code: 2,
      stderr: /there is no catalog no-such.*log-streaming/
    })
    await writeFile(file, `name: cli-test\ntopics: []\nremove: [${topic}]\n`)
    t.match(await kops(['catalog', 'apply', file, '--allow-delete']), { code: 2, stderr: /--yes/ })

    const search = ['audit', 'search', '--target', 'cli-test', '--action', 'catalog.apply', '--from', '10m']
    const searched = await kopsJson(endpoints.searchAudit, search)
    t.match(searched.events, [{ action: 'catalog.apply', outcome: 'applied' }, { outcome: 'requested' }])
    t.match(await kops(['audit', 'search', '--target', 'cli-test']), {
      code: 0,
      stdout: /catalog\.apply +cli-test +applied/
    })
    t.match(await kops(['audit', 'search', '--outcome', 'maybe']), { code: 2, stderr: /Allowed choices/ })
  }
)

t.test('policies of catalogs warn, and refuse what they enforce before Kafka sees it', async (t) => {
  const kebab = ownTopic(t, 'cli-policy')
  const camel = `${ownTopic(t, 'cli')}Policy`
  const policed = (enforce: string) =>
    `name: cli-policed\npolicy: {names: kebab-case, enforce: [${enforce}]}\ntopics:\n${[kebab, camel]
      .map((name) => `  - {name: ${name}, partitions: 1, replicationFactor: 3}\n`)
      .join('')}`
  await writeFile(file, policed('names'))
  const applied = await kops(['catalog', 'apply', file, '--json'])
  t.equal(applied.code, 1, 'one topic was refused')
  t.match(JSON.parse(applied.stdout), {
    changes: [
      { topic: kebab, action: 'create', applied: true },
      { topic: camel, action: 'refuse', applied: false, detail: /not kebab-case.*policy of catalog cli-policed/ }
    ]
  })
  await writeFile(file, policed(''))
  t.match(await kopsJson(endpoints.planCatalog, ['catalog', 'plan', file]), {
    changes: [{ action: 'none' }, { topic: camel, action: 'create' }],
    warnings: [{ code: 'policy_broken', target: camel }]
  })
  // The catalogs that are installed with the service have a policy for topics like this one.
  t.match(await kops(['topics', 'create', 'analytics-Events', '-p', '1', '--dry-run']), {
    code: 0,
    stderr: /not kebab-case.*policy of catalog streaming-analytics/
  })
})

const skip = testSecurity === 'plaintext' ? false : 'a secured cluster has an authorizer'
t.test('without an authorizer, the command reports that', { skip }, async (t) => {
  t.match(await kops(['acls', 'list']), { code: 1, stderr: /acls_unavailable/ })
  t.match(await kops(['acls', 'delete', '--yes']), { code: 2, stderr: /name at least one/ })
})

import t from 'tap'
import type { CatalogChange, CatalogResult } from '#shared/contracts/catalog.ts'
import { applyChoice, catalogDiff, catalogState, changesToMake } from '../../../../web/pages/catalog-diff.ts'

const change = (topic: string, action: CatalogChange['action']): CatalogChange => ({
  ...{ topic, action, detail: action },
  applied: false
})
const result = (more: Partial<CatalogResult>): CatalogResult => ({
  ...{ catalog: 'c', clusterId: 'k', dryRun: true, changes: [], drift: [], own: [], unmanaged: [] },
  ...{ asOf: '2026-01-31T12:00:00.000Z', warnings: [] },
  ...more
})

t.test('a plan becomes a diff by topic, what cannot be done first', async (t) => {
  const policy = { code: 'policy_broken', message: 'its name is odd', target: 'Odd' }
  const dead = { code: 'broker_unreachable', message: 'dead', target: 'kafka-1' }
  const diff = catalogDiff(
    result({
      changes: [
        change('drifted', 'none'),
        change('Odd', 'none'),
        change('grown', 'add-partitions'),
        change('grown', 'alter-config'),
        change('shrunk', 'refuse'),
        change('same', 'none')
      ],
      drift: [{ topic: 'drifted', configs: { 'retention.ms': '1' } }],
      warnings: [policy, dead]
    })
  )
  t.same(
    diff.topics.map(({ topic, changes }) => [topic, ...changes.map(({ action }) => action)]),
    [['shrunk', 'refuse'], ['grown', 'add-partitions', 'alter-config'], ['Odd'], ['drifted']]
  )
  t.same(diff.topics.at(-1)?.drift, [['retention.ms', '1']])
  t.same(diff.topics.at(-2)?.warnings, [policy])
  t.same([diff.same, diff.warnings], [3, [dead]])
})

t.test('deletions are changes only if somebody asks for them', async (t) => {
  const plan = result({ changes: [change('a', 'delete'), change('b', 'create'), change('c', 'refuse')] })
  t.equal(changesToMake(plan, false), 1)
  t.equal(changesToMake(plan, true), 2)
})

t.test('the state of a catalog is its worst', async (t) => {
  const word = (...actions: CatalogChange['action'][]) =>
    catalogState(result({ changes: actions.map((action, index) => change(`t${index}`, action)) })).word
  t.equal(word('none'), 'as declared')
  t.equal(word('none', 'delete'), '1 topic to remove')
  t.equal(word('create', 'alter-config', 'delete'), '2 changes to make')
  t.equal(word('create', 'refuse'), '1 topic cannot match')
})

t.test('topics are deleted only where that is ticked and the name typed', async (t) => {
  const choose = (fields: Record<string, string>) => applyChoice('orders', (name) => fields[name] ?? '')
  t.same(choose({}), { asked: {} })
  t.same(choose({ name: 'orders' }), { asked: {} })
  t.match(choose({ delete: 'yes', name: 'order' }), { message: /type orders/ })
  t.same(choose({ delete: 'yes', name: 'orders', reason: 'old' }), { asked: { allowDelete: true, reason: 'old' } })
  t.match(choose({ force: 'yes' }), { message: /reason is missing/ })
})

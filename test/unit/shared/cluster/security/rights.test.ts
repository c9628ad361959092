import t from 'tap'
import { type Access, aclArguments, rights, superfluous } from '#shared/cluster/security/rights.ts'

t.test('a right is listed once, and says what it is for', async (t) => {
  const named = rights.map(({ resource, operation }) => `${resource} ${operation}`)
  t.same(named, [...new Set(named)])
  for (const { purpose, resource, operation } of rights) t.match(purpose, /^[A-Z]\w+.*: ./, `${resource} ${operation}`)
})

t.test('kops may not act as a broker', async (t) => {
  t.notOk(rights.some(({ operation }) => /ClusterAction|All/i.test(operation)))
})

t.test('each right is granted, with one call for each type of resource', async (t) => {
  const calls = aclArguments('grant', { principal: 'User:kops', rights: [...rights] })
  t.same(
    calls.map((args) => args.slice(0, args.indexOf('--operation'))),
    [
      ['--add', '--allow-principal', 'User:kops', '--cluster'],
      ['--add', '--allow-principal', 'User:kops', '--topic', '*'],
      ['--add', '--allow-principal', 'User:kops', '--group', '*'],
      [
        ...['--add', '--allow-principal', 'User:kops', '--transactional-id', 'kops-'],
        ...['--resource-pattern-type', 'prefixed']
      ]
    ]
  )
  t.equal(calls.flat().filter((argument) => argument === '--operation').length, rights.length)
})

const right = (text: string) => {
  const [resource = '', pattern = '', operation = ''] = text.split(' ')
  return { resource, pattern, operation } as Access['rights'][number]
}
const access = (principal: string, ...texts: string[]): Access => ({ principal, rights: texts.map(right) })
const readTopics = 'topic * Read'
const cases: { name: string; earlier: Access; present: Access; taken: string[] }[] = [
  { name: 'nothing changed', earlier: access('kops', readTopics), present: access('kops', readTopics), taken: [] },
  {
    name: 'a right was added',
    earlier: access('kops', readTopics),
    present: access('kops', readTopics, 'topic * Write'),
    taken: []
  },
  {
    name: 'rights were taken out',
    earlier: access('kops', 'cluster kafka-cluster Create', readTopics, 'topic * Write', 'group * Read'),
    present: access('kops', readTopics, 'group * Read'),
    taken: ['cluster kafka-cluster Create', 'topic * Write']
  },
  {
    name: 'a right is for fewer topics',
    earlier: access('kops', readTopics),
    present: access('kops', 'topic kops- Read'),
    taken: [readTopics]
  },
  {
    name: 'kops has another name',
    earlier: access('kops', readTopics, 'topic * Write'),
    present: access('CN=kops', readTopics),
    taken: [readTopics, 'topic * Write']
  }
]
for (const { name, earlier, present, taken } of cases) {
  t.test(`${name}: what is no longer in the table is superfluous`, async (t) => {
    t.same(superfluous(earlier, present), { principal: earlier.principal, rights: taken.map(right) })
    t.same(superfluous(present, present).rights, [], 'and nothing the next time')
  })
}

t.test('rights are revoked without a question, only from the principal, and only what is named', async (t) => {
  t.same(aclArguments('revoke', access('User:kops', 'cluster kafka-cluster Create', 'topic * Write', 'topic * Read')), [
    ['--remove', '--force', '--allow-principal', 'User:kops', '--cluster', '--operation', 'Create'],
    [
      ...['--remove', '--force', '--allow-principal', 'User:kops', '--topic', '*'],
      ...['--operation', 'Write', '--operation', 'Read']
    ]
  ])
  t.same(
    aclArguments('revoke', access('User:kops')),
    [],
    'never a call without operations: it would remove all of them'
  )
})

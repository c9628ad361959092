import t from 'tap'
import type { Acl } from '#shared/contracts/acls.ts'
import { aclFilter, newAcls, resourceInWords, rightsOn } from '../../../../web/pages/acl-rights.ts'

const acl = (principal: string, operation: Acl['operation'], more: Partial<Acl> = {}): Acl => ({
  ...{ resourceType: 'TOPIC', resourceName: 'orders', patternType: 'LITERAL', permission: 'ALLOW', host: '*' },
  principal,
  operation,
  ...more
})

t.test("who may do what follows from all ACLs that apply, by Kafka's rules", async (t) => {
  const cases: { when: string; acls: Acl[]; principal: string; host?: string; may: string[]; denied?: string[] }[] = [
    {
      when: 'reading includes describing',
      acls: [acl('User:a', 'READ')],
      principal: 'User:a',
      may: ['READ', 'DESCRIBE']
    },
    {
      when: 'altering the configuration includes describing that alone',
      acls: [acl('User:a', 'ALTER_CONFIGS')],
      principal: 'User:a',
      may: ['DESCRIBE_CONFIGS', 'ALTER_CONFIGS']
    },
    {
      when: 'a denial wins, also over ALL, and denies nothing else',
      acls: [acl('User:a', 'ALL'), acl('User:a', 'DELETE', { permission: 'DENY' })],
      principal: 'User:a',
      may: ['READ', 'WRITE', 'CREATE', 'ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
      denied: ['DELETE']
    },
    {
      when: 'what everyone must not do, nobody may',
      acls: [acl('User:a', 'READ'), acl('User:*', 'READ', { permission: 'DENY' })],
      principal: 'User:a',
      may: ['DESCRIBE'],
      denied: ['READ']
    },
    {
      when: 'what everyone has, each has',
      acls: [acl('User:a', 'WRITE'), acl('User:*', 'READ')],
      principal: 'User:a',
      may: ['READ', 'WRITE', 'DESCRIBE']
    },
    {
      when: 'another host is another caller, who also has what any host has',
      acls: [acl('User:a', 'READ'), acl('User:a', 'WRITE', { host: '10.0.0.1' })],
      principal: 'User:a',
      host: '10.0.0.1',
      may: ['READ', 'WRITE', 'DESCRIBE']
    },
    {
      when: 'a host has nothing of another one',
      acls: [acl('User:a', 'READ'), acl('User:a', 'WRITE', { host: '10.0.0.1' })],
      principal: 'User:a',
      may: ['READ', 'DESCRIBE']
    }
  ]
  for (const { when, acls, principal, host = '*', may, denied = [] } of cases) {
    const found = rightsOn('TOPIC', acls).find((each) => each.principal === principal && each.host === host)
    t.match(found, { may, denied }, when)
    t.same(found?.may, may, when)
  }
  t.same(rightsOn('GROUP', [acl('User:a', 'ALL', { resourceType: 'GROUP' })])[0]?.may, ['READ', 'DELETE', 'DESCRIBE'])
})

t.test('the address of the page is a filter, without what is none', async (t) => {
  const of = (search: string) => aclFilter(new URLSearchParams(search))
  t.same(of(''), {})
  t.same(of('type=TOPIC&name=orders&pattern=MATCH&principal=User:a&operation=READ&permission=DENY&host=1.2.3.4'), {
    ...{ resourceType: 'TOPIC', resourceName: 'orders', patternType: 'MATCH', principal: 'User:a' },
    ...{ operation: 'READ', permission: 'DENY', host: '1.2.3.4' }
  })
  t.same(of('type=NONSENSE&pattern=MATCH&operation=read'), {})
})

t.test('a resource has words', async (t) => {
  const words = (more: Partial<Acl>) => resourceInWords(acl('User:a', 'READ', more))
  t.equal(words({}), 'topic orders')
  t.equal(words({ patternType: 'PREFIXED' }), 'topics orders…')
  t.equal(words({ resourceName: '*' }), 'every topic')
  t.equal(words({ resourceType: 'CLUSTER', resourceName: 'kafka-cluster' }), 'the cluster')
  t.equal(words({ resourceType: 'TRANSACTIONAL_ID', resourceName: 'x' }), 'transactional id x')
})

t.test('a form becomes one ACL for each operation, or says what is wrong', async (t) => {
  const form = (fields: Record<string, string>) =>
    newAcls(
      (name) => ({ type: 'TOPIC', name: 'orders', principal: 'User:a', operation: 'READ', ...fields })[name] ?? ''
    )
  t.same(form({ operation: 'WRITE\nREAD', prefix: 'yes', permission: 'DENY', reason: 'r' }), {
    asked: {
      body: {
        acls: [
          { ...acl('User:a', 'READ'), patternType: 'PREFIXED', permission: 'DENY' },
          { ...acl('User:a', 'WRITE'), patternType: 'PREFIXED', permission: 'DENY' }
        ]
      },
      query: { reason: 'r' }
    }
  })
  t.match(form({ type: 'CLUSTER', name: '' }), { asked: { body: { acls: [{ resourceName: 'kafka-cluster' }] } } })
  for (const [fields, message] of [
    [{ principal: 'alice' }, /principal/],
    [{ name: '' }, /name of the resource/],
    [{ operation: '' }, /at least one operation/],
    [{ type: '' }, /kind of resource/]
  ] as const) {
    t.match(form(fields), { message })
  }
})

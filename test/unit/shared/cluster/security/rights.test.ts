import t from 'tap'
import { grantingArguments, rights } from '#shared/cluster/security/rights.ts'

t.test('a right is listed once, and says what it is for', async (t) => {
  const named = rights.map(({ resource, operation }) => `${resource} ${operation}`)
  t.same(named, [...new Set(named)])
  for (const { purpose, resource, operation } of rights) t.match(purpose, /^[A-Z]\w+.*: ./, `${resource} ${operation}`)
})

t.test('kops may not act as a broker', async (t) => {
  t.notOk(rights.some(({ operation }) => /ClusterAction|All/i.test(operation)))
})

t.test('each right is granted, with one call for each type of resource', async (t) => {
  const calls = grantingArguments('User:kops')
  t.same(
    calls.map((args) => args.slice(0, args.indexOf('--operation'))),
    [
      ['--add', '--allow-principal', 'User:kops', '--cluster'],
      ['--add', '--allow-principal', 'User:kops', '--topic', '*'],
      ['--add', '--allow-principal', 'User:kops', '--group', '*']
    ]
  )
  t.equal(calls.flat().filter((argument) => argument === '--operation').length, rights.length)
})

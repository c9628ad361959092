import t from 'tap'
import { matchesGlob } from '#shared/lists/glob.ts'

t.test('a glob matches whole names, and no regular expression', async (t) => {
  const cases: [string, string, boolean][] = [
    ['audit-logs', 'audit-logs', true],
    ['audit-logs', 'audit-logs-2', false],
    ['__*', '__consumer_offsets', true],
    ['__*', '_x', false],
    ['*-logs', 'audit-logs', true],
    ['*-logs', 'audit-logs-', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['log-?', 'log-1', true],
    ['log-?', 'log-12', false],
    ['.*', 'abc', false],
    ['*', 'anything', true],
    ['', 'a', false]
  ]
  for (const [glob, name, matches] of cases) t.equal(matchesGlob(glob, name), matches, `${glob} ${name}`)
  const started = performance.now()
  t.notOk(matchesGlob(`${'*a'.repeat(100)}*b`, 'a'.repeat(249)), 'a hostile pattern')
  t.ok(performance.now() - started < 1000)
})

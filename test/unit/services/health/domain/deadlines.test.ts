import t from 'tap'
import { nextDeadline } from '#services/health/domain/deadlines.ts'

t.test('a part may take a multiple of its last duration, within limits', async (t) => {
  const cases: [string, Parameters<typeof nextDeadline>[0], number][] = [
    ['never read', undefined, 8000],
    ['read in no time', { durationMs: 3, ok: true }, 1800],
    ['slow by its size', { durationMs: 700, ok: true }, 2800],
    ['very slow', { durationMs: 4000, ok: true }, 10_000],
    ['ran out of time', { durationMs: 1800, ok: false }, 3600],
    ['what timers take', { durationMs: 533.49, ok: true }, 2134],
    ['refused at once', { durationMs: 2, ok: false }, 1800],
    ['ran out of the longest time', { durationMs: 10_000, ok: false }, 10_000]
  ]
  for (const [name, before, expected] of cases) t.equal(nextDeadline(before, false), expected, name)
  t.equal(nextDeadline({ durationMs: 3000, ok: true }, true), 3000, 'one broker used up the time')
  t.equal(nextDeadline({ durationMs: 1800, ok: true }, true), 1800, 'again and again')
})

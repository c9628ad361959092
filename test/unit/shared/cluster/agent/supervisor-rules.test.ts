import t from 'tap'
import { afterExit, exitCodes } from '#shared/cluster/agent/supervisor-rules.ts'

t.test('an agent that was asked to stop, or cannot run, is not restarted', async (t) => {
  t.same(afterExit(exitCodes.done, 60_000, 0), { action: 'exit', code: 0 })
  t.same(afterExit(exitCodes.alreadyServed, 100, 0), { action: 'exit', code: 0 })
  t.same(afterExit(exitCodes.misconfigured, 100, 0), { action: 'exit', code: exitCodes.misconfigured })
})

t.test('one that died is started again: soon at first, then every 5 s, for ever', async (t) => {
  const cases = [
    { name: 'after a healthy life', ranMs: 60_000, quickEnds: 7, delayMs: 50, next: 0 },
    { name: 'the first quick end', ranMs: 100, quickEnds: 0, delayMs: 100, next: 1 },
    { name: 'the third', ranMs: 100, quickEnds: 2, delayMs: 400, next: 3 },
    { name: 'the hundredth', ranMs: 100, quickEnds: 99, delayMs: 5000, next: 100 }
  ]
  for (const { name, ranMs, quickEnds, delayMs, next } of cases) {
    t.same(afterExit(null, ranMs, quickEnds), { action: 'restart', delayMs, quickEnds: next }, name)
  }
})

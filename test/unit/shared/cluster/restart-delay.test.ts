import t from 'tap'
import { keepingPace } from '#shared/cluster/keeper/keep-processes.ts'
import { restartDelay } from '#shared/cluster/restart-delay.ts'

t.test('a service that died comes back soon; one that cannot live is tried less and less often', async (t) => {
  const cases = [
    { name: '1. after a healthy life', ranMs: 60_000, quickEnds: 9, delayMs: 250, next: 0 },
    { name: '2. the first quick end', ranMs: 100, quickEnds: 0, delayMs: 500, next: 1 },
    { name: '3. the fourth is still within 5 s', ranMs: 100, quickEnds: 3, delayMs: 4000, next: 4 },
    { name: '4. the fifth', ranMs: 59_999, quickEnds: 4, delayMs: 8000, next: 5 },
    { name: '5. the hundredth', ranMs: 100, quickEnds: 99, delayMs: 30_000, next: 100 }
  ]
  for (const { name, ranMs, quickEnds, delayMs, next } of cases) {
    t.same(restartDelay(ranMs, quickEnds, keepingPace), { delayMs, quickEnds: next }, name)
  }
})

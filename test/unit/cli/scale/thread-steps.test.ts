import t from 'tap'
import { threadSteps } from '#cli/scale/thread-steps.ts'

const rows: { current: number[]; target: number; steps: number[] }[] = [
  { current: [3, 3, 3], target: 3, steps: [] },
  { current: [3, 3, 3], target: 16, steps: [6, 12, 16] },
  { current: [4, 4, 4], target: 32, steps: [8, 16, 32] },
  { current: [32], target: 4, steps: [16, 8, 4] },
  { current: [7], target: 3, steps: [3] },
  { current: [3, 6], target: 16, steps: [6, 12, 16] },
  { current: [3, 6, 6], target: 6, steps: [6] },
  { current: [2, 4], target: 1, steps: [2, 1] },
  { current: [1], target: 5, steps: [2, 4, 5] }
]

for (const { current, target, steps } of rows) {
  t.test(`from ${current} threads to ${target}: ${steps.join(', ') || 'nothing to do'}`, async (t) => {
    t.same(threadSteps(current, target), steps)
  })
}

t.test('brokers that differ too much are not brought together by force', async (t) => {
  t.throws(() => threadSteps([1, 16], 8), { code: 'broker_config_invalid' })
})

t.test(
  'whatever the start and the target, each broker would accept each step, and the last one is the target',
  async (t) => {
    for (let from = 1; from <= 40; from++) {
      for (let target = 1; target <= 40; target++) {
        let now = from
        for (const step of threadSteps([from], target)) {
          if (step > now * 2 || step < Math.floor(now / 2)) t.fail(`${now} to ${step}`)
          now = step
        }
        if (now !== target) t.fail(`${from} to ${target} ends at ${now}`)
      }
    }
  }
)

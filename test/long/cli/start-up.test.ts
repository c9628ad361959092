// Runs undisturbed: it measures processor time, which others that share the cores make dearer.
import t from 'tap'
import { bundled, topicsListOfNone } from '../../unit/cli/bundled.ts'

const { main, start } = await bundled(t)
const mostStarts = 15
/** What Node.js takes to do nothing where the budgets hold as they are; where it takes longer, they are larger by as much. */
const bareMs = 20

/** What the best of several starts took, and whether that is within the budget. */
async function best(budgetMs: number, args: readonly string[]): Promise<{ figures: string; within: boolean }> {
  let [least, bare] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const within = () => least < Number.POSITIVE_INFINITY && least <= budgetMs * Math.max(1, bare / bareMs)
  for (let starts = 0; starts < mostStarts && !within(); starts += 1) {
    bare = Math.min(bare, (await start('-e', '')).cpuMs)
    least = Math.min(least, (await start(main, ...args)).cpuMs)
  }
  return { figures: `${least} ms, Node.js alone ${bare} ms`, within: within() }
}

t.test('kops --version takes at most 80 ms of processor time', async (t) => {
  const { figures, within } = await best(80, ['--version'])
  t.ok(within, figures)
})

t.test('kops topics list takes at most 150 ms of processor time', async (t) => {
  const { figures, within } = await best(150, await topicsListOfNone(t))
  t.ok(within, figures)
})

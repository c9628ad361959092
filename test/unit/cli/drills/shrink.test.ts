import t from 'tap'
import { shrink, type Trial } from '#cli/drills/shrink.ts'

const letters = (text: string) => Array.from(text)

const cases: { name: string; steps: string; fails: (steps: string[]) => boolean; found: string; most: number }[] = [
  { name: 'one step that fails by itself', steps: 'abcd', fails: (s) => s.includes('d'), found: 'd', most: 1 },
  { name: 'a single step is the smallest', steps: 'a', fails: () => true, found: 'a', most: 0 },
  {
    name: 'the last step fails only after the first',
    steps: 'abcdefgh',
    fails: (s) => s.includes('a') && s.includes('h'),
    found: 'ah',
    most: 20
  },
  {
    name: 'three steps in their order',
    steps: 'abcdefgh',
    fails: (s) => ['b', 'e', 'h'].every((each) => s.includes(each)),
    found: 'beh',
    most: 40
  },
  { name: 'all of them are needed', steps: 'abcd', fails: (s) => s.length === 4, found: 'abcd', most: 20 },
  {
    name: 'any three of them',
    steps: 'abcde',
    fails: (s) => s.length >= 3,
    found: 'any 3',
    most: 30
  },
  { name: 'one that is not the last after all', steps: 'abcd', fails: (s) => s.includes('b'), found: 'b', most: 8 },
  {
    name: 'twice the same step',
    steps: 'aab',
    fails: (s) => s.filter((x) => x === 'a').length === 2,
    found: 'aa',
    most: 9
  }
]

for (const { name, steps, fails, found, most } of cases) {
  t.test(`shrinks: ${name}`, async (t) => {
    const tried: string[] = []
    const {
      steps: left,
      runs,
      minimal
    } = await shrink(
      letters(steps),
      async (some) => {
        tried.push(some.join(''))
        return fails(some) ? 'failed' : 'passed'
      },
      100
    )
    if (found.startsWith('any')) t.equal(left.length, Number(found.slice(4)))
    else t.equal(left.join(''), found)
    t.equal(minimal, true)
    t.ok(fails(left), 'what it found fails')
    for (const [index] of left.entries()) t.notOk(left.length > 1 && fails(left.toSpliced(index, 1)), '1-minimal')
    t.equal(runs, tried.length)
    t.ok(runs <= most, `${runs} runs: ${tried.join(' ')}`)
  })
}

t.test('it never runs more often than allowed, and says that it is not done', async (t) => {
  for (let most = 0; most <= 6; most += 1) {
    let runs = 0
    const found = await shrink(
      letters('abcdefgh'),
      async (some): Promise<Trial> => {
        runs += 1
        return some.includes('a') && some.includes('h') ? 'failed' : 'passed'
      },
      most
    )
    t.ok(runs <= most)
    t.equal(found.minimal, false)
    t.ok(found.steps.includes('a') && found.steps.includes('h'), 'what it has still fails')
  }
})

t.test('what is unclear is no failure', async (t) => {
  const { steps } = await shrink(
    letters('abc'),
    async (some) => (some.length === 1 ? 'unclear' : some.includes('c') ? 'failed' : 'passed'),
    100
  )
  t.equal(steps.length, 2)
})

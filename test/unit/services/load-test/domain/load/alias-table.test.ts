import t from 'tap'
import { createAliasTable } from '#services/load-test/domain/load/alias-table.ts'
import { createRandom } from '#shared/seeded-random.ts'

t.test('an index is drawn as often as its weight says', async (t) => {
  const draws = 200_000
  for (const weights of [[1], [1, 1, 1], [5, 1, 3, 1], [0, 1, 0, 9], [1e-9, 1e9, 1], [0.3, 0.1, 0.2]]) {
    const draw = createAliasTable(Float64Array.from(weights), createRandom(3))
    const counts = weights.map(() => 0)
    for (let i = 0; i < draws; i += 1) {
      const index = draw()
      counts[index] = (counts[index] ?? 0) + 1
    }
    const sum = weights.reduce((total, weight) => total + weight, 0)
    for (const [index, weight] of weights.entries()) {
      const share = (counts[index] ?? 0) / draws
      t.ok(Math.abs(share - weight / sum) < 0.005, `${weights}: ${share} of ${index}`)
    }
  }
})

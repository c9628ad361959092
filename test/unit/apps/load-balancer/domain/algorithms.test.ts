import fc from 'fast-check'
import t from 'tap'
import { type Algorithm, isAtLeastOne, type ServerView } from '#apps/load-balancer/domain/algorithms/algorithm.ts'
import { createAlgorithm, readAlgorithmName } from '#apps/load-balancer/domain/algorithms/index.ts'
import { algorithmNames } from '#shared/contracts/load-balancer.ts'
import { createRandom } from '#shared/seeded-random.ts'

const request = { client_ip: '192.168.1.1' }

/** Servers a, b, c, … by their open requests and weights. */
function servers(open: number[], weights: number[] = open.map(() => 1)): ServerView[] {
  return open.map((activeConnections, at) => ({
    id: 'abcdefgh'[at] ?? '?',
    activeConnections,
    weight: weights[at] ?? 1
  }))
}

function choose(algorithm: Algorithm, from: ServerView[], random = () => 0, now = 0): string {
  if (!isAtLeastOne(from)) throw new Error('there are no servers')
  return algorithm.choose(from, request, random, now).id
}

const choices = (algorithm: Algorithm, from: ServerView[], count: number, random = createRandom(1)) =>
  Array.from({ length: count }, () => choose(algorithm, from, random)).join('')

t.test('algorithms that need no chance choose in this order', async (t) => {
  const rows = [
    { name: 'round_robin', from: servers([0, 0, 0]), expected: 'abcabca' },
    { name: 'round_robin', from: servers([9, 0, 0]), expected: 'abcabca' },
    { name: 'least_connection', from: servers([2, 1, 3]), expected: 'bbbbbbb' },
    { name: 'least_connection', from: servers([0, 4, 0]), expected: 'cacacac' },
    // The example of nginx: five of seven, and never more than two in a row.
    { name: 'weighted', from: servers([0, 0, 0], [5, 1, 1]), expected: 'aabacaa' },
    { name: 'weighted', from: servers([0, 0], [1, 3]), expected: 'babbbab' },
    { name: 'weighted', from: servers([0, 0], [0.5, 0.5]), expected: 'abababa' }
  ] as const
  for (const { name, from, expected } of rows) {
    t.equal(choices(createAlgorithm(name), from, 7), expected, `${name} of ${JSON.stringify(from)}`)
  }
})

t.test('round robin goes on when a server is taken away', async (t) => {
  const algorithm = createAlgorithm('round_robin')
  t.equal(choices(algorithm, servers([0, 0, 0]), 2), 'ab')
  t.equal(choices(algorithm, servers([0, 0]), 3), 'aba')
})

t.test('power of two choices takes the one of two with fewer open requests', async (t) => {
  const algorithm = createAlgorithm('power_of_two_choices')
  // With two servers these two are always drawn.
  t.equal(new Set(choices(algorithm, servers([3, 1]), 50)).size, 1)
  t.equal(choices(algorithm, servers([3, 1]), 1), 'b')
  const many = choices(algorithm, servers([9, 0, 0, 0]), 200)
  t.notMatch(many, 'a', 'the busiest is never the better one of two')
  t.equal(new Set(many).size, 3)
})

t.test('random gives each server its part', async (t) => {
  const many = choices(createAlgorithm('random'), servers([0, 5, 0, 9]), 4000)
  for (const id of 'abcd') t.ok(Math.abs(many.split(id).length - 1001) < 120, id)
})

t.test('peak EWMA: a peak counts at once, and fades', async (t) => {
  const answered = (server: string, responseTime: number, at: number, succeeded = true) => ({
    ...{ server, responseTime, succeeded, at }
  })
  const rows: {
    name: string
    outcomes: ReturnType<typeof answered>[]
    open?: number[]
    now: number
    expected: string
  }[] = [
    { name: 'the faster one', outcomes: [answered('a', 0.2, 1), answered('b', 0.1, 1)], now: 1, expected: 'b' },
    {
      name: 'one slow answer outweighs many fast ones before it',
      outcomes: [
        ...Array.from({ length: 20 }, () => answered('a', 0.01, 1)),
        answered('a', 1, 1),
        answered('b', 0.5, 1)
      ],
      now: 1,
      expected: 'b'
    },
    {
      name: 'a peak of long ago does not',
      outcomes: [answered('a', 1, 1), answered('b', 0.5, 1), answered('b', 0.5, 30)],
      now: 30,
      expected: 'a'
    },
    {
      name: 'fast answers bring a peak down',
      outcomes: [
        answered('a', 1, 0),
        ...Array.from({ length: 30 }, (_, at) => answered('a', 0.01, at)),
        answered('b', 0.5, 29)
      ],
      now: 29,
      expected: 'a'
    },
    {
      name: 'a server that refuses at once is not the fastest',
      outcomes: [answered('a', 0, 1, false), answered('b', 0.9, 1)],
      now: 1,
      expected: 'b'
    },
    {
      name: 'open requests multiply',
      outcomes: [answered('a', 0.1, 1), answered('b', 0.15, 1)],
      open: [1, 0],
      now: 1,
      expected: 'b'
    },
    { name: 'one that has never answered is tried', outcomes: [answered('a', 0.001, 1)], now: 1, expected: 'b' },
    {
      name: 'and not flooded before it has',
      outcomes: [answered('a', 0.1, 1)],
      open: [0, 1],
      now: 1,
      expected: 'a'
    }
  ]
  for (const { name, outcomes, open = [0, 0], now, expected } of rows) {
    const algorithm = createAlgorithm('peak_ewma')
    for (const outcome of outcomes) algorithm.report(outcome)
    for (const random of [() => 0, () => 0.99]) t.equal(choose(algorithm, servers(open), random, now), expected, name)
  }
})

const someServers = fc
  .array(fc.record({ activeConnections: fc.nat(50), weight: fc.integer({ min: 1, max: 100 }) }), {
    minLength: 1,
    maxLength: 8
  })
  .map((list) => list.map((each, at) => ({ ...each, id: `server-${at}` })))

t.test('every algorithm chooses one of the servers it is given, and the same one for the same calls', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...algorithmNames),
      fc.array(someServers, { minLength: 1, maxLength: 20 }),
      fc.integer(),
      (name, calls, seed) => {
        const run = () => {
          const [algorithm, random] = [createAlgorithm(name), createRandom(seed)]
          return calls.map((from, at) => {
            if (!isAtLeastOne(from)) return ''
            const chosen = algorithm.choose(from, request, random, at)
            algorithm.report({ server: chosen.id, responseTime: random(), succeeded: random() < 0.9, at })
            return from.includes(chosen) ? chosen.id : 'a stranger'
          })
        }
        const first = run()
        return !first.includes('a stranger') && String(run()) === String(first)
      }
    )
  )
})

t.test('weighted gives each server exactly its weight in every round', async () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
      const algorithm = createAlgorithm('weighted')
      const from = servers(
        weights.map(() => 0),
        weights
      )
      const round = choices(
        algorithm,
        from,
        weights.reduce((sum, weight) => sum + weight, 0)
      )
      return from.every(({ id }, at) => round.split(id).length - 1 === weights[at])
    })
  )
})

t.test('names have underscores or hyphens', async (t) => {
  t.equal(readAlgorithmName('least_connection'), 'least_connection')
  t.equal(readAlgorithmName('power-of-two-choices'), 'power_of_two_choices')
  t.equal(readAlgorithmName('Peak-EWMA'), 'peak_ewma')
  for (const wrong of ['', 'least', 'round robin', 'constructor']) t.equal(readAlgorithmName(wrong), undefined, wrong)
})

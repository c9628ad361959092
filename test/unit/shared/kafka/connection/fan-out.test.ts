import t from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import { askAny, askEach, assertSomeAnswer, toWarnings } from '#shared/kafka/connection/fan-out.ts'

const down = (key: number) => new KopsError('broker_unreachable', `${key} is down`)

t.test('askEach keeps answers and failures apart', async (t) => {
  const { answers, failures } = await askEach([1, 2, 3], 'Asking', async (key) => {
    if (key === 2) throw down(key)
    return key * 10
  })
  t.same(
    answers.sort(([a], [b]) => a - b),
    [
      [1, 10],
      [3, 30]
    ]
  )
  t.same(
    toWarnings(failures, (key) => `kafka-${key}`),
    [{ code: 'broker_unreachable', message: '2 is down', target: 'kafka-2' }]
  )
})

t.test('askAny is content with the first that answers', async (t) => {
  const asked: number[] = []
  const answer = await askAny(
    [1, 2, 3],
    async (key) => {
      asked.push(key)
      if (key === 1) throw down(key)
      return key
    },
    10_000
  )
  t.equal(answer, 2)
  t.same(asked, [1, 2])
})

t.test('askAny asks the next one while the first is quiet, and takes whichever answers', async (t) => {
  const quiet = Promise.withResolvers<string>()
  const fromSecond = await askAny([1, 2], (key) => (key === 1 ? quiet.promise : Promise.resolve('second')), 1)
  t.equal(fromSecond, 'second')

  const late = Promise.withResolvers<string>()
  const fromFirst = await askAny(
    [1, 2],
    async (key) => {
      if (key === 1) return late.promise
      late.resolve('first')
      throw down(key)
    },
    1
  )
  t.equal(fromFirst, 'first')
})

t.test('askAny fails with the last failure when all fail', async (t) => {
  await t.rejects(
    askAny(
      [1, 2],
      async (key) => {
        throw down(key)
      },
      10_000
    ),
    { code: 'broker_unreachable', message: '2 is down' }
  )
})

t.test('a refusal is an answer: only where nobody answers is the cluster unreachable', async (t) => {
  const refused = new KopsError('kafka_not_authorized', 'refused')
  t.throws(
    () =>
      assertSomeAnswer(
        [],
        [
          [1, down(1)],
          [2, down(2)]
        ]
      ),
    { code: 'cluster_unreachable' }
  )
  t.doesNotThrow(() =>
    assertSomeAnswer(
      [],
      [
        [1, down(1)],
        [2, refused]
      ]
    )
  )
  t.doesNotThrow(() => assertSomeAnswer([1], [[2, down(2)]]))
})

import t from 'tap'
import { apiNeeds, createRequestBudget, needOf, type QuorumState } from '#shared/kafka/connection/request-budget.ts'

const broker = { host: '127.0.0.1', port: 9092 }
const other = { host: '127.0.0.1', port: 9093 }
const never = new AbortController().signal

/** A budget with a quorum state that the test changes, and requests that the test answers. */
function budgetIn(initial: QuorumState) {
  const quorum = { state: initial }
  const budget = createRequestBudget({ state: async () => quorum.state, close: async () => {} })
  const sent: PromiseWithResolvers<string>[] = []
  const send = () => {
    const request = Promise.withResolvers<string>()
    sent.push(request)
    return request.promise
  }
  return { quorum, budget, sent, send }
}

/** A caller that gives up on command. */
function caller() {
  const controller = new AbortController()
  return { signal: controller.signal, giveUp: () => controller.abort(new Error('given up')) }
}

/** Waits until all promises made so far have had their turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('the needs of each request', async (t) => {
  const topic = [{ resourceType: 2, resourceName: 'a' }]
  const ofBroker = [{ resourceType: 4, resourceName: '1' }]
  const table: [nr: number, api: number, args: unknown[], mode: 'zookeeper' | 'kraft', need: string][] = [
    [1, 3, [null, false], 'zookeeper', 'broker'],
    [2, 1, [], 'zookeeper', 'broker'],
    [3, 32, [topic], 'zookeeper', 'quorum'],
    [4, 32, [ofBroker], 'zookeeper', 'broker'],
    [5, 32, [[...ofBroker, ...topic]], 'zookeeper', 'quorum'],
    [6, 32, [topic], 'kraft', 'broker'],
    [7, 35, [null], 'zookeeper', 'broker'],
    [8, 19, [], 'kraft', 'quorum'],
    [9, 44, [], 'zookeeper', 'quorum'],
    [10, 46, [], 'zookeeper', 'quorum'],
    [11, 55, [], 'kraft', 'broker']
  ]
  for (const [nr, api, args, mode, need] of table) t.equal(needOf(api, args, mode), need, `case ${nr}`)
  t.throws(() => needOf(999, [], 'zookeeper'), /API 999/, 'an API that nobody has measured is not sent')
  t.ok(apiNeeds.size > 20)
})

t.test('the budget, case by case', async (t) => {
  await t.test('1: without a quorum nothing is sent', async (t) => {
    const { budget, sent, send } = budgetIn('absent')
    await t.rejects(budget.spend(broker, never, send), { code: 'metadata_unavailable', status: 503, retriable: true })
    await t.rejects(budget.admit(), { code: 'metadata_unavailable' })
    t.equal(sent.length, 0)
  })

  await t.test(
    '2: a second request to a broker waits for the answer of the first; another broker does not',
    async (t) => {
      const { budget, sent, send } = budgetIn('present')
      const first = budget.spend(broker, never, send)
      const second = budget.spend({ ...broker, host: 'localhost' }, never, send)
      const elsewhere = budget.spend(other, never, send)
      await settled()
      t.equal(sent.length, 2)
      sent[0]?.resolve('first')
      t.equal(await first, 'first')
      await settled()
      t.equal(sent.length, 3)
      sent[2]?.resolve('second')
      sent[1]?.resolve('elsewhere')
      t.same(await Promise.all([second, elsewhere]), ['second', 'elsewhere'])
    }
  )

  await t.test('3: a request whose caller gave up counts until the broker answers it', async (t) => {
    const { budget, sent, send } = budgetIn('unknown')
    const impatient = caller()
    const first = budget.spend(broker, impatient.signal, send)
    await settled()
    impatient.giveUp()
    await t.rejects(first, /given up/)
    const alsoImpatient = caller()
    const refused = budget.spend(broker, alsoImpatient.signal, send)
    await settled()
    alsoImpatient.giveUp()
    await t.rejects(refused, { code: 'kafka_timeout', message: /no second one/ })
    const third = budget.spend(broker, never, send)
    await settled()
    t.equal(sent.length, 1)
    sent[0]?.resolve('late')
    await settled()
    t.equal(sent.length, 2, 'the late answer frees the broker')
    sent[1]?.resolve('third')
    t.equal(await third, 'third')
  })

  await t.test('4: callers waiting for a broker are refused when the quorum is lost', async (t) => {
    const { budget, quorum, sent, send } = budgetIn('present')
    const first = budget.spend(broker, never, send)
    const second = budget.spend(broker, never, send)
    await settled()
    quorum.state = 'absent'
    sent[0]?.resolve('first')
    t.equal(await first, 'first')
    await t.rejects(second, { code: 'metadata_unavailable' })
    t.equal(sent.length, 1)
  })

  await t.test(
    '5: a request in flight when the quorum is lost is abandoned within seconds, and still counts',
    async (t) => {
      const { budget, quorum, sent, send } = budgetIn('present')
      const first = budget.spend(broker, never, send)
      await settled()
      quorum.state = 'absent'
      await t.rejects(first, { code: 'kafka_timeout', message: /may still make the change/ })
      quorum.state = 'present'
      const second = budget.spend(broker, never, send)
      await settled()
      t.equal(sent.length, 1)
      sent[0]?.resolve('late')
      await settled()
      sent[1]?.resolve('second')
      t.equal(await second, 'second')
    }
  )

  await t.test('5: a reading in flight then is refused for want of a quorum: it changed nothing', async (t) => {
    const { budget, quorum, send } = budgetIn('present')
    const reading = budget.spend(broker, never, send, false)
    await settled()
    quorum.state = 'absent'
    await t.rejects(reading, { code: 'metadata_unavailable', message: /lost before the broker answered/ })
  })

  await t.test('6: when its connection breaks it counts until the quorum is seen to be there', async (t) => {
    const { budget, quorum, sent, send } = budgetIn('unknown')
    const first = budget.spend(broker, never, send)
    await settled()
    sent[0]?.reject(new Error('Connection closed'))
    await t.rejects(first, /Connection closed/)
    await t.rejects(budget.spend(broker, never, send), { code: 'kafka_timeout' })
    quorum.state = 'present'
    const second = budget.spend(broker, never, send)
    await settled()
    sent[1]?.resolve('second')
    t.equal(await second, 'second')
  })

  await t.test('7: a refusal is an answer', async (t) => {
    const { budget, sent, send } = budgetIn('unknown')
    const first = budget.spend(broker, never, send)
    await settled()
    sent[0]?.reject(Object.assign(new Error('refused'), { errors: [{ apiId: 'TOPIC_ALREADY_EXISTS' }] }))
    await t.rejects(first, /refused/)
    const second = budget.spend(broker, never, send)
    await settled()
    t.equal(sent.length, 2)
    sent[1]?.resolve('second')
    t.equal(await second, 'second')
  })
})

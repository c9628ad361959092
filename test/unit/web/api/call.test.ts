import t from 'tap'
import { createCaller } from '../../../../web/api/call.ts'
import { type CallFailed, noAnswerInTime, noContact } from '../../../../web/api/problem.ts'

function build(answer: (url: string, init: RequestInit) => Promise<Response>) {
  const seen: { url: string; init: RequestInit }[] = []
  const contacts: boolean[] = []
  let logins = 0
  const call = createCaller({
    fetch: async (url, init = {}) => {
      seen.push({ url: String(url), init })
      return answer(String(url), init)
    },
    onContact: (reached) => void contacts.push(reached),
    onUnauthenticated: () => {
      logins += 1
    }
  })
  return { call, seen, contacts, logins: () => logins }
}
const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status })
const problem = {
  type: 'x',
  title: 'X',
  status: 409,
  detail: 'no',
  instance: '/',
  code: 'topic_exists',
  retriable: false,
  requestId: 'r'
}
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: CallFailed) => error.problem
  )

t.test('a route is called by its method and path, with what its record describes', async (t) => {
  const { call, seen, contacts } = build(async () => json({ topic: 'a b' }))
  await call('PATCH /api/topics/{topicName}/configs', {
    params: { topicName: 'a b' },
    query: { dryRun: true },
    body: { configs: { 'retention.ms': '1' } }
  })
  t.match(seen[0], {
    url: '/api/topics/a%20b/configs?dryRun=true',
    init: { method: 'PATCH', body: '{"configs":{"retention.ms":"1"}}', headers: { 'content-type': 'application/json' } }
  })
  t.same(contacts, [true])
})

t.test(
  'failures are problems: of the service, of a page in between, of no contact, of no answer in time',
  async (t) => {
    t.match(await failure(build(async () => json(problem, 409)).call('GET /api/brokers')), problem)
    t.match(await failure(build(async () => new Response('<html>', { status: 502 })).call('GET /api/brokers')), {
      code: 'not_of_the_api'
    })
    const away = build(() => Promise.reject(new TypeError('fetch failed')))
    t.match(await failure(away.call('GET /api/brokers')), { code: noContact, retriable: true })
    t.same(away.contacts, [false])
    const slow = build((_, { signal }) => new Promise((_resolve, reject) => signal?.addEventListener('abort', reject)))
    t.match(await failure(slow.call('GET /api/brokers', {}, { timeoutMs: 5 })), { code: noAnswerInTime })
    t.same(slow.contacts, [], 'a slow answer is no lost contact')
  }
)

t.test('a caller who is not known is asked to log in', async (t) => {
  const { call, logins } = build(async () => json({ ...problem, status: 401, code: 'unauthenticated' }, 401))
  await failure(call('GET /api/brokers'))
  t.equal(logins(), 1)
})

import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { CallFailed, noAnswerInTime, noContact, ownProblem } from '../../../../web/api/problem.ts'
import type { Route } from '../../../../web/api/routes.ts'
import { contactsAfter, noServiceAsked, type ServiceContact, serviceBehind } from '../../../../web/state/services.ts'

t.test('each route is known to be that of the service that its record names', async (t) => {
  for (const { method, path, service } of Object.values(endpoints)) {
    const route = `${method} ${path}` as Route
    t.equal(serviceBehind(route) ?? 'admin', service, route)
  }
})

t.test(
  'a service is silent when it does not answer, and not when one answer is slow or nobody waits for it',
  async (t) => {
    const failed = (code: string, lastAnswerAt?: string) =>
      new CallFailed({ ...ownProblem(code, 'No', 'no'), ...(lastAnswerAt && { lastAnswerAt }) })
    const at = (ms: number) => new Date(ms).toISOString()
    const answered: ServiceContact = { answers: true, lastAnswerAt: 500 }
    const cases: [what: string, before: ServiceContact, error: unknown, reachedAt: number, after: ServiceContact][] = [
      ['an answer', noServiceAsked.health, undefined, 2000, { answers: true, lastAnswerAt: 2000 }],
      ['a refusal', answered, failed('forbidden'), 2000, { answers: true, lastAnswerAt: 2000 }],
      ['unreachable', answered, failed('service_unreachable'), 2000, { answers: false, lastAnswerAt: 500 }],
      [
        'admin-service knows more',
        answered,
        failed('service_unreachable', at(900)),
        2000,
        { answers: false, lastAnswerAt: 900 }
      ],
      ['it knows less', answered, failed('service_unreachable', at(100)), 2000, { answers: false, lastAnswerAt: 500 }],
      [
        'nobody knows',
        noServiceAsked.health,
        failed('service_unreachable'),
        2000,
        { answers: false, lastAnswerAt: undefined }
      ],
      ['it hangs', answered, failed(noAnswerInTime), 2000, { answers: false, lastAnswerAt: 500 }],
      [
        'one answer is slow',
        { ...answered, lastAnswerAt: 1500 },
        failed(noAnswerInTime),
        2000,
        { answers: true, lastAnswerAt: 1500 }
      ],
      ['admin-service hangs', answered, failed(noAnswerInTime), 900, answered],
      ['no contact at all', answered, failed(noContact), 2000, answered],
      ['nobody waits', answered, new DOMException('aborted', 'AbortError'), 2000, answered],
      ['it is back', { ...answered, answers: false }, undefined, 2000, { answers: true, lastAnswerAt: 2000 }]
    ]
    for (const [what, health, error, reachedAt, after] of cases) {
      const call = { startedAt: 1000, endedAt: 2000, error, reachedAt }
      const contacts = { ...noServiceAsked, health }
      t.same(contactsAfter(contacts, { ...call, route: 'GET /api/health/status' }).health, after, what)
      t.equal(contactsAfter(contacts, { ...call, route: 'GET /api/topics' }), contacts, `${what}: another service`)
    }
  }
)
